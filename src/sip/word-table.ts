import { LOWER } from './char-class.ts'

const MAX_CHARS = 32
const SAME = Uint8Array.from({ length: 256 }, (_, code) => code)

/**
 * Words that are looked for in octets, where they lie: without a slice and without a hash. A dozen names a message are
 * looked up this way, each in some 10 ns.
 */
export class WordTable {
  /** Octets of the words, as they are compared, `MAX_CHARS` for each. */
  readonly #octets: Uint8Array
  /** Number of the first word of that length and first letter; `#next` leads to others of the same two. */
  readonly #first = new Uint8Array(MAX_CHARS * 32)
  readonly #next: Uint8Array
  readonly #fold: Uint8Array

  /**
   * @param words of 1 to 31 ASCII characters, fewer than 256; the place in the list is a word's number, and 0 is none
   * @param ignoresCase whether `a` and `A` are one letter
   */
  constructor(words: readonly string[], ignoresCase: boolean) {
    this.#fold = ignoresCase ? LOWER : SAME
    this.#octets = new Uint8Array(words.length * MAX_CHARS)
    this.#next = new Uint8Array(words.length)
    for (const [number, word] of words.entries()) {
      if (number === 0) continue
      for (let i = 0; i < word.length; i++)
        this.#octets[number * MAX_CHARS + i] = this.#fold[word.charCodeAt(i)] ?? 0
      const key = (word.length << 5) | (word.charCodeAt(0) & 31)
      this.#next[number] = this.#first[key] ?? 0
      this.#first[key] = number
    }
  }

  /** The number of the word that the range is, or 0. */
  find(octets: Uint8Array, start: number, end: number): number {
    const length = end - start
    if (length >= MAX_CHARS || length < 1) return 0
    let number = this.#first[(length << 5) | ((octets[start] ?? 0) & 31)] ?? 0
    while (number !== 0 && !this.#is(number, octets, start, length)) number = this.#next[number] ?? 0
    return number
  }

  #is(number: number, octets: Uint8Array, start: number, length: number): boolean {
    const words = this.#octets
    const fold = this.#fold
    const word = number * MAX_CHARS
    for (let i = 0; i < length; i++) if (fold[octets[start + i] ?? 0] !== words[word + i]) return false
    return true
  }
}
