import { createHash } from 'node:crypto'
import { failed, ok, type Result } from '../../base/result.ts'
import { dateText, secondsOfDate } from '../../sip/headers/date.ts'
import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { type Fragment, valuesIn } from '../../sip/message/fragment.ts'
import { H, type HeaderId } from '../../sip/message/header-id.ts'
import type { Field } from '../../sip/message/write.ts'
import { aorOf, uriEquals } from '../../sip/uri/equals.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import { parseReferTo, type ReferTo } from './refer-to.ts'
import { parseReferredBy, type ReferredBy } from './referred-by.ts'
import { isSameReplaces, type Replaces } from './replaces.ts'
import type { UsedTokens } from './used-tokens.ts'

/** A token whose signature is good: what it says, and for whom its signers may speak. */
export interface SignedToken {
  readonly fragment: Fragment
  /** Canonical addresses-of-record of the signers' certificates. */
  readonly signerAors: readonly string[]
  /** The octets that were signed. */
  readonly signed: string
}

/** Why a token does not speak for a request (RFC 3892 §4, §4.1). */
export type TokenFault =
  /** Refer-To, Referred-By or Date is missing, stands twice or cannot be read. */
  | 'token-incomplete'
  /** It was signed by somebody else than the referrer that it names. */
  | 'token-of-another-signer'
  /** Its Referred-By is not the one of the request. */
  | 'token-of-another-referrer'
  /** Refer-To names another target, method or dialog than the request has: cut and paste. */
  | 'token-for-another-target'
  /** Its To is not who sends the request. */
  | 'token-for-another-referee'
  /** Date is too old, too far ahead, or from before memory of used tokens began. */
  | 'token-stale'
  /** Good for one call, and that was another. */
  | 'token-used'

/** What is known of the request that a reference caused. */
export interface ReferencedRequest {
  readonly method: string
  /** Request-URI, as it came. */
  readonly target: Uri
  readonly replaces: Replaces | undefined
  readonly referredBy: ReferredBy
  readonly callId: string
  readonly fromTag: string
  /** Canonical addresses-of-record that the sender proved. */
  readonly refereeAors: readonly string[]
}

/** How a token is judged. */
export interface TokenRules {
  /** How old a Date may be, and how far ahead, in seconds. */
  readonly maxAgeSeconds: number
  /** The address-of-record that a URI names here: aliases of served domains count as these. */
  aorOf(uri: Uri): string
  /** Whether two URIs lead to one target, whatever their parameters. */
  isSameTarget(a: Uri, b: Uri): boolean
}

interface Claims {
  readonly referTo: ReferTo
  readonly referredBy: ReferredBy
  readonly dateMs: number
  readonly to: Uri | undefined
}

/**
 * Whether a signed token proves that its referrer asked for this very request.
 * @param nowMs wall clock, ms since 1970
 * @param used memory of tokens; a good token is used up by this call
 * @returns the address-of-record of the referrer
 * @see RFC 3892 §4.1
 */
export function judgeToken(
  token: SignedToken,
  request: ReferencedRequest,
  rules: TokenRules,
  nowMs: number,
  used: UsedTokens,
): Result<string, TokenFault> {
  const claims = claimsOf(token.fragment)
  if (claims === undefined) return failed('token-incomplete')
  const { referredBy, referTo, dateMs, to } = claims
  const isOfHeader =
    uriEquals(referredBy.uri, request.referredBy.uri) && referredBy.contentId === request.referredBy.contentId
  if (!isOfHeader) return failed('token-of-another-referrer')
  if (!token.signerAors.includes(aorOf(referredBy.uri))) return failed('token-of-another-signer')
  const maxAgeMs = rules.maxAgeSeconds * 1000
  if (Math.abs(nowMs - dateMs) > maxAgeMs || used.mayBeForgotten(dateMs)) return failed('token-stale')
  if (!fits(referTo, request, rules)) return failed('token-for-another-target')
  if (to !== undefined && !request.refereeAors.includes(rules.aorOf(to)))
    return failed('token-for-another-referee')
  const key = createHash('sha256').update(token.signed, 'latin1').digest('base64')
  const isFirst = used.take(key, `${request.callId}\n${request.fromTag}`, nowMs)
  return isFirst ? ok(aorOf(referredBy.uri)) : failed('token-used')
}

/**
 * Whether a token of a REFER says what the REFER says; nothing is used up.
 * @see RFC 3892 §2.1, §4
 */
export function isOfRefer(token: SignedToken, referTo: ReferTo, referredBy: ReferredBy): boolean {
  const claims = claimsOf(token.fragment)
  return (
    claims !== undefined &&
    uriEquals(claims.referTo.uri, referTo.uri) &&
    uriEquals(claims.referredBy.uri, referredBy.uri) &&
    claims.referredBy.contentId === referredBy.contentId &&
    token.signerAors.includes(aorOf(referredBy.uri))
  )
}

/**
 * The header fields that a referrer signs.
 * @param to the referee, only when the referrer knows that it is he who gets the REFER (RFC 3892 §4)
 */
export function tokenFields(
  parts: { readonly referTo: string; readonly referredBy: string; readonly to?: string | undefined },
  nowMs: number,
): readonly Field[] {
  const fields: Field[] = [
    ['Date', dateText(Math.floor(nowMs / 1000))],
    ['Refer-To', parts.referTo],
    ['Referred-By', parts.referredBy],
  ]
  return parts.to === undefined ? fields : [...fields, ['To', parts.to]]
}

function claimsOf(fragment: Fragment): Claims | undefined {
  const one = (id: HeaderId): string | undefined => {
    const values = valuesIn(fragment, id)
    return values.length === 1 ? values[0] : undefined
  }
  const [referToText, referredByText, date, toText] = [
    one(H.referTo),
    one(H.referredBy),
    one(H.date),
    one(H.to),
  ]
  if (referToText === undefined || referredByText === undefined || date === undefined) return undefined
  const referTo = parseReferTo(referToText)
  const referredBy = parseReferredBy(referredByText)
  const dateSeconds = secondsOfDate(date)
  if (!referTo.ok || !referredBy.ok || dateSeconds === undefined) return undefined
  const hasTo = valuesIn(fragment, H.to).length > 0
  const to = toText === undefined ? undefined : parseNameAddr(toText)
  if (hasTo && to?.ok !== true) return undefined
  return {
    referTo: referTo.value,
    referredBy: referredBy.value,
    dateMs: dateSeconds * 1000,
    to: to?.ok === true ? to.value.uri : undefined,
  }
}

/**
 * Method, target and the dialog to take over. The target is the Request-URI as the referee wrote it: To is for the
 * referee to write, and decides nothing.
 */
function fits(referTo: ReferTo, request: ReferencedRequest, rules: TokenRules): boolean {
  if (referTo.method !== request.method || !isSameReplaces(referTo.replaces, request.replaces)) return false
  return rules.isSameTarget(referTo.uri, request.target)
}
