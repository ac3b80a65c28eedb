/** Identifiers that one source port or connection has (RFC 2865 §3: one octet). */
const IDENTIFIERS = 256

/** Where an exchange waits for its answer. */
export interface Slot {
  readonly lane: number
  readonly identifier: number
}

/**
 * Identifiers in use at one server, by source port or connection ("lane"). An identifier is given out again only when all
 * others of its lane were: a late answer then meets nobody, and its authenticator would not fit anyhow.
 */
export class Lanes<T> {
  readonly #lanes: { readonly taken: (T | undefined)[]; next: number; used: number }[] = []
  readonly #maxLanes: number

  /** @param maxLanes source ports or connections to one server, at least 1 */
  constructor(maxLanes: number) {
    this.#maxLanes = maxLanes
  }

  get used(): number {
    return this.#lanes.reduce((sum, { used }) => sum + used, 0)
  }

  /** @returns undefined when every identifier of every lane is in use */
  take(waiting: T): Slot | undefined {
    let lane = this.#lanes.findIndex(({ used }) => used < IDENTIFIERS)
    if (lane < 0) {
      if (this.#lanes.length >= this.#maxLanes) return undefined
      lane = this.#lanes.push({ taken: new Array(IDENTIFIERS).fill(undefined), next: 0, used: 0 }) - 1
    }
    const each = this.#lanes[lane]
    if (each === undefined) return undefined
    while (each.taken[each.next] !== undefined) each.next = (each.next + 1) % IDENTIFIERS
    const identifier = each.next
    each.taken[identifier] = waiting
    each.next = (identifier + 1) % IDENTIFIERS
    each.used += 1
    return { lane, identifier }
  }

  at(lane: number, identifier: number): T | undefined {
    return this.#lanes[lane]?.taken[identifier]
  }

  free({ lane, identifier }: Slot): void {
    const each = this.#lanes[lane]
    if (each === undefined || each.taken[identifier] === undefined) return
    each.taken[identifier] = undefined
    each.used -= 1
  }

  /** All that wait, or those of one lane. */
  waiting(lane?: number): T[] {
    const lanes = lane === undefined ? this.#lanes : this.#lanes.slice(lane, lane + 1)
    return lanes.flatMap(({ taken }) => taken.filter(each => each !== undefined))
  }
}
