/**
 * How evenly things are spread over cells: the entropy of their counts, as a share of the most that it could be. Kept
 * while counting, one logarithm less and one more each time (n·log n of the one cell that changes).
 */
export class SpreadEntropy {
  readonly #counts: Uint32Array
  #total = 0
  #used = 0
  /** Sum of n·log2 n. */
  #sum = 0

  /** @param cells a power of two */
  constructor(cells: number) {
    this.#counts = new Uint32Array(cells)
  }

  get total(): number {
    return this.#total
  }

  /** Cells that anything is in. */
  get used(): number {
    return this.#used
  }

  /** @param hash its low bits choose the cell */
  add(hash: number): void {
    const cell = hash & (this.#counts.length - 1)
    const before = this.#counts[cell] ?? 0
    this.#counts[cell] = before + 1
    this.#total += 1
    if (before === 0) this.#used += 1
    this.#sum += weight(before + 1) - weight(before)
  }

  /** Bits. */
  get entropy(): number {
    if (this.#total === 0) return 0
    return Math.max(0, Math.log2(this.#total) - this.#sum / this.#total)
  }

  /** 0: all in one cell; 1: as even as so many things can lie in so many cells. */
  get evenness(): number {
    const most = Math.log2(Math.min(this.#total, this.#counts.length))
    return most > 0 ? Math.min(1, this.entropy / most) : 0
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
    this.#used = 0
    this.#sum = 0
  }
}

function weight(count: number): number {
  return count < 2 ? 0 : count * Math.log2(count)
}
