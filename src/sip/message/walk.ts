import { LIMITS } from '../../base/limits.ts'
import { endOfBlanks, endOfToken, octetsOfMessage, plainLinesOfMessage, wordsOfMessage } from '../octets.ts'
import { lineEnds } from '../plain-lines.ts'
import { H, headerIdAt, lengthOfName, usualNameAt } from './header-id.ts'
import type { RefusalName } from './refusal.ts'

/**
 * One walk over the header: every field becomes four numbers. Nothing else is looked
 * at here; `checkMessage` judges the fields that every element needs.
 *
 * Where lines end is where smuggling begins, so that is strict: a line ends with CR LF and with nothing else, a fold
 * has something to say, and NUL stands nowhere but escaped in a display name. A broken line is remembered and the
 * walk goes on, since an answer needs the fields that follow; only where the lines themselves are in doubt it stops.
 */

/** Numbers kept per header field: header id, start of line, start of value (blanks skipped), and its CR LF. */
export const SLOTS = 4

/** Header ids up to this one are counted in bits. */
export const MAX_COUNTED_ID = 30

/** The header fields of one message. */
export interface Rows {
  /** `SLOTS` for each field. */
  readonly numbers: Int32Array
  /** The first row of each counted id that is there. */
  readonly first: Uint8Array
  count: number
  /** Of the walk that filled it; another one later: it is another message's. */
  walkNumber: number
}

/**
 * Messages are looked at while they are handled, then they are kept for minutes, or not at all: so their rows are in
 * few places that take turns, and a message that is asked later is walked again. That saves half a kilobyte of each.
 */
const PLACES: readonly Rows[] = Array.from({ length: 8 }, () => ({
  numbers: new Int32Array(LIMITS.maxHeaders * SLOTS),
  first: new Uint8Array(MAX_COUNTED_ID + 1),
  count: 0,
  walkNumber: 0,
}))

/** What the last walk found. */
export interface Walk {
  rows: Rows
  walkNumber: number
  refusal: RefusalName | undefined
  /** Whether any value goes on over a line end. */
  hasFolds: boolean
  bodyStart: number
  /** Bits of the counted header ids that are there, and of those that stand more than once. */
  seen: number
  repeated: number
  /** For the ids above: a bit for each that is there, shared by ids that are 32 apart. */
  rare: number
}

const [firstPlace = { numbers: new Int32Array(0), first: new Uint8Array(0), count: 0, walkNumber: 0 }] =
  PLACES

/** One object, filled anew by each walk. */
const walk: Walk = {
  rows: firstPlace,
  walkNumber: 0,
  refusal: undefined,
  hasFolds: false,
  bodyStart: 0,
  seen: 0,
  repeated: 0,
  rare: 0,
}

const CR = 13
const LF = 10
const COLON = 58
const BACKSLASH = 92

/**
 * Walks over the header fields.
 * @param headersStart behind the start line
 * @returns what was found; good until the next walk
 */
export function walkHeader(text: string, headersStart: number): Readonly<Walk> {
  const octets = octetsOfMessage(text)
  walk.walkNumber += 1
  const rows = PLACES[walk.walkNumber % PLACES.length] ?? firstPlace
  rows.walkNumber = walk.walkNumber
  walk.rows = rows
  walk.refusal = undefined
  walk.hasFolds = false
  walk.bodyStart = text.length
  const plain = octets[headersStart] === CR ? -1 : plainLinesOfMessage(headersStart)
  const end = walkFields(text, octets, headersStart, rows, plain)
  if (end < 0) return walk
  walk.bodyStart = end + 2
  if (walk.bodyStart - headersStart > LIMITS.maxHeadersBytes) walk.refusal ??= 'headers-too-large'
  if (plain < 0 && hasBareNul(text, headersStart, end, rows)) walk.refusal ??= 'nul-in-header'
  return walk
}

/**
 * @param plain how many lines there are when they are plain, else -1
 * @returns where the empty line stands, or -1: where the next line begins cannot be said, or nobody needs it
 */
