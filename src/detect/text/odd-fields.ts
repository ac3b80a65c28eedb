import { scanCredentials } from '../../sip/headers/scan-credentials.ts'
import { H, headerName } from '../../sip/message/header-id.ts'
import type { MessageFields, SipRequest, SipResponse } from '../../sip/message/message.ts'
import { SLOTS } from '../../sip/message/walk.ts'
import { octetsOfMessage } from '../../sip/octets.ts'
import { firstOdd } from '../../sip/odd-octets.ts'
import { type Family, type FieldKind, familyOf } from './families.ts'

/** A field that is more than text. */
export interface OddField {
  readonly family: Family
  /** Name of the header field, `Request-URI`, or `reason phrase`. */
  readonly field: string
  /** As it stands on the wire. */
  readonly text: string
}

/** So many fields of a message are taken apart; who sends more has been seen. */
const MAX_FIELDS = 16

/** How a field is looked at that holds no odd octet. */
const NOT = 0
const ADDRESS = 1
const REMARK = 2
const NAME = 3
const LOOKS = new Uint8Array(Math.max(...Object.values(H)) + 1)
for (const id of [H.from, H.to, H.contact]) LOOKS[id] = ADDRESS
for (const id of [H.unknown, H.userAgent, H.server, H.subject, H.organization, H.reason, H.warning])
  LOOKS[id] = REMARK
LOOKS[H.callId] = NAME

/** Fields of tokens, numbers and proofs that nobody shows or stores as names; Identity holds base64 and a URL. */
const SKIPPED: ReadonlySet<number> = new Set([
  ...[H.contentLength, H.cseq, H.maxForwards, H.expires, H.date, H.privacy, H.supported, H.allow, H.rack],
])

/** By octet: 1 when it is usual in a name (user part, Call-ID). */
const IN_NAME = usual('+._-~@:')
/** By octet: 1 when it is usual in a remark (User-Agent, display name). */
const IN_REMARK = usual(" ._-+/(),:;@[]!~#'&?")

function usual(marks: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => {
    const letter = code | 32
    const isAlphanumeric = (letter >= 97 && letter <= 122) || (code >= 48 && code <= 57)
    return isAlphanumeric || marks.includes(String.fromCharCode(code)) ? 1 : 0
  })
}

/**
 * The first field of a message that would be more than text to somebody behind us. Honest messages are looked at
 * sixteen octets at a time and let go; what holds odd marks is decoded and judged field by field.
 * @param clean texts that were found to be nothing more
 * @param isThorough names and remarks are looked at too that are made of usual octets: 0.2 µs
 */
export function oddFieldOf(
  message: SipRequest | SipResponse,
  isThorough: boolean,
  clean: CleanTexts,
): OddField | undefined {
  const { text, bodyStart } = message
  let judged = 0
  for (let at = message.oddAt; at < bodyStart; ) {
    const row = rowAt(message, at)
    const end = row < 0 ? firstLineEnd(text) : (message.index[row * SLOTS + 3] ?? bodyStart)
    const found = row < 0 ? startLine(message, clean) : fieldAt(message, row, clean)
    if (found !== undefined) return found
    judged += 1
    if (judged > MAX_FIELDS) return undefined
    at = firstOdd(text, Math.max(end, at + 1), bodyStart)
  }
  return isThorough ? unusual(message, clean) : undefined
}

/** The row that holds a place, or -1 for the start line. */
function rowAt({ index, count }: MessageFields, at: number): number {
  for (let row = count - 1; row >= 0; row -= 1) if ((index[row * SLOTS + 1] ?? 0) <= at) return row
  return -1
}

function firstLineEnd(text: string): number {
  const end = text.indexOf('\r\n')
  return end < 0 ? text.length : end
}

function startLine(message: SipRequest | SipResponse, clean: CleanTexts): OddField | undefined {
  return message.kind === 'request'
    ? clean.judge('Request-URI', message.requestUri, 'target')
    : clean.judge('reason phrase', message.reason, 'free')
}

function fieldAt(message: MessageFields, row: number, clean: CleanTexts): OddField | undefined {
  const id = message.idAt(row)
  if (SKIPPED.has(id)) return undefined
  const kind = (LOOKS[id] ?? 0) === REMARK || id === H.callId ? 'free' : 'structured'
  return clean.judge(nameOf(message, row), steadyPart(id, message.valueAt(row)), kind)
}

/** What stays the same in the next message of the same sender: proofs and tags change, and hold no text. */
function steadyPart(id: number, value: string): string {
  if (id === H.from || id === H.to) {
    const at = value.lastIndexOf(';tag=')
    // A tag that is odd itself is looked at with the rest.
    return at > 0 && isToken(value, at + 5) ? value.slice(0, at) : value
  }
  if (id !== H.authorization && id !== H.proxyAuthorization) return value
  const digest = scanCredentials(value)
  if (digest === undefined) return value
  const { username = '', usernameExtended = '', realm = '', uri = '', opaque = '', algorithm = '' } = digest
  const { nonce = '', cnonce = '', response = '' } = digest
  const changing = isToken(nonce, 0) && isToken(cnonce, 0) && isToken(response, 0) ? '' : value
  return `${username} ${usernameExtended} ${realm} ${uri} ${opaque} ${algorithm} ${changing}`
}

/** Letters, digits and what else stands in random texts. */
function isToken(text: string, from: number): boolean {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code > 126 || (IN_NAME[code] === 0 && code !== 47 && code !== 61)) return false
  }
  return true
}

