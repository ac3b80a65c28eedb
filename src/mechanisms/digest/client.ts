import { BoundedMap } from '../../base/bounded-map.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { equalInConstantTime, type Secret } from '../../base/secret.ts'
import { parseAuthParams, writeQuoted } from '../../sip/headers/credentials.ts'
import { ALGORITHMS } from './algorithm.ts'
import { type Challenge, type ChallengeRow, isStrong, understood } from './client-challenge.ts'
import { makeHa1, makeUserhash, type ResponseInputs, responseOf, rspauthOf, sessionHa1 } from './response.ts'
import { toOctets } from './user-name.ts'

/** Our name and password at somebody else's server; Unicode. */
export interface ClientAccount {
  readonly username: string
  readonly password: Secret
}

/** The request that needs credentials; latin-1 text. */
export interface ClientRequest {
  readonly method: string
  /** The Request-URI as it will be sent. */
  readonly requestUri: string
  readonly body: string
}

/** What a client remembers between requests. */
export interface ClientMemory {
  /** Realms that once offered SHA-2: they are not answered with MD5 again (DIG-24). */
  readonly strongRealms: BoundedMap<string, true>
}

/** @param maxRealms bound of the realms remembered */
export function clientMemory(maxRealms = 10_000): ClientMemory {
  return { strongRealms: new BoundedMap(maxRealms) }
}

/** A challenge being used up: its nonce, and how often it was. */
export interface ClientSession {
  readonly challenge: Challenge
  readonly account: ClientAccount
  /** The challenge's, or the server's `nextnonce`. */
  nonce: string
  /** Requests sent with this nonce. */
  count: number
  /** The first one, which `-sess` algorithms keep. */
  firstCnonce: string | undefined
  /** How many challenges in a row this answers. */
  readonly attempt: number
}

/** One field to add to the request, which goes out with CSeq + 1 (DIG-19). */
export interface ClientAnswer {
  readonly field: 'Authorization' | 'Proxy-Authorization'
  readonly value: string
  readonly session: ClientSession
  readonly inputs: ResponseInputs
}

/** Why a challenge is not answered. One a line, sorted. */
export type ClientRefusal =
  /** The same credentials were refused, and the nonce was not stale (DIG-20). */
  | 'credentials-rejected'
  /** A realm that knew SHA-2 offers MD5 only (DIG-24). */
  | 'downgraded'
  /** No account for any of the realms. */
  | 'no-account'
  /** Nothing that we understand (DIG-23). */
  | 'no-challenge-understood'
  /** stale=true again and again. */
  | 'too-many-challenges'

/** What answering depends on. */
export interface ClientContext {
  readonly memory: ClientMemory
  readonly accountFor: (realm: string) => ClientAccount | undefined
  readonly random: (bytes: number) => Buffer
  /** Answers servers that send no qop (RFC 2069). Default false. */
  readonly isLegacyAllowed?: boolean
}

const MAX_ATTEMPTS = 3

/**
 * Answers a 401 or 407: for each realm that we have an account in, the topmost challenge understood.
 * @param sent the answers that the challenged request carried; [] the first time
 * @returns at least one answer, or why there is none
 * @see RFC 8760 §2.4, RFC 3261 §22.1-22.3
 */
export function answerChallenges(
  rows: readonly ChallengeRow[],
  request: ClientRequest,
  sent: readonly ClientAnswer[],
  context: ClientContext,
): Result<readonly ClientAnswer[], ClientRefusal> {
  const groups = understood(rows, context.isLegacyAllowed ?? false)
  let why: ClientRefusal = 'no-challenge-understood'
  const answers: ClientAnswer[] = []
  for (const group of groups) {
    const session = openSession(group, sent, context)
    if (session.ok) answers.push(authorizeAgain(session.value, request, context.random))
    else if (session.error === 'credentials-rejected' || session.error === 'too-many-challenges')
      return session
    else why = session.error
  }
  return answers.length > 0 ? ok(answers) : failed(why)
}

