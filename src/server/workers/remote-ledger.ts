import type { CountedCall } from '../../mechanisms/policy/index.ts'
import type { CallLedger, LedgerRefusal, LocalLedger } from '../policy/ledger.ts'
import { type FrameReader, KIND } from './frame.ts'
import type { Link } from './link.ts'

/** The primary answers within a turn of its loop; who hears nothing for so long lets nobody through. */
const ANSWER_MS = 2000
/** Octets of a character at most. */
const WIDTH = 3

/** What a worker asks and tells the process that counts for all. */
type LedgerOrder =
  | { readonly kind: 'begin'; readonly question: number; readonly id: string; readonly call: CountedCall }
  | { readonly kind: 'released'; readonly id: string }
  | { readonly kind: 'answered'; readonly id: string; readonly dialog: string; readonly seconds?: number }
  | { readonly kind: 'lasts'; readonly dialog: string; readonly seconds?: number }
  | { readonly kind: 'ended'; readonly dialog: string }

interface LedgerAnswer {
  readonly question: number
  readonly refusal?: LedgerRefusal
}

const UNKNOWN: LedgerRefusal = { limit: 'primary', kind: 'unknown' }

/** Bounds hold over all workers: the primary counts, and each worker asks it before a call begins. */
export class RemoteLedger implements CallLedger {
  readonly #asked = new Map<number, (refusal: LedgerRefusal | undefined) => void>()
  #link: Link | undefined
  #next = 0

  use(link: Link): void {
    this.#link = link
  }

  begin(id: string, call: CountedCall): Promise<LedgerRefusal | undefined> {
    this.#next = (this.#next + 1) >>> 0
    const question = this.#next
    return new Promise(resolve => {
      const late = setTimeout(() => {
        this.#asked.delete(question)
        // Should it have been counted all the same, it gives its place back.
        this.released(id)
        resolve(UNKNOWN)
      }, ANSWER_MS)
      this.#asked.set(question, refusal => {
        clearTimeout(late)
        resolve(refusal)
      })
      if (tell(this.#link, KIND.ledgerOrder, { kind: 'begin', question, id, call })) return
      this.#asked.delete(question)
      clearTimeout(late)
      resolve(UNKNOWN)
    })
  }

  released(id: string): void {
    tell(this.#link, KIND.ledgerOrder, { kind: 'released', id })
  }

  answered(id: string, dialog: string, seconds: number | undefined): void {
    tell(this.#link, KIND.ledgerOrder, { kind: 'answered', id, dialog, ...timer(seconds) })
  }

  lasts(dialog: string, seconds: number | undefined): void {
    tell(this.#link, KIND.ledgerOrder, { kind: 'lasts', dialog, ...timer(seconds) })
  }

  ended(dialog: string): void {
    tell(this.#link, KIND.ledgerOrder, { kind: 'ended', dialog })
  }

  /** An answer of the primary. */
  heard(frame: FrameReader): void {
    const { question, refusal }: LedgerAnswer = JSON.parse(frame.restUtf8())
    const act = this.#asked.get(question)
    this.#asked.delete(question)
    act?.(refusal)
  }
}

/** In the primary: does what a worker asks. */
export function obeyLedgerOrder(ledger: LocalLedger, link: Link, frame: FrameReader): void {
  const order: LedgerOrder = JSON.parse(frame.restUtf8())
  switch (order.kind) {
    case 'begin': {
      const refusal = ledger.begin(order.id, order.call)
      const { question } = order
      tell(link, KIND.ledgerAnswer, { question, ...(refusal === undefined ? {} : { refusal }) })
      return
    }
    case 'released':
      return ledger.released(order.id)
    case 'answered':
      return ledger.answered(order.id, order.dialog, order.seconds)
    case 'lasts':
      return ledger.lasts(order.dialog, order.seconds)
    case 'ended':
      return ledger.ended(order.dialog)
  }
}

function timer(seconds: number | undefined): { readonly seconds?: number } {
  return seconds === undefined ? {} : { seconds }
}

/** @returns whether it went out */
function tell(link: Link | undefined, kind: number, what: LedgerOrder | LedgerAnswer): boolean {
  const text = JSON.stringify(what)
  const frame = link?.begin(kind, WIDTH * text.length)
  frame?.utf8(text)
  if (frame !== undefined) link?.end()
  return frame !== undefined
}
