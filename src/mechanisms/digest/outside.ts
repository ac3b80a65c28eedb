import { equalInConstantTime, type Secret } from '../../base/secret.ts'
import { ALGORITHMS, type Algorithm, type Qop } from './algorithm.ts'
import type { Ha1Record, UserQuery } from './policy.ts'
import { responseOf, sessionHa1 } from './response.ts'

/**
 * A digest answer whose form, algorithm, qop and nonce were found good, for whoever knows the password. All text is
 * latin-1, quoted strings unescaped, `user` Unicode.
 */
export interface OutsideQuestion {
  readonly realm: string
  /** Who is looked up: the name without its domain, or its hash; undefined: a name that nobody can have. */
  readonly query: UserQuery | undefined
  /** The name that the client hashed: `alice`, or `alice@realm`. */
  readonly username: string
  readonly method: string
  /** The digest's `uri`, as sent. */
  readonly uri: string
  readonly algorithm: Algorithm
  /** Undefined: the form without qop, where `nc` and `cnonce` are ''. */
  readonly qop: Qop | undefined
  readonly nonce: string
  readonly nc: string
  readonly cnonce: string
  readonly opaque: string | undefined
  readonly response: string
  /** H(body) in lower-case hex, with auth-int alone. */
  readonly bodyHash: string | undefined
}

/** What is known of a user outside our own accounts. */
export interface OutsideGrant {
  /** Addresses-of-record that the user may speak for, canonical; the user name ↔ URI check goes by these. */
  readonly aors: readonly string[]
  /** What the server wants to find again in records of this user's calls (RFC 2865 §5.25), opaque. */
  readonly classes?: readonly Buffer[]
}

/** What one source, or all of them in order, says of a question. */
export type OutsideAnswer =
  /** The password's hash is handed over: the response is checked here. Without a grant it is an account of ours. */
  | { readonly kind: 'known'; readonly record: Ha1Record; readonly grant?: OutsideGrant }
  /** The source checked the response itself. */
  | {
      readonly kind: 'accepted'
      readonly user: string
      readonly grant: OutsideGrant
      /** The source's own proof for Authentication-Info; none with auth-int, whose body it cannot know. */
      readonly rspauth?: string | undefined
    }
  | { readonly kind: 'rejected' }
  /** The source knows the user and forbids what it asks for: 403, and nothing is counted against anybody. */
  | { readonly kind: 'forbidden' }
  /** Nobody of that name: the next source is asked. */
  | { readonly kind: 'unknown-user' }
  /** Nobody could be asked: never admission, and never a wrong password. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number; readonly why: string }

/** Asks all sources in order; a promise only when one beyond this process had to be asked. */
export type AskOutside = (question: OutsideQuestion) => OutsideAnswer | Promise<OutsideAnswer>

/** The record of a user of whom one hash was handed over, for the algorithm that was asked about. */
export function recordOfHa1(user: string, algorithm: Algorithm, ha1: Secret): Ha1Record {
  const { hash } = ALGORITHMS[algorithm]
  return { user, ha1: { [hash]: ha1 }, ha1WithDomain: { [hash]: ha1 }, md5Allowed: true, disabled: false }
}

/** Whether the answer is right for this user, as far as a look at it alone can tell. */
export function isRightFor(question: OutsideQuestion, record: Ha1Record): boolean {
  const { query, username, algorithm, nonce, cnonce } = question
  const { hash, isSession } = ALGORITHMS[algorithm]
  const isWithDomain = query !== undefined && 'username' in query && query.username !== username
  const ha1 = (isWithDomain ? record.ha1WithDomain : record.ha1)?.[hash]?.reveal()
  if (ha1 === undefined || record.disabled || (hash === 'md5' && !record.md5Allowed)) return false
  const inputs = { ...question, ha1: isSession ? sessionHa1(algorithm, ha1, nonce, cnonce) : ha1, body: '' }
  return equalInConstantTime(responseOf(inputs), question.response)
}
