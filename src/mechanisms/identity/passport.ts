import { type KeyObject, sign, verify } from 'node:crypto'
import { failed, ok, type Result } from '../../base/result.ts'
import { octetsOfBase64url } from './base64url.ts'
import type { PassportType } from './claims.ts'
import type { IdentityFailure } from './failure.ts'
import { type JsonObject, readJsonObject } from './json.ts'

/** The parts of a token, as text (RFC 8225 §6, §7). */
export interface TokenParts {
  /** Base64url; '' in compact form. */
  readonly header: string
  readonly payload: string
  /** r and s, 32 octets each. */
  readonly signature: Buffer
  /** As `ppi` of a Reason header field has it (RFC 9410 §5). */
  readonly compact: string
}

/** The header of a PASSporT (RFC 8225 §4). */
export interface PassportHeader {
  readonly ppt: string
  readonly x5u: string
}

const SIGNATURE_OCTETS = 64

/** Splits a token. Header and payload stand both or are both left out. */
export function splitToken(token: string): Result<TokenParts, IdentityFailure> {
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first < 0 || second < 0 || token.indexOf('.', second + 1) >= 0) return failed('token-malformed')
  const header = token.slice(0, first)
  const payload = token.slice(first + 1, second)
  if ((header === '') !== (payload === '')) return failed('token-malformed')
  const signature = octetsOfBase64url(token.slice(second + 1))
  if (signature?.length !== SIGNATURE_OCTETS) return failed('signature-malformed')
  return ok({ header, payload, signature, compact: `..${token.slice(second + 1)}` })
}

/** The JSON object of one part. */
export function readPart(part: string): Result<JsonObject, IdentityFailure> {
  const octets = octetsOfBase64url(part)
  if (octets === undefined) return failed('token-malformed')
  const object = readJsonObject(octets)
  return object === undefined ? failed('json-malformed') : ok(object)
}

/**
 * Reads the header of a token. What chooses key or algorithm is taken from here only when it says the one thing that
 * it may say (STV-08).
 */
export function readHeader(header: JsonObject): Result<PassportHeader, IdentityFailure> {
  if (header.typ !== 'passport') return failed('typ-not-passport')
  if (header.alg !== 'ES256') return failed('alg-not-es256')
  if (header.crit !== undefined) return failed('crit-unsupported')
  const { ppt, x5u } = header
  if (ppt !== undefined && (typeof ppt !== 'string' || ppt === '')) return failed('ppt-differs')
  return typeof x5u === 'string' ? ok({ ppt: ppt ?? '', x5u }) : failed('info-not-x5u')
}

/** Base64url text of a header, for a key that signs many tokens. @see RFC 8225 §9 for the order */
export function headerPart(ppt: PassportType, x5u: string): string {
  const type = ppt === '' ? '' : `"ppt":"${ppt}",`
  return base64url(`{"alg":"ES256",${type}"typ":"passport","x5u":${JSON.stringify(x5u)}}`)
}

/** Base64url of the UTF-8 of a text. */
export function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

/** Signs header and payload parts. @returns the signature, base64url */
export function signParts(header: string, payload: string, key: KeyObject): string {
  const input = Buffer.from(`${header}.${payload}`, 'latin1')
  return sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

/** Whether the signature over header and payload parts is the key's. */
export function isSigned(header: string, payload: string, signature: Buffer, key: KeyObject): boolean {
  const input = Buffer.from(`${header}.${payload}`, 'latin1')
  return verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
