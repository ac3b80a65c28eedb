import { LIMITS } from '../../base/limits.ts'
import { ok, type Result } from '../../base/result.ts'
import { LOWER } from '../char-class.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { endOfBlanks, endOfParamPart, endOfToken, endOfValue, lowerSlice, octetsOf } from '../octets.ts'
import { unescapedOnce } from '../uri/escapes.ts'
import type { WordTable } from '../word-table.ts'

const NONE: readonly string[] = []

/**
 * Parameters of a header value or URI: few, so a list; names compare without case (RFC 3261 §7.3.1). They are judged
 * when the value is read, and taken apart when somebody asks for one.
 */
export class Params {
  static readonly none = new Params(NONE, NONE)
  #names: readonly string[]
  #values: readonly string[]
  /** Where they stand while they are not taken apart; then undefined. */
  #text: string | undefined
  #start = 0
  #end = 0
  #areOfUri = false

  /** @param names lower case; @param values '' where the parameter has none */
  constructor(names: readonly string[], values: readonly string[]) {
    this.#names = names
    this.#values = values
    this.#text = undefined
  }

  /** @param start of a range that `endOfHeaderParams` or `endOfUriParams` found good */
  static at(text: string, start: number, end: number, areOfUri: boolean): Params {
    if (start === end) return Params.none
    const params = new Params(NONE, NONE)
    params.#text = text
    params.#start = start
    params.#end = end
    params.#areOfUri = areOfUri
    return params
  }

  get size(): number {
    this.#takeApart()
    return this.#names.length
  }

  /** The value; '' when the parameter stands alone; undefined when it is not there. @param name lower case */
  get(name: string): string | undefined {
    this.#takeApart()
    const at = this.#names.indexOf(name)
    return at < 0 ? undefined : this.#values[at]
  }

  has(name: string): boolean {
    this.#takeApart()
    return this.#names.includes(name)
  }

  entries(): readonly (readonly [string, string])[] {
    this.#takeApart()
    return this.#names.map((name, i) => [name, this.#values[i] ?? ''] as const)
  }

