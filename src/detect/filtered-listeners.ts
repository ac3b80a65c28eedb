import type { Watch } from './detector.ts'
import { Listeners, type OnThrown } from './listeners.ts'
import type { AnswerGiven, RequestSeen } from './sighting.ts'

/** What of a kind a detector cares for; what is left out does not matter to it. */
export interface Filter {
  readonly methods?: readonly string[]
  /** Requests outside of dialogs; answers of 300 and more. */
  readonly part?: 'outside' | 'failures'
  /** Sources from which nobody logged in within the last hour: the detector turns the others away by itself too. */
  readonly strangers?: true
}

/** Methods that are told apart; all others are one. */
const METHODS = [
  'other',
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
] as const
const NUMBERS: ReadonlyMap<string, number> = new Map(METHODS.map((name, i) => [name, i]))
/** Shorter than any time within which a detector takes a source for somebody's home. */
const HOME_MS = 3_600_000
const IN_PART = 2
const AT_HOME = 1
const LISTS = METHODS.length * 4

/**
 * Listeners of requests or of answers, sorted beforehand by what they care for: most detectors have nothing to say about
 * a request inside a call, or about what a phone at home was answered with success, and are then not even called.
 */
export class FilteredListeners<S extends RequestSeen | AnswerGiven> {
  readonly #lists = Array.from({ length: LISTS }, () => new Listeners<S>())
  readonly #ids = new Set<string>()
  /** Whether a sighting is in the part that a filter may leave out. */
  readonly #isLeftOut: (seen: S) => boolean

  constructor(isLeftOut: (seen: S) => boolean) {
    this.#isLeftOut = isLeftOut
  }

  get length(): number {
    return this.#ids.size
  }

  add(
    id: string,
    watch: Watch,
    told: ((this: Watch, seen: S) => void) | undefined,
    filter: Filter = {},
  ): void {
    if (told === undefined) return
    this.#ids.add(id)
    for (const [i, list] of this.#lists.entries()) {
      const method = METHODS[i >> 2] ?? 'other'
      if (filter.methods !== undefined && !isAmong(method, filter.methods)) continue
      if (filter.part !== undefined && (i & IN_PART) !== 0) continue
      if (filter.strangers === true && (i & AT_HOME) !== 0) continue
      list.add(id, watch, told)
    }
  }

  remove(id: string): void {
    if (!this.#ids.delete(id)) return
    for (const list of this.#lists) list.remove(id)
  }

  tell(seen: S, onThrown: OnThrown): void {
    const method = NUMBERS.get(seen.request.method) ?? 0
    const isHome = seen.atMs - seen.source.lastLoginMs < HOME_MS
    this.#lists[method * 4 + (this.#isLeftOut(seen) ? IN_PART : 0) + (isHome ? AT_HOME : 0)]?.tell(
      seen,
      onThrown,
    )
  }
}

/** A method that is not told apart belongs to the others. */
function isAmong(method: (typeof METHODS)[number], wanted: readonly string[]): boolean {
  return method === 'other' ? wanted.some(each => !NUMBERS.has(each)) : wanted.includes(method)
}
