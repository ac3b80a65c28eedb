import { failed, ok, type Result } from '../../base/result.ts'
import { checkConstraints } from './claim-constraints.ts'
import { type Claims, type PassportType, payloadOf, readClaims } from './claims.ts'
import { type Credential, checkAuthority } from './credential.ts'
import type { MessageFacts } from './facts.ts'
import type { IdentityFailure } from './failure.ts'
import { type IdentityHeader, parseIdentity } from './identity-header.ts'
import { isObject, type JsonObject, writeJson } from './json.ts'
import { sameMediaKeys } from './media-key.ts'
import { callerOf, partyOf } from './party.ts'
import {
  base64url,
  headerPart,
  isSigned,
  readHeader,
  readPart,
  splitToken,
  type TokenParts,
} from './passport.ts'
import type { VerificationPolicy } from './policy.ts'
import { isRichCallData } from './rich-call-data.ts'

/** A token whose form is good; whether it fits the message and is signed is another matter. */
export interface Candidate {
  readonly ppt: PassportType
  readonly x5u: string
  readonly claims: Claims
  readonly payload: JsonObject
  /** What was signed. */
  readonly headerText: string
  readonly payloadText: string
  readonly signature: Buffer
  readonly isCompact: boolean
}

/** What could be read of a value, for whoever reports its failure. */
export interface Reading {
  readonly candidate: Result<Candidate, IdentityFailure>
  readonly ppt: string
  readonly x5u: string
  readonly ppi: string
  readonly signature: Buffer | undefined
}

const SUPPORTED: Readonly<Record<string, PassportType>> = {
  '': '',
  div: 'div',
  rcd: 'rcd',
  rsp: 'rsp',
  shaken: 'shaken',
}

/** Reads one Identity header field as far as its form goes (RFC 8224 §6.2 step 1, §6.2.4). */
export function readCandidate(value: string, facts: MessageFacts, policy: VerificationPolicy): Reading {
  const header = parseIdentity(value)
  if (!header.ok) return { candidate: header, ppt: '', x5u: '', ppi: '', signature: undefined }
  const { ppt, info } = header.value
  const parts = splitToken(header.value.token)
  if (!parts.ok) return { candidate: parts, ppt, x5u: info, ppi: '', signature: undefined }
  const { compact, signature } = parts.value
  const candidate = readToken(header.value, parts.value, facts, policy)
  return { candidate, ppt, x5u: info, ppi: compact, signature }
}

/**
 * Whether a credential signed the token, and might.
 * @returns the first failure
 * @see RFC 8224 §6.2 steps 3-5
 */
export function checkSigned(
  candidate: Candidate,
  credential: Credential,
  facts: MessageFacts,
  policy: VerificationPolicy,
  nowMs: number,
): IdentityFailure | undefined {
  const { claims, ppt } = candidate
  if (nowMs > credential.notAfterMs) return 'certificate-expired'
  const times = typeof facts.date === 'number' ? [claims.iat, facts.date] : [claims.iat]
  for (const seconds of times) {
    const isWithin = seconds * 1000 >= credential.notBeforeMs && seconds * 1000 <= credential.notAfterMs
    if (!isWithin) return 'date-outside-certificate'
  }
  const speakers = ppt === 'div' ? [claims.div] : ppt === 'rsp' ? claims.dest : [claims.orig]
  for (const party of speakers) {
    const failure =
      party === undefined ? 'div-malformed' : checkAuthority(credential, party, policy.ownsNumber)
    if (failure !== undefined) return failure
  }
  const { constraints } = credential
  const failure = constraints === undefined ? undefined : checkConstraints(constraints, candidate.payload)
  if (failure !== undefined) return failure
  const { headerText, payloadText, signature } = candidate
  return isSigned(headerText, payloadText, signature, credential.key) ? undefined : 'signature-wrong'
}

