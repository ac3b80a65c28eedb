import type { Flow } from '../../base/flow.ts'
import type { Caller } from '../../pipeline/caller.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'

/** What was seen, by the method of the sensor that takes it. */
export type NotedKind =
  | 'accepted'
  | 'answered'
  | 'dropped'
  | 'forwarded'
  | 'passed-back'
  | 'refused'
  | 'request'
  | 'response'
  | 'stray'

/** One thing that was seen and is not looked at yet. */
export interface Noted {
  readonly kind: NotedKind
  readonly atMs: number
  readonly flow: Flow
  readonly message: SipRequest | SipResponse
  readonly status: number
  readonly why: string
  readonly user: string
  readonly realm: string
  readonly caller: Caller | undefined
}

/** What a turn of the event loop may bring before it is looked at: 256 messages keep half a mebibyte. */
const MAX_NOTED = 256

/**
 * What the server sees is noted while it works, and looked at when the turn is over, all together: the code of fifty
 * detectors and that of the server push each other out of the processor's caches otherwise, which costs more than both.
 *
 * Each note is made anew. Pages that are used again would keep the last messages from being collected, and have them
 * copied by each collection.
 */
export class Notebook {
  #notes: Noted[] = []
  readonly #onFull: () => void
  readonly #later: (work: () => void) => void
  #isReading = false

  /** @param later runs something once when this turn is over @param onFull reads everything that is noted */
  constructor(later: (work: () => void) => void, onFull: () => void) {
    this.#later = later
    this.#onFull = onFull
  }

  note(
    kind: NotedKind,
    atMs: number,
    flow: Flow,
    message: SipRequest | SipResponse,
    status = 0,
    why = '',
    user = '',
    realm = '',
    caller: Caller | undefined = undefined,
  ): void {
    if (this.#notes.length >= MAX_NOTED) this.#onFull()
    this.#notes.push({ kind, atMs, flow, message, status, why, user, realm, caller })
    if (this.#notes.length === 1) this.#later(this.#onFull)
  }

  /** Shows everything that is noted, oldest first, what is noted meanwhile too, and forgets it. */
  read(show: (noted: Noted) => void): void {
    // What follows from a finding may be seen itself.
    if (this.#isReading) return
    this.#isReading = true
    for (const noted of this.#notes) show(noted)
    this.#notes = []
    this.#isReading = false
  }
}
