const ROWS = 4

/**
 * How often each of very many things was seen, in a fixed space: the count-min sketch (Cormode and Muthukrishnan,
 * 2005) with conservative update. It never says too little; too much only where all of four cells are shared. What it
 * counts fades: at each turn of a half-life all cells are halved.
 */
export class CountMin {
  readonly #cells: Uint32Array
  readonly #mask: number
  readonly #width: number
  readonly #halfLifeMs: number
  #halvedMs = Number.NEGATIVE_INFINITY

  /** @param widthBits 2 to 20: cells of a row, as a power of two */
  constructor(widthBits: number, halfLifeMs: number) {
    this.#width = 1 << widthBits
    this.#mask = this.#width - 1
    this.#cells = new Uint32Array(ROWS * this.#width)
    this.#halfLifeMs = halfLifeMs
  }

  /** Counts a thing; how often it was seen lately. @param hash a keyed 32-bit hash of it */
  add(hash: number, nowMs: number): number {
    if (nowMs - this.#halvedMs >= this.#halfLifeMs) this.#halve(nowMs)
    const least = this.at(hash) + 1
    const step = spread(hash)
    let at = hash >>> 0
    for (let row = 0; row < ROWS; row += 1) {
      const cell = row * this.#width + (at & this.#mask)
      if ((this.#cells[cell] ?? 0) < least) this.#cells[cell] = least
      at = (at + step) >>> 0
    }
    return least
  }

  /** How often a thing was seen lately. */
  at(hash: number): number {
    const step = spread(hash)
    let at = hash >>> 0
    let least = 0xffffffff
    for (let row = 0; row < ROWS; row += 1) {
      least = Math.min(least, this.#cells[row * this.#width + (at & this.#mask)] ?? 0)
      at = (at + step) >>> 0
    }
    return least
  }

  /** A pause of many half-lives leaves nothing. */
  #halve(nowMs: number): void {
    const turns = Math.min(32, Math.floor((nowMs - this.#halvedMs) / this.#halfLifeMs))
    this.#halvedMs = nowMs
    if (turns > 31) {
      this.#cells.fill(0)
      return
    }
    for (let i = 0; i < this.#cells.length; i += 1) this.#cells[i] = (this.#cells[i] ?? 0) >>> turns
  }
}

/** The second hash of double hashing (Kirsch and Mitzenmacher, 2006): odd, of all bits of the first. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 12)) | 1
}
