import { AspisError } from '../../base/errors.ts'
import type { Secret } from '../../base/secret.ts'
import { writeQuoted } from '../../sip/headers/credentials.ts'
import { NARROW_AGENTS, type NarrowAgent, narrowed } from './agents.ts'
import type { Algorithm, HashName, Qop } from './algorithm.ts'
import type { DigestKeys } from './keys.ts'
import { NONCE_CHARS } from './nonce.ts'

/** What is known of a user's password; each value is H(user:realm:password) in lower-case hex. */
export type Ha1s = { readonly [Name in HashName]?: Secret | undefined }

/** One user of a realm. */
export interface Ha1Record {
  readonly user: string
  readonly ha1: Ha1s
  /** The same values made of `user@realm:realm:password`, for phones that send their whole address as name. */
  readonly ha1WithDomain?: Ha1s
  readonly md5Allowed: boolean
  readonly disabled: boolean
}

/** Who is asked for: a name (Unicode, NFC), or H(name:realm) in hex by one hash function. */
export type UserQuery = { readonly username: string } | { readonly userhash: string; readonly hash: HashName }

/** Finds a user; a promise only when somebody has to be asked. The time it takes must not tell who exists. */
export type LookUpHa1 = (
  query: UserQuery,
  realm: string,
) => Ha1Record | undefined | Promise<Ha1Record | undefined>

/** What an operator decides for one realm. */
export interface DigestSettings {
  /** The domain (DIG-29), latin-1 text. */
  readonly realm: string
  readonly keys: DigestKeys
  readonly lookUp: LookUpHa1
  /** 32 bits of chance for each nonce. */
  readonly chance: () => number
  /** Best first; MD5 is not among them, it follows when `offersMd5` says so. Default SHA-256, SHA-512-256. */
  readonly algorithms?: readonly Exclude<Algorithm, 'MD5'>[]
  /** Whether a user of the realm is marked for MD5: the offer is the same for every name (DIG-31). Default no. */
  readonly offersMd5?: () => boolean
  /** MD5 for every user that has an MD5 value. Default false. */
  readonly md5ForEveryone?: boolean
  /** Default auth, auth-int. */
  readonly qop?: readonly Qop[]
  /** Methods whose digest must cover the body (DIG-35). Default none. */
  readonly authIntMethods?: readonly string[]
  /** Offers to hide user names (DIG-13). Default true. */
  readonly userhash?: boolean
  /** How long a nonce is good, 1…86400 s. Default 300. */
  readonly nonceTtlSeconds?: number
  /** A nonce is good for one request; Authentication-Info brings the next. Default false. */
  readonly oneTimeNonce?: boolean
  /** Accepts answers without qop (RFC 2069), each nonce once. Default false. */
  readonly legacyQop?: boolean
  /** Phones that cope with some algorithms only. Default `NARROW_AGENTS`. */
  readonly narrowAgents?: readonly NarrowAgent[]
  /** Takes `alice@realm` for alice, when the store has `ha1WithDomain`. Default true. */
  readonly acceptsUserWithDomain?: boolean
  /** Takes `anonymous` with an empty password, never for REGISTER (DIG-33). Default false. */
  readonly acceptsAnonymous?: boolean
}

/** The settings of one realm, complete, with what is the same in every challenge. */
export interface DigestPolicy extends Required<DigestSettings> {
  readonly opaque: string
  /** What may be offered, best first: without MD5, and with it. */
  readonly offers: { readonly plain: Offer; readonly withMd5: Offer }
}

/** One list of algorithms, and its challenges. */
export interface Offer {
  readonly algorithms: readonly Algorithm[]
  /** For the phones of no narrow family, then for each of `narrowAgents`. */
  readonly challenges: readonly Challenges[]
}

/** The rows of a challenge, by what the method's digest must cover. */
export interface Challenges {
  readonly usual: ChallengeForms
  readonly authInt: ChallengeForms
}

/** A challenge with all that may stand in it; without what is optional; and without all but the first and the MD5 row. */
export interface ChallengeForms {
  readonly full: ChallengeForm
  readonly short: ChallengeForm
  readonly least: ChallengeForm
}

export interface ChallengeForm {
  readonly rows: readonly ChallengeRowParts[]
  /** Octets of all rows, field names included, when they say nothing of stale. */
  readonly bytes: number
}

/** What stands before and after the nonce. */
export interface ChallengeRowParts {
  readonly algorithm: Algorithm
  readonly before: string
  readonly after: string
}

/**
 * Completes the settings of a realm.
 * @throws AspisError `ERR_ASPIS_DIGEST_POLICY` for a realm, qop list or time to live that cannot be served
 */
