import type { Address } from '../base/flow.ts'

/** A message as it went over the wire. */
export interface Rung {
  /** Since the start of the attack. */
  readonly atMs: number
  /** Who of ours sent or received it: `alice`, `attacker`. */
  readonly who: string
  readonly isSent: boolean
  readonly transport: string
  readonly local: Address
  readonly remote: Address
  /** One character an octet; cut at the bound. */
  readonly text: string
  /** Of the whole message. */
  readonly octets: number
}

/** The messages of an attack in their order: the evidence of its outcome. */
export interface Ladder {
  readonly rungs: readonly Rung[]
  /** Messages that found no more place. */
  readonly omitted: number
}

/** A flood fills no memory: that many messages of an attack are kept, the first and the last ones. */
const MAX_FIRST = 60
const MAX_LAST = 20
const MAX_OCTETS = 4_096

/** Keeps what goes over the wire while an attack runs; passwords do not go over the wire. */
export class LadderRecorder {
  readonly #first: Rung[] = []
  readonly #last: Rung[] = []
  #omitted = 0

  add(rung: Omit<Rung, 'text' | 'octets'>, text: string): void {
    // A copy: a slice would keep the whole message alive.
    const cut =
      text.length > MAX_OCTETS ? Buffer.from(text.slice(0, MAX_OCTETS), 'latin1').toString('latin1') : text
    const kept: Rung = { ...rung, text: cut, octets: text.length }
    if (this.#first.length < MAX_FIRST) {
      this.#first.push(kept)
      return
    }
    this.#last.push(kept)
    if (this.#last.length <= MAX_LAST) return
    this.#last.shift()
    this.#omitted++
  }

  /** Makes room in a long ladder: what went over a line that showed nothing is counted, and no more kept. */
  leaveOut({ ip, port }: Address): void {
    const kept = this.#last.length === 0 ? this.#first : this.#last
    if (this.#first.length < MAX_FIRST / 3) return
    const others = kept.filter(({ local }) => local.ip !== ip || local.port !== port)
    this.#omitted += kept.length - others.length
    kept.splice(0, kept.length, ...others)
  }

  get ladder(): Ladder {
    return { rungs: [...this.#first, ...this.#last], omitted: this.#omitted }
  }
}
