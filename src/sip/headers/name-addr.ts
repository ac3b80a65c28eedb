import { ok, type Result } from '../../base/result.ts'
import { isToken, skipBlanks } from '../chars.ts'
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
  readonly tag: string | undefined
}

/** Parses one value of From, To, Contact, Route, Record-Route, Path, Refer-To … */
export function parseNameAddr(text: string): Result<NameAddr, Refusal> {
  let at = skipBlanks(text, 0)
  let displayName = ''
  if (text.charCodeAt(at) === 34) {
    const end = endOfQuoted(text, at)
    if (end < 0) return refuse('name-addr-malformed')
    displayName = text.slice(at, end)
    at = skipBlanks(text, end)
    if (text.charCodeAt(at) !== 60) return refuse('name-addr-malformed')
  } else {
    const angle = text.indexOf('<', at)
    if (angle < 0) return parseAddrSpec(text, at)
    displayName = text.slice(at, angle).trim()
    if (!isDisplayTokens(displayName)) return refuse('name-addr-malformed')
    at = angle
  }
  const close = text.indexOf('>', at)
  if (close < 0) return refuse('name-addr-malformed')
  return build(text, displayName, text.slice(at + 1, close), close + 1)
}

/** Without brackets all parameters are the header's, and the URI has no comma and no `?` (MSG-10). */
function parseAddrSpec(text: string, at: number): Result<NameAddr, Refusal> {
  let end = at
  while (end < text.length && !isAddrSpecEnd(text.charCodeAt(end))) end += 1
  const uriText = text.slice(at, end)
  if (uriText.includes('?') || uriText.includes(',')) return refuse('name-addr-malformed')
  return build(text, '', uriText, end)
}

function isAddrSpecEnd(code: number): boolean {
  return code === 59 || code === 32 || code === 9
}

function build(
  text: string,
  displayName: string,
  uriText: string,
  paramsAt: number,
): Result<NameAddr, Refusal> {
  const uri = parseUri(uriText)
  if (!uri.ok) return refuse('name-addr-malformed')
  const params = parseParams(text, paramsAt)
  if (!params.ok) return refuse('name-addr-malformed')
  return ok({
    text,
    displayName,
    uriText,
    uri: uri.value,
    params: params.value,
    tag: params.value.get('tag'),
  })
}

/** `*(token LWS)`; octets above 127 are tolerated, since phones send bare UTF-8 names. */
function isDisplayTokens(text: string): boolean {
  for (const word of text.split(' ')) {
    if (word === '') continue
    let ascii = ''
    for (let i = 0; i < word.length; i++)
      if (word.charCodeAt(i) < 128 && word.charCodeAt(i) !== 9) ascii += word.charAt(i)
    if (ascii !== '' && !isToken(ascii)) return false
  }
  return true
}
