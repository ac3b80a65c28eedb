/** A mix of kinds, counted cell by cell, as shares of one. */
export class Mix {
  readonly counts: Float64Array
  #total = 0

  constructor(cells: number) {
    this.counts = new Float64Array(cells)
  }

  get total(): number {
    return this.#total
  }

  add(cell: number): number {
    this.counts[cell] = (this.counts[cell] ?? 0) + 1
    this.#total += 1
    return this.#total
  }

  share(cell: number): number {
    return this.#total === 0 ? 0 : (this.counts[cell] ?? 0) / this.#total
  }

  clear(): void {
    this.counts.fill(0)
    this.#total = 0
  }
}

export interface UsualMixOptions {
  /** Shares of one, from which it begins. */
  readonly prior: readonly number[]
  /** 0 to 1: part of what is taught that is taken over. */
  readonly weight: number
  /** Hellinger distance, 0 to 1, by which it may drift from where it was when the day began. */
  readonly maxDrift: number
}

/**
 * What a mix usually is. It follows what it is taught by a small part each time, and in a day no further than its drift
 * allows; who sees an attack teaches it nothing.
 */
export class UsualMix {
  readonly #shares: Float64Array
  readonly #anchor: Float64Array
  readonly #next: Float64Array
  readonly #weight: number
  readonly #maxDrift: number

  constructor({ prior, weight, maxDrift }: UsualMixOptions) {
    this.#shares = Float64Array.from(prior)
    this.#anchor = Float64Array.from(prior)
    this.#next = Float64Array.from(prior)
    this.#weight = weight
    this.#maxDrift = maxDrift
  }

  share(cell: number): number {
    return this.#shares[cell] ?? 0
  }

  /**
   * The Hellinger distance (1909) between it and what was seen: 0 the same, 1 nothing in common. It asks for no
   * assumption on either, and one step per cell (Sengar and others, 2008, for SIP).
   */
  distance(seen: Mix): number {
    let common = 0
    for (let i = 0; i < this.#shares.length; i += 1) common += Math.sqrt(this.share(i) * seen.share(i))
    return Math.sqrt(Math.max(0, 1 - common))
  }

  /** @returns whether it was taken over, or would have led too far */
  learn(seen: Mix): boolean {
    let common = 0
    for (let i = 0; i < this.#shares.length; i += 1) {
      const share = this.share(i)
      const next = share + this.#weight * (seen.share(i) - share)
      this.#next[i] = next
      common += Math.sqrt(next * (this.#anchor[i] ?? 0))
    }
    if (Math.sqrt(Math.max(0, 1 - common)) > this.#maxDrift) return false
    this.#shares.set(this.#next)
    return true
  }

  /** A day begins. */
  beginDay(): void {
    this.#anchor.set(this.#shares)
  }
}
