/**
 * Cumulative sum (Page, 1954): adds up by how much a series lies above what is expected and allowed, so that a small
 * rise that stays is seen in a time that its size says, and a short one is forgotten.
 */
export class Cusum {
  readonly #max: number
  #sum = 0

  /** @param max where it stops: after a large rise it comes down again in a bounded time */
  constructor(max: number) {
    this.#max = max
  }

  /** @returns the sum, 0 and above */
  add(value: number, borne: number): number {
    this.#sum = Math.min(this.#max, Math.max(0, this.#sum + value - borne))
    return this.#sum
  }

  get sum(): number {
    return this.#sum
  }

  clear(): void {
    this.#sum = 0
  }
}
