import { isFlowOnly } from '../../sip/registrar/target-set.ts'
import type { Binding } from '../location.ts'

/** What the index keeps of one address-of-record; `place` is its position in the expiry heap. */
interface Entry {
  readonly aor: string
  bindings: readonly Binding[]
  earliestMs: number
  place: number
}

const NONE: readonly Binding[] = []

/**
 * Every binding of this node in memory: by address-of-record, by flow, and by expiry.
 *
 * The expiry is a binary heap with one element an address-of-record, ordered by its earliest binding; each
 * entry knows its place, so a refresh moves it instead of leaving a dead element behind.
 */
export class LocationIndex {
  readonly #entries = new Map<string, Entry>()
  readonly #byFlow = new Map<string, Set<string>>()
  readonly #heap: Entry[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  aors(): IterableIterator<string> {
    return this.#entries.keys()
  }

  /** All bindings, expired ones too. */
  all(aor: string): readonly Binding[] {
    return this.#entries.get(aor)?.bindings ?? NONE
  }

  /** Bindings that did not expire by `nowMs`. */
  alive(aor: string, nowMs: number): readonly Binding[] {
    const entry = this.#entries.get(aor)
    if (entry === undefined) return NONE
    if (entry.earliestMs > nowMs) return entry.bindings
    return entry.bindings.filter(binding => binding.expiresAtMs > nowMs)
  }

  /** Addresses-of-record with a binding of this flow. */
  aorsOfFlow(flowKey: string): readonly string[] {
    return [...(this.#byFlow.get(flowKey) ?? [])]
  }

  /** Sets what an address-of-record has; an empty list forgets it. */
  set(aor: string, bindings: readonly Binding[]): void {
    const entry = this.#entries.get(aor)
    if (entry !== undefined) {
      for (const binding of entry.bindings) this.#unlink(binding)
      this.#count -= entry.bindings.length
    }
    for (const binding of bindings) this.#link(binding)
    this.#count += bindings.length
    if (bindings.length > 0) this.#keep(entry, aor, bindings)
    else if (entry !== undefined) this.#forget(entry)
  }

  clear(): void {
    this.#entries.clear()
    this.#byFlow.clear()
    this.#heap.length = 0
    this.#count = 0
  }

  /**
   * Forgets bindings that expired by `nowMs`, of at most `maxAors` addresses-of-record.
   * @returns how many bindings went
   */
  expire(nowMs: number, maxAors: number): number {
    const before = this.#count
    for (let done = 0; done < maxAors; done++) {
      const first = this.#heap[0]
      if (first === undefined || first.earliestMs > nowMs) break
      this.set(first.aor, this.alive(first.aor, nowMs))
    }
    return before - this.#count
  }

  #keep(entry: Entry | undefined, aor: string, bindings: readonly Binding[]): void {
    const earliestMs = Math.min(...bindings.map(binding => binding.expiresAtMs))
    if (entry === undefined) {
      const added = { aor, bindings, earliestMs, place: this.#heap.length }
      this.#entries.set(aor, added)
      this.#heap.push(added)
      this.#rise(added)
      return
    }
    entry.bindings = bindings
    entry.earliestMs = earliestMs
    this.#rise(entry)
    this.#sink(entry)
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry.aor)
    const last = this.#heap.pop()
    if (last === undefined || last === entry) return
    this.#put(last, entry.place)
    this.#rise(last)
    this.#sink(last)
  }

  #link(binding: Binding): void {
    for (const flow of flowsOf(binding)) {
      const aors = this.#byFlow.get(flow)
      if (aors === undefined) this.#byFlow.set(flow, new Set([binding.aor]))
      else aors.add(binding.aor)
    }
  }

  #unlink(binding: Binding): void {
    for (const flow of flowsOf(binding)) {
      const aors = this.#byFlow.get(flow)
      if (aors?.delete(binding.aor) === true && aors.size === 0) this.#byFlow.delete(flow)
    }
  }

  #put(entry: Entry, place: number): void {
    this.#heap[place] = entry
    entry.place = place
  }

  #rise(entry: Entry): void {
    while (entry.place > 0) {
      const above = this.#heap[(entry.place - 1) >> 1]
      if (above === undefined || above.earliestMs <= entry.earliestMs) return
      const place = above.place
      this.#put(above, entry.place)
      this.#put(entry, place)
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1]
      const right = this.#heap[2 * entry.place + 2]
      const below =
        right !== undefined && left !== undefined && right.earliestMs < left.earliestMs ? right : left
      if (below === undefined || below.earliestMs >= entry.earliestMs) return
      const place = below.place
      this.#put(below, entry.place)
      this.#put(entry, place)
    }
  }
}

/**
 * Whether a binding ends with this flow (RFC 5626 §7). A phone that knows nothing of outbound may close the TCP
 * connection that it registered by: it is called at its contact over a new one (RFC 3261 §18.1.1). Over TLS no
 * phone has a name that a certificate could bear, so there the connection is all there is.
 */
export function endsWithFlow(binding: Binding, flowKey: string): boolean {
  if (binding.flowToken !== flowKey && binding.received !== flowKey) return false
  return isFlowOnly(binding) || !binding.received.startsWith('tcp:')
}

function flowsOf(binding: Binding): readonly string[] {
  const { flowToken, received } = binding
  return flowToken === undefined || flowToken === received ? [received] : [flowToken, received]
}
