import { addOctets, addPart } from '../base/sip-hash.ts'
import {
  CLASS,
  DIGIT,
  DISPLAY,
  HEX,
  HOST,
  LOWER,
  PARAM,
  PASSWORD,
  PHONE,
  SCHEME,
  TOKEN,
  URI_HEADERS,
  USER,
  VALUE,
  WORD,
} from './char-class.ts'
import { lineRoom, plainLines } from './plain-lines.ts'

/**
 * Latin-1 text as an array of octets, and the runs of RFC 3261 §25.1 in it.
 *
 * V8 reads a character of a string in some 1.5 ns and an octet of an array in 0.5, and writes a message of 900
 * characters into an array in 50: so text is written once, and all grammar reads octets.
 *
 * There is one array for the message at hand and one for a value on its own. What `octetsOf` returns is good until
 * the next call: nobody keeps it, and who reads one value does not begin another.
 */
const MESSAGE = lineRoom
const ONE_VALUE = Buffer.alloc(1024)

/** Octets behind a text that may be looked at; the first few are NUL. */
const PADDING = 64
const NULS = 4

let messageText = ''
let messageOctets: Uint8Array = MESSAGE
let messageWords = wordsOf(MESSAGE)
let valueText = ''
let valueOctets: Uint8Array = ONE_VALUE

/** What no octet can hold. Of text that is latin-1 inside, the engine knows without looking that it does not match. */
const WIDE = /[\u0100-\uffff]/

/** Stands for a character that is no octet: of no class, no blank, ends nothing. */
const NO_OCTET = 127

/**
 * The octets of a text, and a few NULs behind its end, so that one may look ahead.
 * @param text latin-1; a character that is no octet becomes 127, which no grammar takes outside quotes
 */
export function octetsOf(text: string): Uint8Array {
  if (text === messageText) return messageOctets
  if (text !== valueText) {
    valueOctets = written(text, ONE_VALUE)
    valueText = text
  }
  return valueOctets
}

/** As `octetsOf`; they stay while values on their own are read. */
export function octetsOfMessage(text: string): Uint8Array {
  if (text !== messageText) {
    const octets = written(text, MESSAGE)
    if (octets !== messageOctets) messageWords = wordsOf(octets)
    messageOctets = octets
    messageText = text
  }
  return messageOctets
}

/** What `octetsOfMessage` returned last, to be read four octets at a time, up to 60 beyond the end of the text. */
export function wordsOfMessage(): DataView {
  return messageWords
}

/** As `plainLines`, of the message whose octets `octetsOfMessage` returned last; -1 for one beyond the usual size. */
export function plainLinesOfMessage(at: number): number {
  return messageOctets === MESSAGE ? plainLines(at) : -1
}

/** Adds a range of a text to the digest under way, as `addPart` would its slice. */
export function addRange(text: string, start: number, end: number): void {
  if (!addOctets(octetsOf(text), start, end)) addPart(text.slice(start, end))
}

function wordsOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length)
}

function written(text: string, room: Buffer): Uint8Array {
  const { length } = text
  const octets = length + PADDING <= room.length ? room : Buffer.alloc(length + PADDING)
  if (WIDE.test(text)) {
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      octets[i] = code > 255 ? NO_OCTET : code
    }
  } else octets.latin1Write(text, 0, length)
  for (let i = 0; i < NULS; i++) octets[length + i] = 0
  return octets
}

const PERCENT = 37

/** The first position of the range whose octet is not of the class. */
function endOf(octets: Uint8Array, at: number, end: number, bit: number): number {
  while (at < end && ((CLASS[octets[at] ?? 0] ?? 0) & bit) !== 0) at += 1
  return at
}

/** As `endOf`; an escape that is not `%` and two hexadecimal digits ends the run too. */
function endOfEscaped(octets: Uint8Array, at: number, end: number, bit: number): number {
  for (; at < end; at++) {
    const code = octets[at] ?? 0
    if (((CLASS[code] ?? 0) & bit) === 0) return at
    if (code === PERCENT && (at + 3 > end || endOf(octets, at + 1, at + 3, HEX) !== at + 3)) return at
  }
  return at
}

