import { REMOTE } from '../../net/batch-layout.ts'

/** Sources followed at a time. */
const PLACES = 16
const WORDS = 4

/** Who was refused most often of late: an estimate of fixed size (Misra and Gries), in words and not in texts. */
export class Heaviest {
  readonly #words = new Int32Array(PLACES * WORDS)
  readonly #counts = new Uint32Array(PLACES)

  /** One more of a source. @param words of its datagram, from `at` on */
  add(words: Int32Array, at: number): void {
    let free = -1
    for (let place = 0; place < PLACES; place += 1) {
      if (this.#counts[place] === 0) {
        free = place
        continue
      }
      if (!this.#is(place, words, at)) continue
      this.#counts[place] = (this.#counts[place] ?? 0) + 1
      return
    }
    if (free < 0) {
      for (let place = 0; place < PLACES; place += 1) this.#counts[place] = (this.#counts[place] ?? 1) - 1
      return
    }
    for (let word = 0; word < WORDS; word += 1)
      this.#words[free * WORDS + word] = words[at + REMOTE + word] ?? 0
    this.#counts[free] = 1
  }

  /** Tells each source with at least so many, and forgets all. @param tell is given its four words */
  drain(least: number, tell: (words: Int32Array, count: number) => void): void {
    for (let place = 0; place < PLACES; place += 1) {
      const count = this.#counts[place] ?? 0
      if (count >= least) tell(this.#words.subarray(place * WORDS, (place + 1) * WORDS), count)
    }
    this.#counts.fill(0)
  }

  #is(place: number, words: Int32Array, at: number): boolean {
    const own = place * WORDS
    return (
      this.#words[own] === words[at + REMOTE] &&
      this.#words[own + 1] === words[at + REMOTE + 1] &&
      this.#words[own + 2] === words[at + REMOTE + 2] &&
      this.#words[own + 3] === words[at + REMOTE + 3]
    )
  }
}
