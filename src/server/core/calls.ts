import { BoundedMap } from '../../base/bounded-map.ts'
import { numberOfDialog } from '../../sip/proxy/dialog-proof.ts'

const CALLS_KEPT = 100_000

/**
 * Calls that are up, as far as this proxy saw: answered, and no BYE yet. A stop waits for them; nothing else depends
 * on it, as a phone may vanish without a BYE.
 */
export class Calls {
  readonly #up = new BoundedMap<number, true>(CALLS_KEPT)
  readonly #ended: (token: string) => void

  /** @param ended told of each call that ended and began here */
  constructor(ended: (token: string) => void = () => {}) {
    this.#ended = ended
  }

  get count(): number {
    return this.#up.size
  }

  /** @param token the proof that the requests inside this dialog bring back */
  began(token: string): void {
    const call = numberOfDialog(token)
    if (!this.#up.has(call)) this.#up.set(call, true)
  }

  /** @returns whether it began here */
  ended(token: string): boolean {
    const began = this.#up.delete(numberOfDialog(token))
    if (began) this.#ended(token)
    return began
  }
}
