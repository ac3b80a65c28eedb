import { BoundedMap } from '../../base/bounded-map.ts'
import { numberOfDialog } from '../../sip/proxy/dialog-proof.ts'

const CALLS_KEPT = 100_000

/**
 * Calls that are up, as far as this proxy saw: answered, and no BYE yet. A stop waits for them; nothing else depends
 * on it, as a phone may vanish without a BYE.
 */
export class Calls {
  /** Tag of the callee, '' where nobody needs it. */
  readonly #up = new BoundedMap<number, string>(CALLS_KEPT)
  readonly #ended: (token: string) => void

  /** @param ended told of each call that ended and began here */
  constructor(ended: (token: string) => void = () => {}) {
    this.#ended = ended
  }

  get count(): number {
    return this.#up.size
  }

  /** @param token the proof that the requests inside this dialog bring back @param calleeTag '' where it is not charged */
  began(token: string, calleeTag = ''): void {
    const call = numberOfDialog(token)
    if (!this.#up.has(call)) this.#up.set(call, calleeTag)
  }

  /**
   * @param dialog its token; a space and the callee's tag behind it when he says that he has no such dialog, which is
   * believed of the dialog that began alone
   * @returns whether it began here
   */
  ended(dialog: string): boolean {
    const space = dialog.indexOf(' ')
    const token = space < 0 ? dialog : dialog.slice(0, space)
    const call = numberOfDialog(token)
    const tag = this.#up.get(call)
    if (tag === undefined) return false
    if (space >= 0 && tag !== '' && tag !== dialog.slice(space + 1)) return true
    this.#up.delete(call)
    this.#ended(token)
    return true
  }
}
