import { failed, ok, type Result } from '../../base/result.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { callerOf, type NumberRules, type Party, partyOf, sameParty } from './party.ts'
import { type SignedIdentity, type SigningKey, type SigningRefusal, signed } from './sign.ts'

/**
 * The rsp token for a response that may form a dialog, to a request that was signed itself: it says who was reached.
 * Whoever asks knows that the key may speak for that party, and adds the request's own div tokens where it is another
 * than the one that was called.
 * @param reached who answers, canonical
 * @returns an Identity and a Date header field for the response
 * @see RFC 9970 §4, §5, §9 (STA-15)
 */
export function signResponse(
  request: SipRequest,
  reached: Party,
  numbers: NumberRules,
  key: SigningKey,
  nowMs: number,
): Result<SignedIdentity, SigningRefusal> {
  const identities = request.headers(H.identity)
  const orig = callerOf(request.from.uri, numbers)
  const callee = partyOf(request.to.uri, numbers)
  if (orig === undefined) return failed('caller-not-signable')
  if (callee === undefined) return failed('callee-not-signable')
  const isDiverted = !sameParty(callee, reached)
  const hasToken = isDiverted ? identities.some(value => value.includes('div')) : identities.length > 0
  if (!hasToken) return failed('no-identity')
  if (nowMs < key.notBeforeMs || nowMs > key.notAfterMs) return failed('key-not-valid')
  const claims = { orig, dest: [reached], iat: Math.floor(nowMs / 1000) }
  return ok(signed(undefined, claims, 'rsp', 'full', key))
}
