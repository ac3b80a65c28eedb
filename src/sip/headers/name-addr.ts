import { ok, type Result } from '../../base/result.ts'
import { endOfDisplay, isBlank, skipBlanks, trimmed } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { endOfQuoted, type Params, parseParams } from './params.ts'

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

const QUOTE = 34
const COMMA = 44
const SEMICOLON = 59
const LEFT_ANGLE = 60
const QUESTION = 63

/** Parses one value of From, To, Contact, Route, Record-Route, Path, Refer-To … */
export function parseNameAddr(text: string, start = 0, end = text.length): Result<NameAddr, Refusal> {
  const at = skipBlanks(text, start, end)
  let angle: number
  if (at < end && text.charCodeAt(at) === QUOTE) {
    const quotedEnd = endOfQuoted(text, at, end)
    if (quotedEnd < 0) return malformed()
    angle = skipBlanks(text, quotedEnd, end)
  } else angle = endOfDisplay(text, at, end)
  if (angle >= end || text.charCodeAt(angle) !== LEFT_ANGLE) return parseAddrSpec(text, start, at, end)
  const close = text.indexOf('>', angle)
  if (close < 0 || close >= end) return malformed()
  return build(text, start, end, trimmed(text, at, angle), angle + 1, close, close + 1)
}

function malformed() {
  return refuse('name-addr-malformed')
}

/** Without brackets all parameters are the header's, and the URI has no comma and no `?` (MSG-10). */
function parseAddrSpec(text: string, start: number, at: number, end: number): Result<NameAddr, Refusal> {
  let uriEnd = at
  for (; uriEnd < end; uriEnd++) {
    const code = text.charCodeAt(uriEnd)
    if (code === SEMICOLON || isBlank(code)) break
    if (code === COMMA || code === QUESTION) return malformed()
  }
  return build(text, start, end, '', at, uriEnd, uriEnd)
}

function build(
  text: string,
  start: number,
  end: number,
  displayName: string,
  uriAt: number,
  uriEnd: number,
  paramsAt: number,
): Result<NameAddr, Refusal> {
  const read = parseUri(text, uriAt, uriEnd)
  if (!read.ok) return malformed()
  const params = parseParams(text, paramsAt, end)
  if (!params.ok) return malformed()
  const uri = read.value
  const tag = params.value.get('tag')
  return ok({
    text: text.slice(start, end),
    displayName,
    uriText: uri.text,
    uri,
    params: params.value,
    tag: tag === '' ? undefined : tag,
  })
}
