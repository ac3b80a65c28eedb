import { parseChallenge } from '../../sip/headers/credentials.ts'
import { ALGORITHMS, type Algorithm, algorithmNamed, type Qop } from './algorithm.ts'

/** The field that a challenge stands in. */
export type ChallengeField = 'WWW-Authenticate' | 'Proxy-Authenticate'

/** One row of a 401 or 407. */
export interface ChallengeRow {
  readonly field: ChallengeField
  readonly value: string
}

/** A digest challenge that we can answer. */
export interface Challenge {
  readonly field: ChallengeField
  readonly realm: string
  readonly nonce: string
  readonly opaque: string | undefined
  readonly algorithm: Algorithm
  /** What we answer with; undefined: a server of RFC 2069 that sent none. */
  readonly qop: Qop | undefined
  readonly isStale: boolean
  readonly wantsUserhash: boolean
}

/**
 * Per field and realm the challenges that we understand, topmost first; other schemes, unknown algorithms
 * and unknown qualities are passed over, as they must be (RFC 8760 §2.4, DIG-23).
 * @param isLegacyAllowed take challenges without qop too
 */
export function understood(rows: readonly ChallengeRow[], isLegacyAllowed: boolean): readonly Challenge[][] {
  const groups = new Map<string, Challenge[]>()
  for (const row of rows) {
    const challenge = readChallenge(row, isLegacyAllowed)
    if (challenge === undefined) continue
    const key = `${challenge.field} ${challenge.realm}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [challenge])
    else group.push(challenge)
  }
  return [...groups.values()]
}

/** SHA-2, as opposed to MD5. */
export function isStrong(algorithm: Algorithm): boolean {
  return ALGORITHMS[algorithm].hash !== 'md5'
}

function readChallenge({ field, value }: ChallengeRow, isLegacyAllowed: boolean): Challenge | undefined {
  const row = parseChallenge(value)
  if (!row.ok || row.value.scheme !== 'digest') return undefined
  const { params } = row.value
  const realm = params.get('realm')
  const nonce = params.get('nonce')
  const algorithm = algorithmNamed(params.get('algorithm'))
  if (realm === undefined || nonce === undefined || nonce === '' || algorithm === undefined) return undefined
  const offered = params.get('qop')
  const qop = offered === undefined ? undefined : chooseQop(offered)
  // Without qop there is no client nonce, which `-sess` needs.
  const isLegacy = offered === undefined && isLegacyAllowed && !ALGORITHMS[algorithm].isSession
  if (qop === undefined && !isLegacy) return undefined
  return {
    field,
    realm,
    nonce,
    opaque: params.get('opaque'),
    algorithm,
    qop,
    isStale: params.get('stale')?.toLowerCase() === 'true',
    wantsUserhash: params.get('userhash')?.toLowerCase() === 'true',
  }
}

/** Integrity of the body where it is to be had (RFC 7616 §3.4.3). */
function chooseQop(offered: string): Qop | undefined {
  const names = offered.split(',').map(name => name.trim().toLowerCase())
  if (names.includes('auth-int')) return 'auth-int'
  return names.includes('auth') ? 'auth' : undefined
}