/** Credentials for one more request under the same challenge: the count goes up by one. */
export function authorizeAgain(
  session: ClientSession,
  request: ClientRequest,
  random: (bytes: number) => Buffer,
): ClientAnswer {
  const { challenge, account } = session
  const { algorithm, realm, qop } = challenge
  const { hash, isSession } = ALGORITHMS[algorithm]
  session.count += 1
  const cnonce = random(12).toString('base64url')
  session.firstCnonce ??= cnonce
  const stored = makeHa1(hash, account.username, realm, account.password)
  const inputs: ResponseInputs = {
    algorithm,
    ha1: isSession ? sessionHa1(algorithm, stored, session.nonce, session.firstCnonce) : stored,
    method: request.method,
    uri: request.requestUri,
    body: request.body,
    nonce: session.nonce,
    nc: session.count.toString(16).padStart(8, '0'),
    cnonce,
    qop,
  }
  const field = challenge.field === 'WWW-Authenticate' ? 'Authorization' : 'Proxy-Authorization'
  return { field, value: writeCredentials(session, inputs), session, inputs }
}

/** Why the server's proof does not hold. One a line, sorted. */
export type ServerProofRefusal =
  /** It cannot be parsed. */
  | 'authentication-info-malformed'
  /** There is none, or it is about another request. */
  | 'rspauth-missing'
  /** The server does not know the password, or the body was changed. */
  | 'rspauth-wrong'

/**
 * Checks that the server knows the password too, and takes over its next nonce (DIG-27).
 * @param value of Authentication-Info, undefined when there is none
 * @param responseBody latin-1
 */
export function verifyServer(
  answer: ClientAnswer,
  value: string | undefined,
  responseBody: string,
): Result<undefined, ServerProofRefusal> {
  if (value === undefined) return failed('rspauth-missing')
  const parsed = parseAuthParams(value)
  if (!parsed.ok) return failed('authentication-info-malformed')
  const info = parsed.value
  const { inputs, session } = answer
  const rspauth = info.get('rspauth')
  if (rspauth === undefined || inputs.qop === undefined) return failed('rspauth-missing')
  const isAboutUs =
    info.get('cnonce') === inputs.cnonce &&
    info.get('nc') === inputs.nc &&
    (info.get('qop')?.toLowerCase() ?? inputs.qop) === inputs.qop
  if (!isAboutUs) return failed('rspauth-missing')
  if (!equalInConstantTime(rspauthOf({ ...inputs, body: responseBody }), rspauth))
    return failed('rspauth-wrong')
  const next = info.get('nextnonce')
  if (next !== undefined && next !== '') {
    session.nonce = next
    session.count = 0
    session.firstCnonce = undefined
  }
  return ok(undefined)
}

function openSession(
  group: readonly Challenge[],
  sent: readonly ClientAnswer[],
  context: ClientContext,
): Result<ClientSession, ClientRefusal> {
  const top = group[0]
  if (top === undefined) return failed('no-challenge-understood')
  const { strongRealms } = context.memory
  if (group.some(challenge => isStrong(challenge.algorithm))) strongRealms.set(top.realm, true)
  const isStrongRealm = strongRealms.has(top.realm)
  const challenge = group.find(({ algorithm }) => !isStrongRealm || isStrong(algorithm))
  if (challenge === undefined) return failed('downgraded')
  const account = context.accountFor(challenge.realm)
  if (account === undefined) return failed('no-account')
  const before = sent.find(
    ({ session }) =>
      session.challenge.realm === challenge.realm && session.challenge.field === challenge.field,
  )
  const attempt = (before?.session.attempt ?? 0) + 1
  if (before !== undefined && !challenge.isStale && isSameAccount(before.session.account, account))
    return failed('credentials-rejected')
  if (attempt > MAX_ATTEMPTS) return failed('too-many-challenges')
  return ok({ challenge, account, nonce: challenge.nonce, count: 0, firstCnonce: undefined, attempt })
}

function isSameAccount(a: ClientAccount, b: ClientAccount): boolean {
  return a.username === b.username && a.password.reveal() === b.password.reveal()
}

/** Quoted and unquoted as DIG-10 says. */
function writeCredentials({ challenge, account, nonce }: ClientSession, inputs: ResponseInputs): string {
  const { realm, algorithm, opaque, qop, wantsUserhash } = challenge
  const name = wantsUserhash
    ? makeUserhash(ALGORITHMS[algorithm].hash, account.username, realm)
    : toOctets(account.username)
  let value = `Digest username=${writeQuoted(name)},realm=${writeQuoted(realm)},nonce=${writeQuoted(nonce)}`
  value += `,uri=${writeQuoted(inputs.uri)},response="${responseOf(inputs)}",algorithm=${algorithm}`
  if (qop !== undefined) value += `,qop=${qop},nc=${inputs.nc},cnonce=${writeQuoted(inputs.cnonce)}`
  if (opaque !== undefined) value += `,opaque=${writeQuoted(opaque)}`
  return wantsUserhash ? `${value},userhash=true` : value
}
