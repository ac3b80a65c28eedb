import { narrowed } from './agents.ts'
import type { Algorithm, Qop } from './algorithm.ts'
import { makeNonce } from './nonce.ts'
import { algorithmsOf, type DigestPolicy, qopsOf } from './policy.ts'

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
  readonly maxBytes?: number
}

/** `Proxy-Authenticate: ` and CR LF, the longer of the two names. */
const FIELD_BYTES = 22

/** Optional parameters, and every quality: what is left out first. */
type Form = 'full' | 'short'

/**
 * The values of WWW-Authenticate or Proxy-Authenticate: one row an algorithm, same realm, best first.
 * @see RFC 8760 §2.3, RFC 7616 §3.3
 */
export function challengeRows(policy: DigestPolicy, facts: ChallengeFacts): readonly string[] {
  const algorithms = narrowed(algorithmsOf(policy), facts.userAgent, policy.narrowAgents)
  const qops = qopsOf(policy, facts.method)
  const maxBytes = facts.maxBytes ?? Number.POSITIVE_INFINITY
  const full = algorithms.map(algorithm => row(policy, facts, algorithm, qops, 'full'))
  if (bytesOf(full) <= maxBytes) return full
  const short = algorithms.map(algorithm => row(policy, facts, algorithm, qops, 'short'))
  if (bytesOf(short) <= maxBytes) return short
  return short.filter((_, i) => i === 0 || algorithms[i] === 'MD5')
}

function row(
  policy: DigestPolicy,
  facts: ChallengeFacts,
  algorithm: Algorithm,
  qops: readonly Qop[],
  form: Form,
): string {
  const nonce = makeNonce(facts.nowMs, policy.random, policy.keys, {
    realm: policy.realm,
    algorithm,
    sourceClass: facts.sourceClass,
  })
  const stale = facts.stale ? ',stale=true' : ''
  const start = `${policy.rowStart}${nonce}",algorithm=${algorithm},qop=`
  if (form === 'short') return `${start}"${qops[0]}"${stale}`
  const userhash = policy.userhash ? ',userhash=true' : ''
  return `${start}"${qops.join(',')}",opaque="${policy.opaque}"${userhash},charset=UTF-8${stale}`
}

function bytesOf(rows: readonly string[]): number {
  return rows.reduce((sum, text) => sum + text.length + FIELD_BYTES, 0)
}
