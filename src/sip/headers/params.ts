import { LIMITS } from '../../base/limits.ts'
import { ok, type Result } from '../../base/result.ts'
import { endOfToken, endOfValue, lowerSlice, skipBlanks } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'

/** Parameters of a header value or URI: few, so a list; names compare without case (RFC 3261 §7.3.1). */
export class Params {
  static readonly none = new Params([], [])
  readonly #names: readonly string[]
  readonly #values: readonly string[]

  /** @param names lower case; @param values '' where the parameter has none */
  constructor(names: readonly string[], values: readonly string[]) {
    this.#names = names
    this.#values = values
  }

  get size(): number {
    return this.#names.length
  }

  /** The value; '' when the parameter stands alone; undefined when it is not there. @param name lower case */
  get(name: string): string | undefined {
    const at = this.#names.indexOf(name)
    return at < 0 ? undefined : this.#values[at]
  }

  has(name: string): boolean {
    return this.#names.includes(name)
  }

  entries(): readonly (readonly [string, string])[] {
    return this.#names.map((name, i) => [name, this.#values[i] ?? ''] as const)
  }
}

/** Parameters while they are read. */
export interface ParamList {
  readonly names: string[]
  readonly values: string[]
}

/** Most lists have one or two: an array made with its first element takes no room for seventeen. */
export function newParamList(name: string, value: string): ParamList {
  return { names: [name], values: [value] }
}

/** @returns false when the name stands there already, or the list is full */
export function addParam(list: ParamList, name: string, value: string): boolean {
  if (list.names.length === LIMITS.maxParams || list.names.includes(name)) return false
  list.names.push(name)
  list.values.push(value)
  return true
}

export function paramsOf(list: ParamList | undefined): Params {
  return list === undefined ? Params.none : new Params(list.names, list.values)
}

const QUOTE = 34
const SEMICOLON = 59
const EQUALS = 61
const BACKSLASH = 92

/**
 * Parses `;name[=value]…` to the end of the range (RFC 3261 §25.1 generic-param): white space around `;` and `=`,
 * values token, host or quoted string (kept as written, quotes included). `name=` counts as `name`.
 * @returns `params-malformed`, also for a name that stands twice and for more than `LIMITS.maxParams`
 */
export function parseParams(text: string, at: number, end = text.length): Result<Params, Refusal> {
  at = skipBlanks(text, at, end)
  if (at === end) return ok(Params.none)
  let params: ParamList | undefined
  while (at < end) {
    if (text.charCodeAt(at) !== SEMICOLON) return refuse('params-malformed')
    const nameAt = skipBlanks(text, at + 1, end)
    const nameEnd = endOfToken(text, nameAt, end)
    if (nameEnd === nameAt) return refuse('params-malformed')
    const name = lowerSlice(text, nameAt, nameEnd)
    at = skipBlanks(text, nameEnd, end)
    let value = ''
    if (at < end && text.charCodeAt(at) === EQUALS) {
      const valueAt = skipBlanks(text, at + 1, end)
      const valueEnd =
        valueAt < end && text.charCodeAt(valueAt) === QUOTE
          ? endOfPlainQuoted(text, valueAt, end)
          : endOfValue(text, valueAt, end)
      if (valueEnd < 0) return refuse('params-malformed')
      value = text.slice(valueAt, valueEnd)
      at = skipBlanks(text, valueEnd, end)
    }
    if (params === undefined) params = newParamList(name, value)
    else if (!addParam(params, name, value)) return refuse('params-malformed')
  }
  return ok(paramsOf(params))
}

/** The position after the closing quote of the quoted string at `at`, or -1 when it is not closed. */
export function endOfQuoted(text: string, at: number, end = text.length): number {
  const quote = text.indexOf('"', at + 1)
  if (quote < 0 || quote >= end) return -1
  const backslash = text.indexOf('\\', at + 1)
  if (backslash < 0 || backslash > quote) return quote + 1
  for (let i = backslash; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === BACKSLASH) i += 1
    else if (code === QUOTE) return i + 1
  }
  return -1
}

/** As `endOfQuoted`; a control character ends it badly, escaped or not: parameters are copied into our own lines. */
function endOfPlainQuoted(text: string, at: number, end: number): number {
  const quotedEnd = endOfQuoted(text, at, end)
  for (let i = at; i < quotedEnd; i++) {
    const code = text.charCodeAt(i)
    if ((code < 32 && code !== 9) || code === 127) return -1
  }
  return quotedEnd
}