export function digestPolicy(settings: DigestSettings): DigestPolicy {
  const { realm, keys, qop = ['auth', 'auth-int'], nonceTtlSeconds = 300 } = settings
  const algorithms = settings.algorithms ?? ['SHA-256', 'SHA-512-256']
  if (realm === '' || /[^\x20-\x7e\x80-\xff]/.test(realm))
    throw refused('the realm is empty or not printable')
  if (qop.length === 0) throw refused(`realm ${realm}: qop is empty (RFC 8760 §2.6: it is always sent)`)
  if (algorithms.length === 0 && settings.offersMd5?.() !== true)
    throw refused(`realm ${realm}: no algorithm; name SHA-256 at least`)
  if (!(nonceTtlSeconds >= 1 && nonceTtlSeconds <= 86_400))
    throw refused(`realm ${realm}: nonces live 1…86400 s, not ${nonceTtlSeconds}`)
  const complete = {
    realm,
    keys,
    lookUp: settings.lookUp,
    chance: settings.chance,
    algorithms,
    offersMd5: settings.offersMd5 ?? (() => false),
    md5ForEveryone: settings.md5ForEveryone ?? false,
    qop,
    authIntMethods: settings.authIntMethods ?? [],
    userhash: settings.userhash ?? true,
    nonceTtlSeconds,
    oneTimeNonce: settings.oneTimeNonce ?? false,
    legacyQop: settings.legacyQop ?? false,
    narrowAgents: settings.narrowAgents ?? NARROW_AGENTS,
    acceptsUserWithDomain: settings.acceptsUserWithDomain ?? true,
    acceptsAnonymous: settings.acceptsAnonymous ?? false,
    opaque: keys.opaque(realm),
  }
  return {
    ...complete,
    offers: { plain: offerOf(algorithms, complete), withMd5: offerOf([...algorithms, 'MD5'], complete) },
  }
}

type Complete = Omit<DigestPolicy, 'offers'>

function offerOf(algorithms: readonly Algorithm[], policy: Complete): Offer {
  const agents = [undefined, ...policy.narrowAgents]
  return { algorithms, challenges: agents.map(agent => challengesOf(narrowed(algorithms, agent), policy)) }
}

function challengesOf(algorithms: readonly Algorithm[], policy: Complete): Challenges {
  return {
    usual: formsOf(algorithms, policy.qop, policy),
    authInt: formsOf(algorithms, AUTH_INT, policy),
  }
}

/** @see RFC 8760 §2.3, RFC 7616 §3.3 */
function formsOf(algorithms: readonly Algorithm[], qops: readonly Qop[], policy: Complete): ChallengeForms {
  const before = `Digest realm=${writeQuoted(policy.realm)},nonce="`
  const userhash = policy.userhash ? ',userhash=true' : ''
  const rest = `"${qops.join(',')}",opaque="${policy.opaque}"${userhash},charset=UTF-8`
  const rows = (after: string) =>
    algorithms.map(algorithm => ({ algorithm, before, after: `",algorithm=${algorithm},qop=${after}` }))
  const short = rows(`"${qops[0]}"`)
  return {
    full: formOf(rows(rest)),
    short: formOf(short),
    least: formOf(short.filter(({ algorithm }, i) => i === 0 || algorithm === 'MD5')),
  }
}

/** `Proxy-Authenticate: ` and CR LF, the longer of the two names. */
const FIELD_BYTES = 22

function formOf(rows: readonly ChallengeRowParts[]): ChallengeForm {
  const bytes = rows.reduce(
    (sum, { before, after }) => sum + FIELD_BYTES + before.length + NONCE_CHARS + after.length,
    0,
  )
  return { rows, bytes }
}

/** What is offered now. */
export function offerNow(policy: DigestPolicy): Offer {
  return policy.md5ForEveryone || policy.offersMd5() ? policy.offers.withMd5 : policy.offers.plain
}

const AUTH_INT: readonly Qop[] = ['auth-int']

/** Whether the digest of such a request must cover its body. */
export function needsAuthInt(policy: DigestPolicy, method: string): boolean {
  return policy.authIntMethods.includes(method)
}

/** The qualities of protection that a request with this method may be answered with. */
export function qopsOf(policy: DigestPolicy, method: string): readonly Qop[] {
  return needsAuthInt(policy, method) ? AUTH_INT : policy.qop
}

function refused(why: string): AspisError {
  return new AspisError('ERR_ASPIS_DIGEST_POLICY', `digest: ${why}`)
}