  #takeApart(): void {
    const text = this.#text
    if (text === undefined) return
    const octets = octetsOf(text)
    if (this.#areOfUri) endOfUriParams(text, octets, this.#start, this.#end)
    else endOfHeaderParams(octets, this.#start, this.#end)
    this.#text = undefined
    if (count === 0) return
    // Most lists have one or two: an array made with its first element takes no room for seventeen.
    const names = [nameOf(text, octets, 0)]
    const values = [valueOfParam(text, 0)]
    for (let i = 1; i < count; i++) {
      names.push(nameOf(text, octets, i))
      values.push(valueOfParam(text, i))
    }
    this.#names = (this.#areOfUri ? unescaped : undefined) ?? names
    this.#values = values
  }
}

const QUOTE = 34
const PERCENT = 37
const SEMICOLON = 59
const EQUALS = 61
const BACKSLASH = 92

/** Of the parameters that were read last: start and end of the name, start and end of the value. */
const places = new Int32Array(LIMITS.maxParams * 4)
let count = 0
/** Their names, where one of them has an escape. */
let unescaped: string[] | undefined

/** How many parameters the last `endOf…Params` found; the places below are good until the next one. */
export function paramCount(): number {
  return count
}

/** The value of the nth parameter read last. */
export function valueOfParam(text: string, n: number): string {
  return text.slice(places[n * 4 + 2], places[n * 4 + 3])
}

/** Where the value of the nth parameter read last begins. */
export function startOfValue(n: number): number {
  return places[n * 4 + 2] ?? 0
}

/** The number that the name of the nth parameter read last has in a table. */
export function numberOfName(table: WordTable, octets: Uint8Array, n: number): number {
  return table.find(octets, places[n * 4] ?? 0, places[n * 4 + 1] ?? 0)
}

/** Whether the nth parameter read last has that name. @param name lower case, ASCII */
export function isParam(octets: Uint8Array, n: number, name: string): boolean {
  const start = places[n * 4] ?? 0
  if ((places[n * 4 + 1] ?? 0) - start !== name.length) return false
  for (let i = 0; i < name.length; i++) if (LOWER[octets[start + i] ?? 0] !== name.charCodeAt(i)) return false
  return true
}

/** Parses header parameters, and nothing else, to the end of the range, as `endOfHeaderParams` says. */
export function parseParams(text: string, at: number, end = text.length): Result<Params, Refusal> {
  if (endOfHeaderParams(octetsOf(text), at, end) !== end) return refuse('params-malformed')
  return ok(count === 0 ? Params.none : Params.at(text, at, end, false))
}

/**
 * Reads `;name[=value]…` (RFC 3261 §25.1 generic-param): white space around `;` and `=`, values token, host or quoted
 * string (kept as written, quotes included). `name=` counts as `name`.
 * @returns the end of the range, or where something else follows them, or -1 where they are malformed, a name stands twice, or they are more than `LIMITS.maxParams`
 */
export function endOfHeaderParams(octets: Uint8Array, at: number, end: number): number {
  count = 0
  at = endOfBlanks(octets, at, end)
  while (at < end) {
    if (octets[at] !== SEMICOLON) return at
    const nameStart = endOfBlanks(octets, at + 1, end)
    const nameEnd = endOfToken(octets, nameStart, end)
    if (nameEnd === nameStart) return -1
    at = endOfBlanks(octets, nameEnd, end)
    let valueStart = nameEnd
    let valueEnd = nameEnd
    if (at < end && octets[at] === EQUALS) {
      valueStart = endOfBlanks(octets, at + 1, end)
      valueEnd =
        valueStart < end && octets[valueStart] === QUOTE
          ? endOfPlainQuoted(octets, valueStart, end)
          : endOfValue(octets, valueStart, end)
      if (valueEnd < 0) return -1
      at = endOfBlanks(octets, valueEnd, end)
    }
    if (!keep(nameStart, nameEnd, valueStart, valueEnd) || (count > 1 && repeats(octets))) return -1
  }
  return end
}

/**
 * Reads `;name[=value]…` of a URI from the semicolon at `at` to `?` or the end (RFC 3261 §25.1 uri-parameters).
 * @returns where they end, or -1 as `endOfHeaderParams`
 */
export function endOfUriParams(text: string, octets: Uint8Array, at: number, end: number): number {
  count = 0
  unescaped = undefined
  while (at < end && octets[at] === SEMICOLON) {
    const nameStart = at + 1
    const nameEnd = endOfParamPart(octets, nameStart, end)
    if (nameEnd === nameStart) return -1
    at = nameEnd
    let valueStart = nameEnd
    if (at < end && octets[at] === EQUALS) {
      valueStart = at + 1
      at = endOfParamPart(octets, valueStart, end)
      if (at === valueStart) return -1
    }
    if (!keep(nameStart, nameEnd, valueStart, at)) return -1
    if (unescaped === undefined && !hasEscape(octets, nameStart, nameEnd)) {
      if (repeats(octets)) return -1
    } else if (repeatsUnescaped(text, octets)) return -1
  }
  return at
}

/** @returns false when the list is full */
function keep(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): boolean {
  if (count === LIMITS.maxParams) return false
  const at = count * 4
  places[at] = nameStart
  places[at + 1] = nameEnd
  places[at + 2] = valueStart
  places[at + 3] = valueEnd
  count += 1
  return true
}

/** Whether the last parameter has the name of one before it. */
function repeats(octets: Uint8Array): boolean {
  const last = (count - 1) * 4
  const start = places[last] ?? 0
  const length = (places[last + 1] ?? 0) - start
  for (let at = 0; at < last; at += 4) {
    const other = places[at] ?? 0
    if ((places[at + 1] ?? 0) - other !== length) continue
    let same = 0
    while (same < length && LOWER[octets[start + same] ?? 0] === LOWER[octets[other + same] ?? 0]) same += 1
    if (same === length) return true
  }
  return false
}

function hasEscape(octets: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (octets[i] === PERCENT) return true
  return false
}

/** As `repeats`. `m%61ddr` is `maddr` (RFC 3261 §19.1.4): who reads it must not be passed by in disguise. */
function repeatsUnescaped(text: string, octets: Uint8Array): boolean {
  if (unescaped === undefined) {
    unescaped = []
    for (let i = 0; i < count - 1; i++) unescaped.push(nameOf(text, octets, i))
  }
  const last = (count - 1) * 4
  const name = unescapedOnce(text.slice(places[last], places[last + 1])).toLowerCase()
  if (unescaped.includes(name)) return true
  unescaped.push(name)
  return false
}

function nameOf(text: string, octets: Uint8Array, n: number): string {
  return lowerSlice(text, octets, places[n * 4] ?? 0, places[n * 4 + 1] ?? 0)
}

/** The position after the closing quote of the quoted string at `at`, or -1 when it is not closed. */
export function endOfQuoted(octets: Uint8Array, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const code = octets[i]
    if (code === QUOTE) return i + 1
    if (code === BACKSLASH) i += 1
  }
  return -1
}

/** As `endOfQuoted`; a control character ends it badly, escaped or not: parameters are copied into our own lines. */
function endOfPlainQuoted(octets: Uint8Array, at: number, end: number): number {
  const quotedEnd = endOfQuoted(octets, at, end)
  for (let i = at; i < quotedEnd; i++) {
    const code = octets[i] ?? 0
    if ((code < 32 && code !== 9) || code === 127) return -1
  }
  return quotedEnd
}