/** Where a run of token characters ends (RFC 3261 §25.1). */
export function endOfToken(octets: Uint8Array, at: number, end: number): number {
  return endOf(octets, at, end, TOKEN)
}

/** Where the unquoted value of a header parameter ends. */
export function endOfValue(octets: Uint8Array, at: number, end: number): number {
  return endOf(octets, at, end, VALUE)
}

/** Where an unquoted display name ends: tokens and the blanks between them. */
export function endOfDisplay(octets: Uint8Array, at: number, end: number): number {
  return endOf(octets, at, end, DISPLAY)
}

/** Where a run of host name characters ends. */
export function endOfHostName(octets: Uint8Array, at: number, end: number): number {
  return endOf(octets, at, end, HOST)
}

/** Where a run of decimal digits ends. */
export function endOfDigits(octets: Uint8Array, at: number, end: number): number {
  return endOf(octets, at, end, DIGIT)
}

/** The number that the digits of the range spell. */
export function numberOf(octets: Uint8Array, start: number, end: number): number {
  let number = 0
  for (let i = start; i < end; i++) number = number * 10 + (octets[i] ?? 0) - 48
  return number
}

/** Where `word` and `@` end: what a Call-ID is made of. */
export function endOfCallId(octets: Uint8Array, at: number, end: number): number {
  return endOf(octets, at, end, WORD)
}

/** Where a URI scheme ends (RFC 3261 §25.1 scheme); `at` itself when it does not begin with a letter. */
export function endOfScheme(octets: Uint8Array, at: number, end: number): number {
  const first = LOWER[octets[at] ?? 0] ?? 0
  return first >= 97 && first <= 122 ? endOf(octets, at, end, SCHEME) : at
}

/** Where a run of user part characters with good escapes ends. */
export function endOfUser(octets: Uint8Array, at: number, end: number): number {
  return endOfEscaped(octets, at, end, USER)
}

/** Where a run of password characters with good escapes ends. */
export function endOfPassword(octets: Uint8Array, at: number, end: number): number {
  return endOfEscaped(octets, at, end, PASSWORD)
}

/** Where a run of `paramchar` with good escapes ends. */
export function endOfParamPart(octets: Uint8Array, at: number, end: number): number {
  return endOfEscaped(octets, at, end, PARAM)
}

/** Where what can stand after the `?` of a URI ends. */
export function endOfUriHeaders(octets: Uint8Array, at: number, end: number): number {
  return endOfEscaped(octets, at, end, URI_HEADERS)
}

/** Where a telephone number with its visual separators ends (RFC 3966 §3). */
export function endOfPhone(octets: Uint8Array, at: number, end: number): number {
  return endOf(octets, at, end, PHONE)
}

/** The first position of the range that is neither space nor tab. */
export function endOfBlanks(octets: Uint8Array, at: number, end: number): number {
  while (at < end && (octets[at] === 32 || octets[at] === 9)) at += 1
  return at
}

/** As `endOfBlanks`, over the line ends of folds too. */
export function endOfLws(octets: Uint8Array, at: number, end: number): number {
  while (at < end && (octets[at] === 32 || octets[at] === 9 || octets[at] === 13 || octets[at] === 10))
    at += 1
  return at
}

/** Where the range ends when blanks before its end are left out. */
export function endWithoutBlanks(octets: Uint8Array, start: number, end: number): number {
  while (end > start && (octets[end - 1] === 32 || octets[end - 1] === 9)) end -= 1
  return end
}

/** The range as text with its ASCII letters small; most are, and then it is a plain slice. */
export function lowerSlice(text: string, octets: Uint8Array, start: number, end: number): string {
  const slice = text.slice(start, end)
  for (let i = start; i < end; i++) if (LOWER[octets[i] ?? 0] !== octets[i]) return slice.toLowerCase()
  return slice
}
