import type { Slot } from './slot-table.ts'

/**
 * Leaky buckets, one for each place of a table: what is poured in runs out at a steady rate, so that the level says how
 * much came beyond what is borne. A level below zero is credit, which fades at the same rate. Sixteen octets a place,
 * side by side since whoever reads one reads all; no allocation.
 */
export class LeakyBuckets {
  /** Level, generation, time: the first two words and the second double word of sixteen octets. */
  readonly #levels: Float32Array
  readonly #generations: Int32Array
  readonly #atMs: Float64Array
  readonly #leakPerMs: number
  readonly #maxCredit: number

  /**
   * @param slots bound of the table
   * @param leakPerSecond what is borne for ever
   * @param maxCredit how far below zero a level may go
   */
  constructor(slots: number, leakPerSecond: number, maxCredit = 0) {
    const octets = new ArrayBuffer(slots * 16)
    this.#levels = new Float32Array(octets)
    this.#generations = new Int32Array(octets)
    this.#atMs = new Float64Array(octets)
    this.#leakPerMs = leakPerSecond / 1000
    this.#maxCredit = maxCredit
  }

  /** Pours in, or takes out when negative; the level afterwards. @param nowMs of the event clock */
  pour({ slot, generation }: Slot, amount: number, nowMs: number): number {
    const at = slot * 4
    let level = 0
    if (this.#generations[at + 1] === generation) {
      level = this.#levels[at] ?? 0
      if (level !== 0) level = leaked(level, (nowMs - (this.#atMs[slot * 2 + 1] ?? 0)) * this.#leakPerMs)
    } else this.#generations[at + 1] = generation
    level = Math.max(level + amount, -this.#maxCredit)
    this.#levels[at] = level
    this.#atMs[slot * 2 + 1] = nowMs
    return level
  }

  /** The level now. */
  at({ slot, generation }: Slot, nowMs: number): number {
    if (this.#generations[slot * 4 + 1] !== generation) return 0
    return leaked(this.#levels[slot * 4] ?? 0, (nowMs - (this.#atMs[slot * 2 + 1] ?? 0)) * this.#leakPerMs)
  }

  /** Begins anew. */
  empty({ slot }: Slot): void {
    this.#levels[slot * 4] = 0
  }
}

/** One leaky bucket. */
export class LeakyBucket {
  #level = 0
  #atMs = 0
  readonly #leakPerMs: number

  constructor(leakPerSecond: number) {
    this.#leakPerMs = leakPerSecond / 1000
  }

  /** The level afterwards, at least zero. */
  pour(amount: number, nowMs: number): number {
    const level = leaked(this.#level, (nowMs - this.#atMs) * this.#leakPerMs)
    this.#level = Math.max(0, level + amount)
    this.#atMs = nowMs
    return this.#level
  }

  empty(): void {
    this.#level = 0
  }
}

function leaked(level: number, lost: number): number {
  if (lost <= 0) return level
  return level > 0 ? Math.max(0, level - lost) : Math.min(0, level + lost)
}
