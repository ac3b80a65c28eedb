import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { isHex } from '../../sip/chars.ts'
import { parseCredentials } from '../../sip/headers/credentials.ts'
import type { Params } from '../../sip/headers/params.ts'
import { ALGORITHMS, type Algorithm, algorithmNamed, type Qop } from './algorithm.ts'
import { algorithmsOf, type DigestPolicy, type UserQuery } from './policy.ts'
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
): Result<DigestAnswer | undefined, RefusedReason> {
  if (rows.length > LIMITS.maxCredentials) return failed('credentials-too-many')
  let best: Params | undefined
  let bestRank = Number.POSITIVE_INFINITY
  for (const text of rows) {
    const row = parseCredentials(text)
    if (!row.ok) {
      if (/^[ \t]*digest/i.test(text)) return failed('credentials-malformed')
      continue
    }
    if (row.value.scheme !== 'digest' || row.value.params.get('realm') !== policy.realm) continue
    const rank = rankOf(algorithmNamed(row.value.params.get('algorithm')), policy)
    if (rank < bestRank || best === undefined) {
      best = row.value.params
      bestRank = rank
    }
  }
  if (best === undefined) return ok(undefined)
  if (best.get('nonce') === '' || best.get('response') === '') return ok(undefined)
  return readAnswer(best)
}

function rankOf(algorithm: Algorithm | undefined, policy: DigestPolicy): number {
  const rank = algorithm === undefined ? -1 : algorithmsOf(policy).indexOf(algorithm)
  return rank < 0 ? Number.POSITIVE_INFINITY : rank
}

function readAnswer(params: Params): Result<DigestAnswer, RefusedReason> {
  const nonce = params.get('nonce')
  const uri = params.get('uri')
  const response = params.get('response')
  if (nonce === undefined || !uri || response === undefined) return failed('parameter-missing')
  const algorithm = algorithmNamed(params.get('algorithm'))
  const name = readName(params, algorithm)
  if (!name.ok) return name
  const isRightLength = algorithm === undefined || response.length === ALGORITHMS[algorithm].hexDigits
  if (!isRightLength || !isHex(response)) return failed('response-malformed')
  const bare = { ...name.value, algorithm, nonce, opaque: params.get('opaque'), uri, response }
  const qopText = params.get('qop')
  // Without qop the client nonce and the count are no part of the digest, so they are not read.
  if (qopText === undefined) return ok({ ...bare, qop: undefined, nc: '', cnonce: '' })
  const qop = qopNamed(qopText)
  if (qop === undefined) return failed('qop-unknown')
  const nc = params.get('nc')
  if (nc === undefined || nc.length !== 8 || !isHex(nc) || nc === '00000000') return failed('nc-malformed')
  const cnonce = params.get('cnonce')
  return cnonce ? ok({ ...bare, qop, nc, cnonce }) : failed('cnonce-missing')
}

function qopNamed(text: string): Qop | undefined {
  const name = text.toLowerCase()
  return name === 'auth' || name === 'auth-int' ? name : undefined
}

type Name = Pick<DigestAnswer, 'query' | 'offered'>

/** @see RFC 7616 §3.4 `username`, `username*`, `userhash` */
function readName(params: Params, algorithm: Algorithm | undefined): Result<Name, RefusedReason> {
  const plain = params.get('username')
  const extended = params.get('username*')
  if (plain !== undefined && extended !== undefined) return failed('username-twice')
  const text = plain ?? extended
  if (text === undefined || text === '') return failed('parameter-missing')
  if (text.length > LIMITS.maxDigestUserBytes) return failed('username-malformed')
  if (params.get('userhash')?.toLowerCase() === 'true') {
    if (plain === undefined) return failed('username-malformed')
    const hash = algorithm === undefined ? 'md5' : ALGORITHMS[algorithm].hash
    return ok({ query: { userhash: plain.toLowerCase(), hash }, offered: plain.toLowerCase() })
  }
  const username = extended === undefined ? fromOctets(text) : decodeExtValue(extended)
  if (username === undefined)
    return extended === undefined ? ok({ query: undefined, offered: text }) : failed('username-malformed')
  // A colon would move the border between name and realm in A1 (RFC 7616 §4).
  if (/[:\0-\x1f\x7f]/.test(username)) return failed('username-malformed')
  return ok({ query: { username }, offered: username })
}
