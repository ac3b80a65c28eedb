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

/**
 * What a mix usually is. It follows what it is taught by a small part each time, so that it drifts as slowly as that;
 * who sees an attack teaches it nothing.
 */
export class UsualMix {
  readonly shares: Float64Array
  readonly #weight: number

  /**
   * @param prior shares of one, from which it begins
   * @param weight 0 to 1: part of what is taught that is taken over
   */
  constructor(prior: readonly number[], weight: number) {
    this.shares = Float64Array.from(prior)
    this.#weight = weight
  }

  /**
   * The Hellinger distance (1909) between it and what was seen: 0 the same, 1 nothing in common. It asks for no
   * assumption on either, and one step per cell (Sengar and others, 2008, for SIP).
   */
  distance(seen: Mix): number {
    let common = 0
    for (let i = 0; i < this.shares.length; i += 1) common += Math.sqrt((this.shares[i] ?? 0) * seen.share(i))
    return Math.sqrt(Math.max(0, 1 - common))
  }

  learn(seen: Mix): void {
    for (let i = 0; i < this.shares.length; i += 1) {
      const share = this.shares[i] ?? 0
      this.shares[i] = share + this.#weight * (seen.share(i) - share)
    }
  }
}
