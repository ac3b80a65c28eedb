import { ok, type Result } from '../../base/result.ts'
import { trimmed } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { endOfBlanks, endOfDisplay, octetsOf } from '../octets.ts'
import { endOfUri, parseUri, type Uri, uriFound } from '../uri/uri.ts'
import { endOfHeaderParams, endOfQuoted, isParam, Params, paramCount, valueOfParam } from './params.ts'

/** A `name-addr` or `addr-spec` with header parameters (RFC 3261 §20.10, RFC 8217). */
export interface NameAddr {
  readonly text: string
  /** As written, quotes included; '' when there is none. */
  readonly displayName: string
  readonly uriText: string
  readonly uri: Uri
  /** Header parameters; those inside the brackets belong to the URI. */
  readonly params: Params
  /** A tag without value is none: whoever counts it as one would take a first request for one inside a dialog. */
  readonly tag: string | undefined
}

/** What was judged of a value; its parts are made when somebody asks. */
class ReadNameAddr implements NameAddr {
  readonly tag: string | undefined
  readonly #source: string
  readonly #start: number
  readonly #end: number
  readonly #uriAt: number
  readonly #uriEnd: number
  /** Behind the bracket where there is one. */
  readonly #paramsAt: number
  #uri: Uri | undefined
  #params: Params | undefined

  constructor(
    source: string,
    start: number,
    end: number,
    uriAt: number,
    uriEnd: number,
    paramsAt: number,
    tag: string | undefined,
    uri: Uri | undefined,
  ) {
    this.tag = tag
    this.#source = source
    this.#start = start
    this.#end = end
    this.#uriAt = uriAt
    this.#uriEnd = uriEnd
    this.#paramsAt = paramsAt
    this.#uri = uri
    this.#params = undefined
  }

  get text(): string {
    return this.#source.slice(this.#start, this.#end)
  }

  get displayName(): string {
    return this.#paramsAt > this.#uriEnd ? trimmed(this.#source, this.#start, this.#uriAt - 1) : ''
  }

  get uriText(): string {
    return this.#source.slice(this.#uriAt, this.#uriEnd)
  }

  get uri(): Uri {
    this.#uri ??= readUri(this.#source, this.#uriAt, this.#uriEnd)
    return this.#uri
  }

  get params(): Params {
    this.#params ??= Params.at(this.#source, this.#paramsAt, this.#end, false)
    return this.#params
  }
}

const QUOTE = 34
const COMMA = 44
const SEMICOLON = 59
const LEFT_ANGLE = 60
const RIGHT_ANGLE = 62
const QUESTION = 63

/** Parses one value of From, To, Contact, Route, Record-Route, Path, Refer-To … */
export function parseNameAddr(text: string, start = 0, end = text.length): Result<NameAddr, Refusal> {
  const value = readNameAddr(text, octetsOf(text), start, end, true)
  return value === undefined ? refuse('name-addr-malformed') : ok(value)
}

/**
 * As `parseNameAddr`.
 * @param isUriWanted whether somebody asks for the URI soon: else it is taken apart when somebody does
 * @returns undefined when it is malformed
 */
export function readNameAddr(
  text: string,
  octets: Uint8Array,
  start: number,
  end: number,
  isUriWanted: boolean,
): NameAddr | undefined {
  if (!isNameAddr(text, octets, start, end)) return undefined
  const { uriAt, uriEnd, paramsAt } = found
  let tag: string | undefined
  for (let n = 0; n < paramCount(); n++) if (isParam(octets, n, 'tag')) tag = valueOfParam(text, n)
  const uri = isUriWanted ? uriFound(text, octets, uriAt, uriEnd) : undefined
  return new ReadNameAddr(text, start, end, uriAt, uriEnd, paramsAt, tag === '' ? undefined : tag, uri)
}

/** Where the parts of the address that was judged last lie. */
const found = { uriAt: 0, uriEnd: 0, paramsAt: 0 }

/** Whether `readNameAddr` would read one: makes nothing. */
export function isNameAddr(text: string, octets: Uint8Array, start: number, end: number): boolean {
  const at = endOfBlanks(octets, start, end)
  let angle: number
  if (at < end && octets[at] === QUOTE) {
    const quotedEnd = endOfQuoted(octets, at, end)
    if (quotedEnd < 0) return false
    angle = endOfBlanks(octets, quotedEnd, end)
  } else angle = endOfDisplay(octets, at, end)
  const isBracketed = angle < end && octets[angle] === LEFT_ANGLE
  const uriAt = isBracketed ? angle + 1 : at
  const bound = isBracketed ? end : endOfAddrSpec(octets, at, end)
  const uriEnd = endOfUri(text, octets, uriAt, bound)
  if (uriEnd < 0 || (isBracketed ? uriEnd >= end || octets[uriEnd] !== RIGHT_ANGLE : uriEnd !== bound))
    return false
  found.uriAt = uriAt
  found.uriEnd = uriEnd
  found.paramsAt = isBracketed ? uriEnd + 1 : uriEnd
  return endOfHeaderParams(octets, found.paramsAt, end) === end
}

/** Only reached with a range that was judged good. */
function readUri(text: string, start: number, end: number): Uri {
  const uri = parseUri(text, start, end)
  if (uri.ok) return uri.value
  throw new Error('a URI that was judged good is not')
}

/** Without brackets all parameters are the header's, and the URI has no comma and no `?` (MSG-10); -1 if it has. */
function endOfAddrSpec(octets: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const code = octets[at]
    if (code === SEMICOLON || code === 32 || code === 9) return at
    if (code === COMMA || code === QUESTION) return -1
  }
  return at
}
