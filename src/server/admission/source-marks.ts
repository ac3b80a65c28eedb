import { randomInt } from 'node:crypto'
import { REMOTE } from '../../net/batch-layout.ts'

/** Marks that share one place. */
const WAYS = 4

/**
 * A few octets for each source of datagrams: typed arrays, found by a keyed hash of the binary address, so that a
 * million forged sources cost no memory and no garbage. The one that was seen longest ago makes room; two sources in
 * 2^32 share a mark.
 */
export class SourceMarks {
  readonly #hashes: Int32Array
  readonly #seenMs: Float64Array
  readonly #placeMask: number
  readonly #key = randomInt(2 ** 32) | 0

  /** @param maxSources a power of two, at least 4 */
  constructor(maxSources: number) {
    this.#hashes = new Int32Array(maxSources)
    this.#seenMs = new Float64Array(maxSources).fill(Number.NEGATIVE_INFINITY)
    this.#placeMask = maxSources / WAYS - 1
  }

  /** Octets that the marks take; they never take more. */
  get bytes(): number {
    return this.#hashes.byteLength + this.#seenMs.byteLength
  }

  /**
   * Number of a source's mark, or -1: it is not remembered.
   * @param hash of `hashOf`
   */
  find(hash: number): number {
    const first = (hash & this.#placeMask) * WAYS
    for (let way = first; way < first + WAYS; way += 1) {
      if (this.#hashes[way] === hash && this.#seenMs[way] !== Number.NEGATIVE_INFINITY) return way
    }
    return -1
  }

  /** Number of a mark for a source that is not remembered; what it held before is another's. */
  add(hash: number): number {
    const first = (hash & this.#placeMask) * WAYS
    let oldest = first
    for (let way = first + 1; way < first + WAYS; way += 1) {
      if ((this.#seenMs[way] ?? 0) < (this.#seenMs[oldest] ?? 0)) oldest = way
    }
    this.#hashes[oldest] = hash
    return oldest
  }

  /** When it was seen last, ms; -Infinity: never. */
  seenMs(mark: number): number {
    return this.#seenMs[mark] ?? Number.NEGATIVE_INFINITY
  }

  /** It is seen now. */
  see(mark: number, nowMs: number): void {
    this.#seenMs[mark] = nowMs
  }

  /** Hash of a source: an IPv4 address, or an IPv6 /64, since who has one address of it has all. */
  hashOf(words: Int32Array, at: number): number {
    return mix(mix(this.#key, words[at + REMOTE] ?? 0), isWide(words, at) ? (words[at + REMOTE + 1] ?? 0) : 0)
  }

  /** Hash of its network: an IPv4 /24, or an IPv6 /48. */
  hashOfNetwork(words: Int32Array, at: number): number {
    const first = words[at + REMOTE] ?? 0
    return isWide(words, at)
      ? mix(mix(this.#key, first), (words[at + REMOTE + 1] ?? 0) >>> 16)
      : mix(this.#key, first >>> 8)
  }
}

/** Whether the address has more than the one word of IPv4. */
function isWide(words: Int32Array, at: number): boolean {
  return ((words[at + REMOTE + 1] ?? 0) | (words[at + REMOTE + 2] ?? 0) | (words[at + REMOTE + 3] ?? 0)) !== 0
}

/** One round of a hash whose key nobody outside knows. */
function mix(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x85eb_ca6b)
  mixed ^= mixed >>> 15
  mixed = Math.imul(mixed, 0xc2b2_ae35)
  return mixed ^ (mixed >>> 16)
}
