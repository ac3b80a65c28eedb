import { isUtf8 } from 'node:buffer'

/** JSON as it stands in a token; an object has each key once. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** Keys in the order of the text. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** A jCard inside `rcd` has seven. */
const MAX_DEPTH = 12
/** Values of one text; a jCard has about a hundred. */
const MAX_VALUES = 1000

interface Reader {
  readonly text: string
  at: number
  values: number
}

/** What stands for a value that is none; no JSON value is undefined. */
const NONE = undefined

/**
 * Reads a JSON object (RFC 8259) as strictly as a signature wants it: a key that stands twice, octets that are no
 * UTF-8, too much depth and anything after the end are refused. `JSON.parse` takes the last of two keys, other readers
 * the first: the two would see different callers.
 * @returns undefined when it is refused
 */
export function readJsonObject(octets: Buffer): JsonObject | undefined {
  if (!isUtf8(octets)) return NONE
  const reader: Reader = { text: octets.toString('utf8'), at: 0, values: 0 }
  const value = readValue(reader, 1)
  skipSpace(reader)
  return isObject(value) && reader.at === reader.text.length ? value : NONE
}

/** Whether a value is an object, neither null nor an array. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The one text of a value: no white space, keys by code point.
 * @see RFC 8225 §9
 */
export function writeJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const keys = Object.keys(value).sort(byCodePoint)
  return `{${keys.map(key => `${JSON.stringify(key)}:${writeJson(value[key] ?? null)}`).join(',')}}`
}

/** UTF-8 sorts as code points do; UTF-16 does not. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function readValue(reader: Reader, depth: number): Json | undefined {
  skipSpace(reader)
  reader.values += 1
  if (depth > MAX_DEPTH || reader.values > MAX_VALUES) return NONE
  switch (reader.text.charCodeAt(reader.at)) {
    case 0x7b:
      return readMembers(reader, depth)
    case 0x5b:
      return readElements(reader, depth)
    case 0x22:
      return readString(reader)
    case 0x74:
      return readWord(reader, 'true', true)
    case 0x66:
      return readWord(reader, 'false', false)
    case 0x6e:
      return readWord(reader, 'null', null)
    default:
      return readNumber(reader)
  }
}

function readMembers(reader: Reader, depth: number): JsonObject | undefined {
  // Without a prototype, `__proto__` is a key like any other.
  const members: Record<string, Json> = Object.create(null)
  reader.at += 1
  skipSpace(reader)
  if (take(reader, 0x7d)) return members
  for (;;) {
    skipSpace(reader)
    const key = reader.text.charCodeAt(reader.at) === 0x22 ? readString(reader) : NONE
    if (key === NONE || key in members) return NONE
    skipSpace(reader)
    if (!take(reader, 0x3a)) return NONE
    const value = readValue(reader, depth + 1)
    if (value === NONE) return NONE
    members[key] = value
    skipSpace(reader)
    if (take(reader, 0x7d)) return members
    if (!take(reader, 0x2c)) return NONE
  }
}

function readElements(reader: Reader, depth: number): readonly Json[] | undefined {
  const elements: Json[] = []
  reader.at += 1
  skipSpace(reader)
  if (take(reader, 0x5d)) return elements
  for (;;) {
    const value = readValue(reader, depth + 1)
    if (value === NONE) return NONE
    elements.push(value)
    skipSpace(reader)
    if (take(reader, 0x5d)) return elements
    if (!take(reader, 0x2c)) return NONE
  }
}

/** At a quote. Escapes are rare: what has them is left to the platform's reader, one string at a time. */
function readString(reader: Reader): string | undefined {
  const { text } = reader
  const start = reader.at
  let hasEscapes = false
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20) return NONE
    if (code === 0x22) {
      reader.at = at + 1
      return hasEscapes ? unescaped(text.slice(start, at + 1)) : text.slice(start + 1, at)
    }
    if (code === 0x5c) {
      hasEscapes = true
      at += 1
    }
  }
  return NONE
}

/** Half a surrogate pair has no UTF-8, so nobody can have signed it. */
function unescaped(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted)
    return typeof value === 'string' && value.isWellFormed() ? value : NONE
  } catch {
    return NONE
  }
}

function readWord(reader: Reader, word: string, value: Json): Json | undefined {
  if (!reader.text.startsWith(word, reader.at)) return NONE
  reader.at += word.length
  return value
}

function readNumber(reader: Reader): number | undefined {
  const { text } = reader
  const start = reader.at
  let at = start
  if (text.charCodeAt(at) === 0x2d) at += 1
  const first = at
  at = endOfDigits(text, at)
  if (at === first || (text.charCodeAt(first) === 0x30 && at > first + 1)) return NONE
  if (text.charCodeAt(at) === 0x2e) {
    const fraction = endOfDigits(text, at + 1)
    if (fraction === at + 1) return NONE
    at = fraction
  }
  if ((text.charCodeAt(at) | 32) === 0x65) {
    const sign = text.charCodeAt(at + 1)
    const digits = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
    at = endOfDigits(text, digits)
    if (at === digits) return NONE
  }
  reader.at = at
  const value = Number(text.slice(start, at))
  return Number.isFinite(value) ? value : NONE
}

function endOfDigits(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1
  return at
}

function take(reader: Reader, code: number): boolean {
  if (reader.text.charCodeAt(reader.at) !== code) return false
  reader.at += 1
  return true
}

function skipSpace(reader: Reader): void {
  for (;;) {
    const code = reader.text.charCodeAt(reader.at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    reader.at += 1
  }
}
