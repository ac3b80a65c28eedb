import { ok, type Result } from '../../base/result.ts'
import { isToken, skipBlanks } from '../chars.ts'
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

/**
 * Parses `;name[=value]…` to the end of the text (RFC 3261 §25.1 generic-param): white space around `;` and `=`,
 * values token, host or quoted string (kept as written, quotes included).
 */
export function parseParams(text: string, at: number): Result<Params, Refusal> {
  at = skipBlanks(text, at)
  if (at === text.length) return ok(Params.none)
  const names: string[] = []
  const values: string[] = []
  while (at < text.length) {
    if (text.charCodeAt(at) !== 59) return refuse('params-malformed')
    const nameAt = skipBlanks(text, at + 1)
    const nameEnd = endOfPiece(text, nameAt)
    if (!isToken(text, nameAt, nameEnd)) return refuse('params-malformed')
    const name = text.slice(nameAt, nameEnd).toLowerCase()
    if (names.includes(name)) return refuse('params-malformed')
    at = skipBlanks(text, nameEnd)
    let value = ''
    if (text.charCodeAt(at) === 61) {
      const valueAt = skipBlanks(text, at + 1)
      const valueEnd =
        text.charCodeAt(valueAt) === 34 ? endOfQuoted(text, valueAt) : endOfPiece(text, valueAt)
      if (valueEnd <= valueAt) return refuse('params-malformed')
      value = text.slice(valueAt, valueEnd)
      at = skipBlanks(text, valueEnd)
    }
    names.push(name)
    values.push(value)
  }
  return ok(new Params(names, values))
}

/** The position after the closing quote of the quoted string at `at`, or -1 when it is not closed. */
export function endOfQuoted(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i += 1
    else if (code === 34) return i + 1
  }
  return -1
}

/** Runs to the next `;`, `=`, `,`, quote, angle bracket or blank. */
function endOfPiece(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 59: // ;
      case 61: // =
      case 44: // ,
      case 34: // "
      case 60: // <
      case 62: // >
      case 32:
      case 9:
        return i
    }
  }
  return text.length
}
