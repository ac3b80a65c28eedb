import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { isHex } from '../../sip/chars.ts'
import { parseCredentials } from '../../sip/headers/credentials.ts'
import { type DigestParams, scanCredentials } from '../../sip/headers/scan-credentials.ts'
import { ALGORITHMS, type Algorithm, algorithmNamed, type Qop } from './algorithm.ts'
import type { DigestPolicy, Offer, UserQuery } from './policy.ts'
import { decodeExtValue, fromOctets } from './user-name.ts'
import type { RefusedReason } from './verdict.ts'

/** A client's answer to a challenge, its form checked and nothing else. */
export interface DigestAnswer {
  /** Undefined: a name that nobody can have, being no UTF-8. */
  readonly query: UserQuery | undefined
  /** The name or userhash as offered; wrong answers are counted by it. */
  readonly offered: string
  /** Undefined: one that we do not know. */
  readonly algorithm: Algorithm | undefined
  readonly nonce: string
  readonly opaque: string | undefined
  readonly uri: string
  readonly response: string
  readonly qop: Qop | undefined
  /** As sent; '' without qop. */
  readonly nc: string
  readonly cnonce: string
}

/**
 * The answer to our challenge among all rows: rows of other schemes and realms are others' business; of
 * several for our realm the one with the algorithm that we offer first counts.
 * @returns undefined when there is none, or only an empty one (RFC 8760 §2.7)
 */
export function ourAnswer(
  rows: readonly string[],
  policy: DigestPolicy,
  offer: Offer,
): Result<DigestAnswer | undefined, RefusedReason> {
  if (rows.length > LIMITS.maxCredentials) return failed('credentials-too-many')
  let best: DigestParams | undefined
  let bestRank = Number.POSITIVE_INFINITY
  for (const text of rows) {
    const params = scanCredentials(text) ?? parsedCredentials(text)
    if (params === 'malformed') return failed('credentials-malformed')
    if (params === undefined || params.realm !== policy.realm) continue
    const rank = rows.length === 1 ? 0 : rankOf(algorithmNamed(params.algorithm), offer)
    if (rank < bestRank || best === undefined) {
      best = params
      bestRank = rank
    }
  }
  if (best === undefined || best.nonce === '' || best.response === '') return ok(undefined)
  return readAnswer(best)
}

/** The parameters of a row of digest; undefined for one of another scheme. */
export function parsedCredentials(text: string): DigestParams | 'malformed' | undefined {
  const row = parseCredentials(text)
  if (!row.ok) return /^[ \t]*digest/i.test(text) ? 'malformed' : undefined
  if (row.value.scheme !== 'digest') return undefined
  const { params } = row.value
  return {
    username: params.get('username'),
    usernameExtended: params.get('username*'),
    realm: params.get('realm'),
    nonce: params.get('nonce'),
    uri: params.get('uri'),
    response: params.get('response'),
    algorithm: params.get('algorithm'),
    qop: params.get('qop'),
    nc: params.get('nc'),
    cnonce: params.get('cnonce'),
    opaque: params.get('opaque'),
    userhash: params.get('userhash'),
  }
}

function rankOf(algorithm: Algorithm | undefined, offer: Offer): number {
  const rank = algorithm === undefined ? -1 : offer.algorithms.indexOf(algorithm)
  return rank < 0 ? Number.POSITIVE_INFINITY : rank
}

function readAnswer(params: DigestParams): Result<DigestAnswer, RefusedReason> {
  const { nonce, uri, response, nc, cnonce, opaque } = params
  if (nonce === undefined || !uri || response === undefined) return failed('parameter-missing')
  const algorithm = algorithmNamed(params.algorithm)
  const name = readName(params, algorithm)
  if (!name.ok) return name
  const { query, offered } = name.value
  const isRightLength = algorithm === undefined || response.length === ALGORITHMS[algorithm].hexDigits
  if (!isRightLength || !isHex(response)) return failed('response-malformed')
  if (params.qop === undefined) {
    // Without qop the client nonce and the count are no part of the digest, so they are not read.
    return ok({ query, offered, algorithm, nonce, opaque, uri, response, qop: undefined, nc: '', cnonce: '' })
  }
  const qop = qopNamed(params.qop)
  if (qop === undefined) return failed('qop-unknown')
  if (nc === undefined || nc.length !== 8 || !isHex(nc) || nc === '00000000') return failed('nc-malformed')
  return cnonce
    ? ok({ query, offered, algorithm, nonce, opaque, uri, response, qop, nc, cnonce })
    : failed('cnonce-missing')
}

function qopNamed(text: string): Qop | undefined {
  const name = text.toLowerCase()
  return name === 'auth' || name === 'auth-int' ? name : undefined
}

type Name = Pick<DigestAnswer, 'query' | 'offered'>

/** No colon and no control character; a regular expression costs three times as much. */
function isPlainName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code < 32 || code === 58 || code === 127) return false
  }
  return true
}

/** @see RFC 7616 §3.4 `username`, `username*`, `userhash` */
function readName(params: DigestParams, algorithm: Algorithm | undefined): Result<Name, RefusedReason> {
  const { username: plain, usernameExtended: extended } = params
  if (plain !== undefined && extended !== undefined) return failed('username-twice')
  const text = plain ?? extended
  if (text === undefined || text === '') return failed('parameter-missing')
  if (text.length > LIMITS.maxDigestUserBytes) return failed('username-malformed')
  if (params.userhash?.toLowerCase() === 'true') {
    if (plain === undefined) return failed('username-malformed')
    const hash = algorithm === undefined ? 'md5' : ALGORITHMS[algorithm].hash
    return ok({ query: { userhash: plain.toLowerCase(), hash }, offered: plain.toLowerCase() })
  }
  const username = extended === undefined ? fromOctets(text) : decodeExtValue(extended)
  if (username === undefined)
    return extended === undefined ? ok({ query: undefined, offered: text }) : failed('username-malformed')
  // A colon would move the border between name and realm in A1 (RFC 7616 §4).
  if (!isPlainName(username)) return failed('username-malformed')
  return ok({ query: { username }, offered: username })
}