function readToken(
  { info, alg, ppt: pptText }: IdentityHeader,
  parts: TokenParts,
  facts: MessageFacts,
  policy: VerificationPolicy,
): Result<Candidate, IdentityFailure> {
  const ppt = Object.hasOwn(SUPPORTED, pptText) ? SUPPORTED[pptText] : undefined
  if (ppt === undefined) return failed('ppt-unsupported')
  if (alg !== undefined && alg !== 'ES256') return failed('alg-not-es256')
  if (!info.toLowerCase().startsWith('https://')) return failed('info-scheme-refused')
  const { signature } = parts
  if (parts.header === '') {
    const claims = ppt === '' ? rebuilt(facts, policy) : failed('compact-not-possible' as const)
    if (!claims.ok) return claims
    const payload = payloadOf(claims.value)
    const texts = { headerText: headerPart('', info), payloadText: base64url(writeJson(payload)) }
    return ok({ ppt, x5u: info, claims: claims.value, payload, ...texts, signature, isCompact: true })
  }
  const header = readPart(parts.header)
  const said = header.ok ? readHeader(header.value) : header
  if (!said.ok) return said
  // Without the parameter the token's own type counts for nothing: step 1 looks at the parameter.
  if (said.value.ppt !== pptText) return failed('ppt-differs')
  if (said.value.x5u !== info) return failed('info-not-x5u')
  const payload = readPart(parts.payload)
  if (!payload.ok) return payload
  const claims = readClaims(payload.value, ppt, policy.allowsStringIat)
  if (!claims.ok) return claims
  if (ppt === 'rcd' && !isRcdPayload(payload.value)) return failed('rcd-malformed')
  const texts = { headerText: parts.header, payloadText: parts.payload }
  return ok({
    ppt,
    x5u: info,
    claims: claims.value,
    payload: payload.value,
    ...texts,
    signature,
    isCompact: false,
  })
}

/** The claims that a token in compact form leaves out, from the message (RFC 8225 §7). */
function rebuilt(facts: MessageFacts, policy: VerificationPolicy): Result<Claims, IdentityFailure> {
  const [from] = facts.callers
  const [to] = facts.callees
  const orig = from === undefined ? undefined : callerOf(from, policy.numbers)
  const dest = to === undefined ? undefined : partyOf(to, policy.numbers)
  if (orig === undefined) return failed('orig-differs')
  if (dest === undefined) return failed('dest-differs')
  if (facts.date === undefined) return failed('date-missing')
  if (facts.date === 'malformed') return failed('date-malformed')
  const mky = facts.mediaKeys
  if (mky === undefined) return failed('mky-differs')
  const claims = { orig, dest: [dest], iat: facts.date }
  return ok(mky.length === 0 ? claims : { ...claims, mky })
}

/** RFC 9795 §8: `rcd` or `crn`, and both as they must be. */
function isRcdPayload({ rcd, rcdi, crn }: JsonObject): boolean {
  if (crn !== undefined && typeof crn !== 'string') return false
  if (rcd === undefined) return crn !== undefined && rcdi === undefined
  return isObject(rcd) && (rcdi === undefined || isObject(rcdi)) && isRichCallData(rcd, rcdi)
}

/**
 * Whether the token's fingerprints are those of the message. A base token has them all (RFC 8224 §4.1); other types
 * leave them out, as SHAKEN does, and then vouch for none.
 */
export function checkMediaKeys(candidate: Candidate, facts: MessageFacts): IdentityFailure | undefined {
  const { claims, ppt } = candidate
  if (claims.mky === undefined) {
    const isFree = ppt !== '' || facts.mediaKeys?.length === 0
    return isFree ? undefined : 'mky-differs'
  }
  return facts.mediaKeys !== undefined && sameMediaKeys(claims.mky, facts.mediaKeys)
    ? undefined
    : 'mky-differs'
}

/** Whether iat and Date are near enough to now (RFC 8224 §6.2 step 4, STV-05). */
export function checkFreshness(
  candidate: Candidate,
  facts: MessageFacts,
  maxAgeSeconds: number,
  policy: VerificationPolicy,
  nowMs: number,
): IdentityFailure | undefined {
  const now = nowMs / 1000
  const { iat } = candidate.claims
  if (iat > now + policy.maxAgeSeconds) return 'iat-future'
  if (iat < now - maxAgeSeconds) return 'iat-stale'
  const { date } = facts
  if (date === undefined) return undefined
  if (date === 'malformed') return 'date-malformed'
  if (date > now + policy.maxAgeSeconds) return 'date-future'
  return date < now - maxAgeSeconds ? 'date-stale' : undefined
}
