import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { type Claims, readClaims } from './claims.ts'
import { parseIdentity } from './identity-header.ts'
import { callerOf, type NumberRules, type Party, partyOf, sameParty } from './party.ts'
import { readPart, splitToken } from './passport.ts'
import { type SignedIdentity, type SigningKey, type SigningRefusal, signed, signingTime } from './sign.ts'

/** A token's own time is kept while it is fresh: half of what verifiers take (RFC 8946 §3, RFC 8224 §6.2 step 4). */
const MAX_KEPT_AGE_SECONDS = 30

interface Link {
  readonly orig: Party
  readonly dest: readonly Party[]
  readonly iat: number
}

/**
 * The div tokens for a request that leaves to another destination: one for each caller whose token leads to the party
 * that was left. The tokens that are there stay. Whoever asks knows that the key may speak for `left`.
 * @param left who was called, and does not take the call; canonical
 * @param target canonical form of the new Request-URI
 * @returns Identity header fields to add beside those that are there; a Date to add with the first
 * @see RFC 8946 §3, §4.1 (STA-14)
 */
export function signDiversion(
  request: SipRequest,
  left: Party,
  target: Party,
  numbers: NumberRules,
  key: SigningKey,
  nowMs: number,
): Result<readonly SignedIdentity[], SigningRefusal> {
  if (sameParty(left, target)) return failed('destination-unchanged')
  const time = signingTime(request, key, nowMs)
  if (!time.ok) return time
  const origs: Party[] = []
  const tokens: SignedIdentity[] = []
  for (const link of linksOf(request, numbers, time.value)) {
    if (!link.dest.some(party => sameParty(party, left))) continue
    if (origs.some(party => sameParty(party, link.orig))) continue
    origs.push(link.orig)
    const isKept = Math.abs(nowMs / 1000 - link.iat) <= MAX_KEPT_AGE_SECONDS
    const iat = isKept ? link.iat : Math.floor(nowMs / 1000)
    const claims: Claims = { orig: link.orig, dest: [target], iat, div: left }
    tokens.push(signed(request, claims, 'div', 'full', key))
  }
  return tokens.length === 0 ? failed('no-identity') : ok(tokens)
}

/** Caller and destination of each token that is there, as it says them; of a compact one as the message does. */
function linksOf(request: SipRequest, numbers: NumberRules, iat: number): readonly Link[] {
  const links: Link[] = []
  for (const value of request.headers(H.identity).slice(0, LIMITS.maxIdentities)) {
    const header = parseIdentity(value)
    const parts = header.ok ? splitToken(header.value.token) : header
    if (!parts.ok) continue
    if (parts.value.payload === '') {
      const orig = callerOf(request.from.uri, numbers)
      const dest = partyOf(request.to.uri, numbers)
      if (orig !== undefined && dest !== undefined) links.push({ orig, dest: [dest], iat })
      continue
    }
    const payload = readPart(parts.value.payload)
    const claims = payload.ok ? readClaims(payload.value, '', false) : payload
    if (claims.ok) links.push(claims.value)
  }
  return links
}
