import { REMOTE } from './batch-layout.ts'
import { addressText } from './udp-address.ts'

/** Sources remembered; a power of two. */
const SOURCES = 4096

/**
 * Texts of source addresses that have no flow: a banned source sends again and again, and its address is not printed
 * for each datagram. A source that shares its place with another pushes it out: that costs a print and no more.
 */
export class SourceTexts {
  readonly #isV6: boolean
  readonly #words = new Int32Array(SOURCES * 4)
  readonly #texts = new Array<string>(SOURCES).fill('')

  constructor(isV6: boolean) {
    this.#isV6 = isV6
  }

  /** The source in the words of a datagram at `at`. */
  of(words: Int32Array, at: number): string {
    const a = words[at + REMOTE] ?? 0
    const b = words[at + REMOTE + 1] ?? 0
    const c = words[at + REMOTE + 2] ?? 0
    const d = words[at + REMOTE + 3] ?? 0
    const mixed = Math.imul(a ^ Math.imul(b ^ c, 0x9e37_79b1) ^ d, 0x85eb_ca6b)
    const place = (mixed >>> 16) & (SOURCES - 1)
    const own = this.#words
    const first = place * 4
    const known = this.#texts[place]
    if (
      known !== undefined &&
      known !== '' &&
      own[first] === a &&
      own[first + 1] === b &&
      own[first + 2] === c &&
      own[first + 3] === d
    )
      return known
    const text = addressText(a, b, c, d, this.#isV6)
    own[first] = a
    own[first + 1] = b
    own[first + 2] = c
    own[first + 3] = d
    this.#texts[place] = text
    return text
  }
}
