import type { Slot } from './slot-table.ts'

/**
 * Counts that fade, one for each place of a table: after a half-life half of it is left. A steady rate r (1/s) settles
 * at r × halfLife / ln 2. Sixteen octets a place, side by side since whoever reads one reads all; no allocation.
 */
export class DecayingCounts {
  /** Count, generation, time: the first two words and the second double word of sixteen octets. */
  readonly #counts: Float32Array
  readonly #generations: Int32Array
  readonly #atMs: Float64Array
  readonly #halfLifeMs: number

  /** @param slots bound of the table */
  constructor(slots: number, halfLifeMs: number) {
    const octets = new ArrayBuffer(slots * 16)
    this.#counts = new Float32Array(octets)
    this.#generations = new Int32Array(octets)
    this.#atMs = new Float64Array(octets)
    this.#halfLifeMs = halfLifeMs
  }

  /** Adds; what is there afterwards. @param nowMs of the event clock */
  add({ slot, generation }: Slot, amount: number, nowMs: number): number {
    const at = slot * 4
    const isSame = this.#generations[at + 1] === generation
    const before = isSame ? (this.#counts[at] ?? 0) : 0
    const agedMs = isSame && before !== 0 ? nowMs - (this.#atMs[slot * 2 + 1] ?? 0) : 0
    const count = (agedMs > 0 ? before * 2 ** (-agedMs / this.#halfLifeMs) : before) + amount
    this.#counts[at] = count
    this.#generations[at + 1] = generation
    this.#atMs[slot * 2 + 1] = nowMs
    return count
  }

  /** What is left now. */
  at({ slot, generation }: Slot, nowMs: number): number {
    if (this.#generations[slot * 4 + 1] !== generation) return 0
    const count = this.#counts[slot * 4] ?? 0
    if (count === 0) return 0
    const agedMs = Math.max(0, nowMs - (this.#atMs[slot * 2 + 1] ?? 0))
    return count * 2 ** (-agedMs / this.#halfLifeMs)
  }

  /** Forgets a place. */
  clear({ slot }: Slot): void {
    this.#counts[slot * 4] = 0
  }
}
