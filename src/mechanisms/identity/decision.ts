import type { Attestation, Claims } from './claims.ts'
import type { Credential } from './credential.ts'
import { IDENTITY_FAILURES, type IdentityFailure, type IdentityStatus, phraseOf } from './failure.ts'
import type { Party } from './party.ts'
import type { RichCallData } from './rich-call-data.ts'

/** The outcome for one Identity header field. */
export interface IdentityResult {
  /** Undefined: valid. */
  readonly failure: IdentityFailure | undefined
  readonly ppt: string
  /** Compact form for Reason's `ppi` (RFC 9410 §5), `..` and the signature; '' when there is none. */
  readonly ppi: string
  readonly x5u: string
  readonly claims: Claims | undefined
  readonly credential: Credential | undefined
}

/** What a message's Identity header fields are worth together. */
export interface IdentityDecision {
  readonly kind: 'decided'
  /** At least one is valid (RFC 8224 §6.2.1). */
  readonly isValid: boolean
  /** What to refuse with where a valid identity is demanded; 200 when it is valid. */
  readonly status: 200 | IdentityStatus
  readonly phrase: string
  /** The failure that decided, for logs; undefined when valid or when there was no header field. */
  readonly failure: IdentityFailure | undefined
  /** Values of Reason header fields for a call that goes on in spite of failures (RFC 9410 §4-6). */
  readonly reasons: readonly string[]
  /** Of the valid token; a diverted call's is that of its innermost token. */
  readonly attestation: Attestation | undefined
  readonly origid: string | undefined
  /** The caller, from the signalling, that was proven; undefined when none was. */
  readonly caller: Party | undefined
  /** Of a response: who was reached, proven. */
  readonly reached: Party | undefined
  /** The parties that diverted the call, first one first. */
  readonly diversions: readonly Party[]
  readonly richCallData: RichCallData | undefined
  /** The token that the decision rests on. */
  readonly passport: IdentityResult | undefined
  /** One for each Identity header field, in their order. */
  readonly results: readonly IdentityResult[]
}

/** Certificates have to be fetched before anything can be said. */
export interface NeedsFetch {
  readonly kind: 'needs-fetch'
  /** Each once; only those of tokens that fit the message in all that can be told without a key. */
  readonly x5us: readonly string[]
}

export type Verification = IdentityDecision | NeedsFetch

/** What is proven when a token is valid. */
export interface Proven {
  readonly passport: IdentityResult
  readonly caller: Party | undefined
  readonly reached: Party | undefined
  readonly diversions: readonly Party[]
  readonly richCallData: RichCallData | undefined
}

/** Failures for which the header field is as if it were not there (RFC 8224 §6.2 step 1, RFC 9970 §9). */
const IGNORED: readonly IdentityFailure[] = ['ppt-unsupported', 'request-only', 'response-only']

/** The decision over all results (RFC 8224 §6.2.1, §6.2.2; STV-02 … STV-04, STV-09). */
export function decide(results: readonly IdentityResult[], proven: Proven | undefined): IdentityDecision {
  const failure = proven === undefined ? decidingFailure(results) : undefined
  const status = proven !== undefined ? 200 : failure === undefined ? 428 : IDENTITY_FAILURES[failure].status
  const claims = proven?.passport.claims
  return {
    kind: 'decided',
    isValid: proven !== undefined,
    status,
    phrase: status === 200 ? 'OK' : status === 428 && failure !== undefined ? UNSUPPORTED : phraseOf(status),
    failure,
    reasons: reasonsOf(results),
    attestation: claims?.attest,
    origid: claims?.origid,
    caller: proven?.caller,
    reached: proven?.reached,
    diversions: proven?.diversions ?? [],
    richCallData: proven?.richCallData,
    passport: proven?.passport,
    results,
  }
}

/** The value of a Reason header field. @param ppi '' leaves it out @see RFC 9410 §4, §5 */
export function reasonValue(status: IdentityStatus, phrase: string, ppi: string): string {
  const reason = `STIR;cause=${status};text="${phrase}"`
  return ppi === '' ? reason : `${reason};ppi="${ppi}"`
}

/**
 * Reason values without those about tokens of ours, which must not travel further up.
 * @param ownPpis compact forms, as `ppiOf` gives them
 * @see RFC 9410 §7 (STV-10)
 */
export function foreignReasons(reasons: readonly string[], ownPpis: ReadonlySet<string>): readonly string[] {
  return reasons.filter(reason => {
    const [protocol = '', ...params] = reason.split(';')
    if (protocol.trim().toUpperCase() !== 'STIR') return true
    const ppi = params.map(param => param.trim()).find(param => param.toLowerCase().startsWith('ppi='))
    const value = ppi?.slice(4).trim().replaceAll('"', '')
    // A lone Reason without ppi is about the one token that there was: ours.
    return value === undefined
      ? ownPpis.size === 0
      : !ownPpis.has(`..${value.slice(value.lastIndexOf('.') + 1)}`)
  })
}

/** The compact form of the token in an Identity header field. */
export function ppiOf(identity: string): string {
  const end = identity.indexOf(';')
  const token = (end < 0 ? identity : identity.slice(0, end)).trim()
  return `..${token.slice(token.lastIndexOf('.') + 1)}`
}

const UNSUPPORTED = 'Use Supported PASSporT Format'

/** One code where all agree; 437 where only certificates are at fault; else 438, with its first failure. */
function decidingFailure(results: readonly IdentityResult[]): IdentityFailure | undefined {
  // A diversion falls with the call that it diverts, and is not why.
  const calls = results.filter(result => result.ppt !== 'div')
  const looked = calls.length > 0 ? calls : results
  const failures = looked.map(result => result.failure).filter(failure => failure !== undefined)
  const counted = failures.filter(failure => !IGNORED.includes(failure))
  if (counted.length === 0) return failures[0]
  const ofStatus = (status: IdentityStatus) =>
    counted.find(failure => IDENTITY_FAILURES[failure].status === status)
  const statuses = new Set<IdentityStatus>(counted.map(failure => IDENTITY_FAILURES[failure].status))
  if (statuses.size === 1) return counted[0]
  const isCredentialOnly = !statuses.has(438) && !statuses.has(403)
  return isCredentialOnly ? ofStatus(437) : (ofStatus(438) ?? counted[0])
}

function reasonsOf(results: readonly IdentityResult[]): readonly string[] {
  const reasons: string[] = []
  for (const { failure, ppi } of results) {
    if (failure === undefined || IGNORED.includes(failure)) continue
    const { status } = IDENTITY_FAILURES[failure]
    reasons.push(reasonValue(status, phraseOf(status), results.length > 1 ? ppi : ''))
  }
  return reasons
}
