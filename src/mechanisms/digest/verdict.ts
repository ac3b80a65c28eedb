import type { Algorithm, Qop } from './algorithm.ts'
import type { OutsideGrant } from './outside.ts'

/** Why a request is challenged. One a line, sorted; the same names in logs, metrics and detectors. */
export type ChallengeReason =
  /** The algorithm is not among those offered (DIG-03, DIG-24). */
  | 'algorithm-not-offered'
  /** No digest credentials for our realm, or empty ones (RFC 8760 §2.7). */
  | 'no-credentials'
  /** Not a nonce of ours, or of another realm or algorithm (DIG-15). */
  | 'nonce-altered'
  /** The nonce is too old (DIG-15). */
  | 'nonce-expired'
  /** The nonce is older than our memory of counts (DIG-16). */
  | 'nonce-forgotten'
  /** Another process made the nonce and knows its counts (DIG-16). */
  | 'nonce-of-other-node'
  /** The nonce was given to another address: a captured answer, or a phone that moved. */
  | 'nonce-of-other-source'
  /** The nonce count was used (DIG-16). */
  | 'nonce-replayed'
  /** No qop, and we are not told to be lenient (DIG-03). */
  | 'qop-missing'
  /** A qop that was not offered for this method (DIG-03, DIG-35). */
  | 'qop-not-offered'
  /** Unknown user, wrong password, disabled, or MD5 from a user not marked for it: one name (DIG-31). */
  | 'wrong-credentials'

/** Why a request is refused. One a line, sorted. */
export type RefusedReason =
  /** Empty although qop is there (RFC 7616 §3.4). */
  | 'cnonce-missing'
  /** The row cannot be parsed (RFC 3261 §25.1). */
  | 'credentials-malformed'
  /** More rows than we look at. */
  | 'credentials-too-many'
  /** Whoever knows the user forbids what it asks for (DIA-08). */
  | 'forbidden-by-source'
  /** ACK and CANCEL cannot be challenged (DIG-21, DIG-22). */
  | 'method-not-challengeable'
  /** Not eight hexadecimal digits, or zero (DIG-10). */
  | 'nc-malformed'
  /** username, nonce, uri or response is missing (DIG-12). */
  | 'parameter-missing'
  /** Neither auth nor auth-int. */
  | 'qop-unknown'
  /** Not hexadecimal, or not as long as the algorithm's (DIG-05). */
  | 'response-malformed'
  /** Right credentials for another Request-URI (DIG-17). */
  | 'uri-mismatch'
  /** Too long, a colon, a control character, or a bad `username*` (DIG-12, DIG-14). */
  | 'username-malformed'
  /** username and `username*` together (DIG-12). */
  | 'username-twice'

/** Any reason that is not acceptance. */
export type DigestReason = ChallengeReason | RefusedReason | 'guessing'

/** What the caller proved, or what to answer. */
export type Verdict = Accepted | Challenged | Refused | Delayed | Unavailable

export interface Accepted {
  readonly kind: 'accepted'
  readonly user: string
  readonly realm: string
  readonly algorithm: Algorithm
  /** Undefined: the legacy form without qop. */
  readonly qop: Qop | undefined
  /** What the user may speak for; undefined: what the account of ours says. */
  readonly grant: OutsideGrant | undefined
  /** Value of Authentication-Info for a 2xx without body; made when read (DIG-27). */
  readonly authenticationInfo: string
  /** The same for a 2xx with this body. */
  authenticationInfoOver(responseBody: string): string
}

/** 401 or 407 with `challengeRows`. */
export interface Challenged {
  readonly kind: 'challenge'
  readonly stale: boolean
  readonly why: ChallengeReason
  /** The name or userhash offered, as sent by a stranger: escape it before it goes anywhere (DIG-28). */
  readonly offered: string | undefined
}

export interface Refused {
  readonly kind: 'refused'
  readonly status: 400 | 403
  readonly why: RefusedReason
  readonly offered: string | undefined
}

/**
 * Too many wrong answers: this one was not looked at. The source is proved, so it may be told (403, or 503
 * with Retry-After); the answer must not depend on the credentials.
 */
export interface Delayed {
  readonly kind: 'delayed'
  readonly waitMs: number
  readonly why: 'guessing'
  readonly offered: string | undefined
}

/** Nobody who knows the password could be asked: 503 with Retry-After, and nothing is counted against anybody. */
export interface Unavailable {
  readonly kind: 'unavailable'
  readonly retryAfterSeconds: number
  readonly why: string
  readonly offered: string | undefined
}
