import { BoundedMap } from '../../base/bounded-map.ts'
import { numberOfDialog } from '../../sip/proxy/dialog-proof.ts'

const CALLS_KEPT = 100_000

/**
 * Calls that are up, as far as this proxy saw: answered, and no BYE yet. A stop waits for them; nothing else depends
 * on it, as a phone may vanish without a BYE.
 */
export class Calls {
  /** By number of the dialog, or by its name where it is charged. */
  readonly #up = new BoundedMap<number | string, true>(CALLS_KEPT)
  readonly #ended: (dialog: string) => void

  /** @param ended told of each call that ended and began here */
  constructor(ended: (dialog: string) => void = () => {}) {
    this.#ended = ended
  }

  get count(): number {
    return this.#up.size
  }

  /** @param dialog the proof that the requests inside it bring back, or what `chargedDialog` makes of it */
  began(dialog: string): void {
    const call = keyOf(dialog)
    if (!this.#up.has(call)) this.#up.set(call, true)
  }

  /** @returns whether it began here */
  ended(dialog: string): boolean {
    const began = this.#up.delete(keyOf(dialog))
    if (began) this.#ended(dialog)
    return began
  }
}

const MAX_TAG_CHARS = 64

/**
 * Names one dialog of a call. The proof alone does not: a caller who uses a Call-ID and tag again gets it again, and what
 * ends one of his calls must not stop the charge of the other.
 */
export function chargedDialog(token: string, calleeTag = ''): string {
  // A text of its own, which does not hold the message that the tag was cut from.
  return Buffer.from(`${token} ${calleeTag.slice(0, MAX_TAG_CHARS)}`, 'latin1').toString('latin1')
}

function keyOf(dialog: string): number | string {
  return dialog.includes(' ') ? dialog : numberOfDialog(dialog)
}