/** Names of the fields that have a number. */
const NAMES: readonly (string | undefined)[] = Object.values(H).map(id =>
  id === H.unknown ? undefined : headerName(id),
)

function nameOf(message: MessageFields, row: number): string {
  return row < 0 ? 'Request-URI' : (NAMES[message.idAt(row)] ?? message.nameAt(row))
}

const PLACES = 8192

/**
 * Judges texts, and remembers those that were found to be nothing more: the same names come again and again. By keyed
 * hash, so that nobody can make a text that stands for another.
 */
export class CleanTexts {
  readonly #hashes = new Int32Array(PLACES)
  readonly #hash: (text: string) => number

  /** @param hash a keyed 32-bit hash */
  constructor(hash: (text: string) => number) {
    this.#hash = hash
  }

  judge(field: string, text: string, kind: FieldKind): OddField | undefined {
    const hash = this.#hash(text) ^ kind.length
    const place = hash & (PLACES - 1)
    if (this.#hashes[place] === hash) return undefined
    const family = familyOf(text, kind)
    if (family !== undefined) return { family, field, text }
    this.#hashes[place] = hash
    return undefined
  }
}

/** What is made of usual octets and is odd all the same: markup in remarks, blanks in names, keys of interpreters. */
function unusual(message: SipRequest | SipResponse, clean: CleanTexts): OddField | undefined {
  const { text } = message
  const octets = octetsOfMessage(text)
  const { index, count } = message
  if (message.kind === 'request') {
    const found = judgeUser(message, octets, -1, message.method.length + 1, firstLineEnd(text), clean)
    if (found !== undefined) return found
  }
  for (let slot = 0; slot < count * SLOTS; slot += SLOTS) {
    const look = LOOKS[index[slot] ?? 0] ?? NOT
    if (look === NOT) continue
    const start = index[slot + 2] ?? 0
    const end = index[slot + 3] ?? 0
    let found: OddField | undefined
    if (look === ADDRESS) found = judgeAddress(message, octets, slot / SLOTS, start, end, clean)
    else if (look === REMARK ? isOddRemark(octets, start, end) : isOddName(octets, start, end))
      found = fieldAt(message, slot / SLOTS, clean)
    if (found !== undefined) return found
  }
  return undefined
}

const SPACE = 32
const QUOTE = 34
const DASH = 45
const DOT = 46
const COLON = 58
const SEMICOLON = 59
const LESS = 60
const AT = 64

function judgeAddress(
  message: MessageFields,
  octets: Uint8Array,
  row: number,
  start: number,
  end: number,
  clean: CleanTexts,
): OddField | undefined {
  let at = start
  if (octets[at] === QUOTE) {
    let isUsual = 1
    for (at += 1; at < end && octets[at] !== QUOTE; at += 1) isUsual &= IN_REMARK[octets[at] ?? 0] ?? 0
    if (isUsual === 0 || isOddRemark(octets, start + 1, at)) {
      const found = clean.judge(nameOf(message, row), message.text.slice(start + 1, at), 'free')
      if (found !== undefined) return found
    }
  }
  while (at < end && octets[at] !== LESS) at += 1
  return judgeUser(message, octets, row, at < end ? at + 1 : start, end, clean)
}

/** The user part of the URI that begins there. */
function judgeUser(
  message: MessageFields,
  octets: Uint8Array,
  row: number,
  uriAt: number,
  end: number,
  clean: CleanTexts,
): OddField | undefined {
  let start = uriAt + 3
  while (start < end && start - uriAt < 6 && octets[start] !== COLON) start += 1
  start += 1
  let at = start
  for (; at < end; at += 1) {
    const code = octets[at] ?? 0
    if (code === AT) {
      if (mayBeKey(octets[start] ?? 0, octets[start + 1] ?? 0, at - start)) break
      return undefined
    }
    if (IN_NAME[code] === 0 || (code === DOT && octets[at + 1] === DOT)) break
  }
  // A host without user, and parameters of telephone numbers, are usual, too.
  const close = octets.indexOf(AT, at)
  if (close < 0 || close >= end) return undefined
  return clean.judge(nameOf(message, row), message.text.slice(start, close), 'free')
}

function isOddName(octets: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const code = octets[at] ?? 0
    if (IN_NAME[code] === 0 || (code === DOT && octets[at + 1] === DOT)) return true
  }
  return mayBeKey(octets[start] ?? 0, octets[start + 1] ?? 0, end - start)
}

/** As long as a key of an interpreter, and beginning like one; or like a number in hexadecimal digits. */
function mayBeKey(first: number, second: number, length: number): boolean {
  if (first === 48) return (second | 32) === 120 && length >= 10
  const letter = first | 32
  return (
    (length === 9 || length === 11 || length === 14) &&
    (letter === 99 || letter === 104 || letter === 112 || first === 95)
  )
}

function isOddRemark(octets: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const code = octets[at] ?? 0
    if (IN_REMARK[code] === 0) return true
    // Letters, digits and blanks need no second look.
    if (code > SEMICOLON || code < DASH) continue
    const next = octets[at + 1] ?? 0
    if ((code === DOT || code === DASH) && next === code) return true
    // `;id;`: a chain has no blank behind the mark. `data:text/…`: a scheme has a letter.
    if ((code === SEMICOLON && next !== SPACE) || (code === COLON && next > SEMICOLON)) return true
  }
  return false
}
