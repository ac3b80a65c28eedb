/** Texts leave in the order in which they came, so memory is taken and given back by the chunk. */
const CHUNK_OCTETS = 1024 * 1024

/**
 * Texts of octets (latin-1) outside the heap, first in, first out: what is kept for half a minute only to be sent once
 * more is nothing for the garbage collector to copy and mark.
 */
export class OctetQueue {
  readonly #chunks: Buffer[] = []
  /** Number of the first chunk; the others follow. */
  #first = 0
  /** Octets used in the last one. */
  #used = CHUNK_OCTETS
  #spare: Buffer | undefined
  #size = 0

  /** Octets of the texts held. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds a text of at most 65,535 octets.
   * @returns where it stands, for `text` and `drop`
   */
  add(text: string): number {
    if (this.#used + text.length > CHUNK_OCTETS) {
      this.#chunks.push(this.#spare ?? Buffer.allocUnsafeSlow(CHUNK_OCTETS))
      this.#spare = undefined
      this.#used = 0
    }
    const chunk = this.#first + this.#chunks.length - 1
    const at = this.#used
    this.#chunks[chunk - this.#first]?.latin1Write(text, at, text.length)
    this.#used += text.length
    this.#size += text.length
    return chunk * CHUNK_OCTETS + at
  }

  text(place: number, length: number): string {
    const at = place % CHUNK_OCTETS
    const chunk = this.#chunks[(place - at) / CHUNK_OCTETS - this.#first]
    return chunk?.latin1Slice(at, at + length) ?? ''
  }

  /** Drops the oldest text. @param nextPlace where the next one stands; undefined when there is none */
  drop(length: number, nextPlace: number | undefined): void {
    this.#size -= length
    if (nextPlace === undefined) {
      this.#spare = this.#chunks.pop()
      this.#first += this.#chunks.length + 1
      this.#chunks.length = 0
      this.#used = CHUNK_OCTETS
      return
    }
    const wanted = Math.floor(nextPlace / CHUNK_OCTETS)
    while (this.#first < wanted) {
      this.#spare = this.#chunks.shift()
      this.#first += 1
    }
  }
}
