import { BoundedMap } from '../../base/bounded-map.ts'

const CALLS_KEPT = 100_000

/**
 * Calls that are up, as far as this proxy saw: answered, and no BYE yet. A stop waits for them; nothing else depends
 * on it, as a phone may vanish without a BYE.
 */
export class Calls {
  readonly #tokens = new BoundedMap<string, true>(CALLS_KEPT)
  readonly #ended: (token: string) => void

  /** @param ended told of each call that ended and began here */
  constructor(ended: (token: string) => void = () => {}) {
    this.#ended = ended
  }

  get count(): number {
    return this.#tokens.size
  }

  /** @param token the proof that the requests inside this dialog bring back */
  began(token: string): void {
    if (!this.#tokens.has(token)) this.#tokens.set(token, true)
  }

  /** @returns whether it began here */
  ended(token: string): boolean {
    const began = this.#tokens.delete(token)
    if (began) this.#ended(token)
    return began
  }
}
