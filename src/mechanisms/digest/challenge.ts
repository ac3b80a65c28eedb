import { agentOf } from './agents.ts'
import { beginNonce, sealNonce } from './nonce.ts'
import {
  type ChallengeForm,
  type ChallengeForms,
  type DigestPolicy,
  needsAuthInt,
  offerNow,
} from './policy.ts'

/** What a challenge depends on: nothing of it says whether the user exists (DIG-31). */
export interface ChallengeFacts {
  readonly method: string
  /** Where the request came from, as text; the nonces are good from there only. */
  readonly sourceClass: string
  /** Unix time in ms. */
  readonly nowMs: number
  readonly stale: boolean
  /** The request's User-Agent: some phones cope with one algorithm only. */
  readonly userAgent?: string | undefined
  /**
   * Octets that the rows may take, field names included: a source that is not proved must not be sent more
   * than it sent. Above it the rows are written short, then all but the first and the MD5 row are left out.
   * Default: no bound.
   */
  readonly maxBytes?: number | undefined
}

const STALE = ',stale=true'

/**
 * The values of WWW-Authenticate or Proxy-Authenticate: one row an algorithm, same realm, best first. All but the
 * nonces was written when the policy was made.
 * @see RFC 8760 §2.3, RFC 7616 §3.3
 */
export function challengeRows(policy: DigestPolicy, facts: ChallengeFacts): readonly string[] {
  const agent = agentOf(facts.userAgent, policy.narrowAgents)
  const challenges = offerNow(policy).challenges[agent + 1]
  if (challenges === undefined) return []
  const forms = needsAuthInt(policy, facts.method) ? challenges.authInt : challenges.usual
  const { rows } = fitting(forms, facts)
  const bound = beginNonce(facts.nowMs, policy.chance, policy.keys, facts.sourceClass)
  const written: string[] = []
  for (const { algorithm, before, after } of rows) {
    const text = before + sealNonce(bound, policy.keys, policy.realm, algorithm) + after
    written.push(facts.stale ? text + STALE : text)
  }
  return written
}

function fitting({ full, short, least }: ChallengeForms, facts: ChallengeFacts): ChallengeForm {
  const { maxBytes, stale } = facts
  if (maxBytes === undefined || bytesOf(full, stale) <= maxBytes) return full
  return bytesOf(short, stale) <= maxBytes ? short : least
}

function bytesOf({ rows, bytes }: ChallengeForm, stale: boolean): number {
  return stale ? bytes + rows.length * STALE.length : bytes
}