function walkFields(
  text: string,
  octets: Uint8Array,
  headersStart: number,
  rows: Rows,
  plain: number,
): number {
  const { numbers, first } = rows
  const words = wordsOfMessage()
  let at = headersStart
  let row = 0
  let line = 0
  let seen = 0
  let repeated = 0
  let rare = 0
  while (octets[at] !== CR || octets[at + 1] !== LF) {
    let valueEnd = -1
    if (at - headersStart > LIMITS.maxHeadersBytes) walk.refusal ??= 'headers-too-large'
    else if (row === LIMITS.maxHeaders) walk.refusal ??= 'too-many-headers'
    else valueEnd = plain < 0 ? endOfField(text, octets, at) : (lineEnds[line] ?? 0)
    if (valueEnd < 0) {
      at = -1
      break
    }
    let id = usualNameAt(octets, words, at)
    let nameEnd = at + lengthOfName(id)
    let colon = nameEnd
    if (id === H.unknown || colon >= valueEnd) {
      nameEnd = endOfToken(octets, at, valueEnd)
      colon = endOfBlanks(octets, nameEnd, valueEnd)
      id = headerIdAt(octets, at, nameEnd)
    }
    if (nameEnd === at || octets[colon] !== COLON) walk.refusal ??= 'header-without-colon'
    else {
      if (id <= MAX_COUNTED_ID) {
        const bit = 1 << id
        if ((seen & bit) === 0) first[id] = row
        else repeated |= bit
        seen |= bit
      } else rare |= rareBit(id)
      const slot = row * SLOTS
      numbers[slot] = id
      numbers[slot + 1] = at
      numbers[slot + 2] = endOfBlanks(octets, colon + 1, valueEnd)
      numbers[slot + 3] = valueEnd
      row += 1
    }
    if (valueEnd - at > LIMITS.maxHeaderBytes) walk.refusal ??= 'header-too-large'
    at = valueEnd + 2
    line += 1
  }
  rows.count = row
  walk.seen = seen
  walk.repeated = repeated
  walk.rare = rare
  return at
}

/** The bit of an id above `MAX_COUNTED_ID`. */
export function rareBit(id: number): number {
  return 1 << (id & 31)
}

/** The CR LF that ends the field at `at`, folds included (RFC 3261 §7.3.1), or -1 when the lines are in doubt. */
function endOfField(text: string, octets: Uint8Array, at: number): number {
  for (;;) {
    const lf = text.indexOf('\n', at)
    if (lf < 0 || text.indexOf('\r', at) !== lf - 1) {
      walk.refusal ??= lf < 0 ? 'headers-not-ended' : 'bare-line-end'
      return -1
    }
    const next = octets[lf + 1]
    if (next !== 32 && next !== 9) return lf - 1
    walk.hasFolds = true
    at = endOfBlanks(octets, lf + 1, text.length)
    if (octets[at] === CR && octets[at + 1] === LF) walk.refusal ??= 'blank-fold'
  }
}

/** Whether NUL stands in the header otherwise than escaped in From or To. */
function hasBareNul(text: string, start: number, end: number, { numbers, count }: Rows): boolean {
  const nul = text.indexOf('\0', start)
  if (nul < 0 || nul >= end) return false
  let covered = start
  for (let i = 0; i < count * SLOTS; i += SLOTS) {
    if (numbers[i] !== H.from && numbers[i] !== H.to) continue
    const valueStart = numbers[i + 2] ?? 0
    const valueEnd = numbers[i + 3] ?? 0
    if (text.slice(covered, valueStart).includes('\0')) return true
    for (let at = text.indexOf('\0', valueStart); at >= 0 && at < valueEnd; at = text.indexOf('\0', at + 1)) {
      if (!isEscaped(text, valueStart, at)) return true
    }
    covered = valueEnd
  }
  return text.slice(covered, end).includes('\0')
}

/** Whether an odd number of backslashes stands before `at` (RFC 3261 §25.1 quoted-pair). */
function isEscaped(text: string, start: number, at: number): boolean {
  let first = at
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (at - first) % 2 === 1
}
