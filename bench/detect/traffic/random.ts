/** Numbers that only look like chance: the same seed gives the same traffic (sfc32). */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param seeds whole numbers; all of them count */
  constructor(...seeds: readonly number[]) {
    let hash = 0x9e3779b9
    for (const seed of seeds) hash = Math.imul(hash ^ seed, 0x85ebca6b) + 0x7f4a7c15
    this.#a = hash | 0
    this.#b = Math.imul(hash, 0xc2b2ae35) | 0
    this.#c = (hash ^ 0x27d4eb2f) | 0
    for (let i = 0; i < 12; i += 1) this.bits()
  }

  /** 32 bits. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** 0 to 1, less than 1. */
  next(): number {
    return this.bits() / 0x100000000
  }

  /** 0 to below. */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  /** @throws Error when the list is empty */
  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }

  /** Time until the next of events that come by themselves. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  /** Hex digits. */
  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.bits().toString(16).padStart(8, '0')
    return text.slice(0, digits)
  }

  digits(count: number): string {
    let text = ''
    for (let i = 0; i < count; i += 1) text += String(this.below(10))
    return text
  }
}
