import { LIMITS } from '../../base/limits.ts'
import { equalInConstantTime, Secret } from '../../base/secret.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import { ALGORITHMS, type Algorithm, type HashName, hexHash, type Qop } from './algorithm.ts'
import { type DigestAnswer, ourAnswer } from './answer.ts'
import { writeAuthenticationInfo } from './authentication-info.ts'
import { Guessing } from './guessing.ts'
import type { DigestKeys } from './keys.ts'
import { makeNonce, type NonceBinding, type NonceState, nonceMadeMs, readNonce } from './nonce.ts'
import { NonceCounts } from './nonce-count.ts'
import type { AskOutside, OutsideAnswer, OutsideGrant } from './outside.ts'
import { type DigestPolicy, type Ha1Record, type Ha1s, offerNow, qopsOf, type UserQuery } from './policy.ts'
import { asksForTheSame } from './request-uri.ts'
import { makeHa1, type ResponseInputs, responseOf, sessionHa1 } from './response.ts'
import type { Accepted, Challenged, ChallengeReason, Refused, RefusedReason, Verdict } from './verdict.ts'

/** What a digest depends on; all text is latin-1, one character an octet. */
export interface DigestRequest {
  readonly method: string
  /** The Request-URI as sent. */
  readonly requestUri: string
  readonly uri: Uri
  readonly body: string
  /** Every row of Authorization (registrar, redirect) or Proxy-Authorization (proxy), each as one value. */
  readonly credentials: readonly string[]
  /** Where the request came from: an address, or the subscriber's part of one. No line feeds. */
  readonly sourceClass: string
  /** Unix time in ms. */
  readonly nowMs: number
  /** Asked in place of the policy's look-up, where credentials are kept elsewhere too. */
  readonly askOutside?: AskOutside | undefined
}

/** What the process remembers between requests, all of it bounded. */
export interface DigestState {
  readonly counts: NonceCounts
  readonly guessing: Guessing
}

/** A state that has seen nothing. @param nowMs Unix time in ms: nonces made before it are not known here */
export function digestState(keys: DigestKeys, nowMs: number): DigestState {
  return {
    counts: new NonceCounts(keys.memory, nowMs, LIMITS.maxNonces),
    guessing: new Guessing(keys.memory, LIMITS.maxGuessers),
  }
}

/**
 * Judges a request's digest credentials for one realm. Synchronous when the look-up is.
 *
 * A nonce is judged before anybody is looked up, so what strangers forge costs one keyed hash. ACK and CANCEL
 * are not for here: nothing may challenge them.
 * @see RFC 7616 §3.4, RFC 8760 §2.6, RFC 3261 §22
 */
export function verifyDigest(
  request: DigestRequest,
  policy: DigestPolicy,
  state: DigestState,
): Verdict | Promise<Verdict> {
  if (request.method === 'ACK' || request.method === 'CANCEL')
    return refused(403, 'method-not-challengeable', undefined)
  if (request.credentials.length === 0) return NO_CREDENTIALS
  const offer = offerNow(policy)
  const read = ourAnswer(request.credentials, policy, offer)
  if (!read.ok) return refused(400, read.error, undefined)
  const answer = read.value
  if (answer === undefined) return NO_CREDENTIALS
  const { algorithm, offered } = answer
  if (algorithm === undefined || !offer.algorithms.includes(algorithm))
    return challenged('algorithm-not-offered', offered)
  if (answer.qop === undefined) {
    if (!policy.legacyQop || ALGORITHMS[algorithm].isSession) return challenged('qop-missing', offered)
  } else if (!qopsOf(policy, request.method).includes(answer.qop))
    return challenged('qop-not-offered', offered)
  const binding = { realm: policy.realm, algorithm, sourceClass: request.sourceClass }
  const wrongNonce = judgeNonce(answer, request.nowMs, policy, binding)
  if (wrongNonce !== undefined) return wrongNonce

  const attempt = new Attempt(request, policy, state, answer, algorithm)
  const delayed = delayOf(attempt)
  if (delayed !== undefined) return delayed
  if (request.askOutside !== undefined) return askOutside(attempt, request.askOutside)
  const record = lookUp(attempt)
  if (!(record instanceof Promise)) return settle(attempt, record)
  // Guesses that ran side by side while somebody was asked are counted one by one.
  return record.then(found => delayOf(attempt) ?? settle(attempt, found))
}

/** One answer while it is judged. */
class Attempt {
  readonly request: DigestRequest
  readonly policy: DigestPolicy
  readonly state: DigestState
  readonly answer: DigestAnswer
  readonly algorithm: Algorithm
  readonly query: UserQuery | undefined
  /** The client hashed `user@realm` as the name. */
  readonly isWithDomain: boolean
  /** One for one name, with or without its domain: wrong answers are counted by it. */
  readonly guessKey: string

  constructor(
    request: DigestRequest,
    policy: DigestPolicy,
    state: DigestState,
    answer: DigestAnswer,
    algorithm: Algorithm,
  ) {
    this.request = request
    this.policy = policy
    this.state = state
    this.answer = answer
    this.algorithm = algorithm
    const username = usernameIn(answer.query)
    const bare = username === undefined ? undefined : withoutDomain(username, policy)
    this.query = bare === undefined ? answer.query : { username: bare }
    this.isWithDomain = bare !== undefined
    this.guessKey = bare ?? username ?? answer.offered
  }
}

const NO_CREDENTIALS = challenged('no-credentials', undefined)

const NONCE_REASONS: Readonly<Record<Exclude<NonceState, 'fresh'>, ChallengeReason>> = {
  altered: 'nonce-altered',
  expired: 'nonce-expired',
  'other-node': 'nonce-of-other-node',
  'other-source': 'nonce-of-other-source',
}

/**
 * A nonce that was ours is answered with stale=true whatever the response says: the password is not looked
 * at, so old nonces are no way to guess (RFC 7616 §3.3 asks for an invalid nonce only).
 */
function judgeNonce(
  answer: DigestAnswer,
  nowMs: number,
  policy: DigestPolicy,
  binding: NonceBinding,
): Challenged | undefined {
  if (answer.opaque !== undefined && answer.opaque !== policy.opaque)
    return challenged('nonce-altered', answer.offered)
  const judged = readNonce(answer.nonce, nowMs, policy.nonceTtlSeconds * 1000, policy.keys, binding)
  if (judged === 'fresh') return undefined
  return challenged(NONCE_REASONS[judged], answer.offered, judged !== 'altered')
}

function usernameIn(query: UserQuery | undefined): string | undefined {
  return query !== undefined && 'username' in query ? query.username : undefined
}

/** The name of `name@realm`; undefined for any other. */
function withoutDomain(username: string, policy: DigestPolicy): string | undefined {
  const at = policy.acceptsUserWithDomain ? username.lastIndexOf('@') : -1
  return at > 0 && username.slice(at + 1) === policy.realm ? username.slice(0, at) : undefined
}

function delayOf(attempt: Attempt): Verdict | undefined {
  const { request, state, answer } = attempt
  const waitMs = state.guessing.waitMs(attempt.guessKey, request.sourceClass, request.nowMs)
  return waitMs > 0 ? { kind: 'delayed', waitMs, why: 'guessing', offered: answer.offered } : undefined
}

function lookUp({ query, policy, request }: Attempt): ReturnType<DigestPolicy['lookUp']> {
  if (query === undefined) return undefined
  if ('username' in query && query.username === 'anonymous')
    return policy.acceptsAnonymous && request.method !== 'REGISTER' ? anonymous(policy.realm) : undefined
  return policy.lookUp(query, policy.realm)
}

function askOutside(attempt: Attempt, ask: AskOutside): Verdict | Promise<Verdict> {
  const { query, policy, request, algorithm, answer } = attempt
  if (usernameIn(query) === 'anonymous') {
    const record = lookUp(attempt)
    if (!(record instanceof Promise)) return settle(attempt, record)
  }
  const { hash } = ALGORITHMS[algorithm]
  const { uri, qop, nonce, nc, cnonce, opaque, response } = answer
  const said = ask({
    realm: policy.realm,
    query,
    username: answer.offered,
    method: request.method,
    uri,
    algorithm,
    qop,
    nonce,
    nc,
    cnonce,
    opaque,
    response,
    bodyHash: qop === 'auth-int' ? hexHash(hash, request.body) : undefined,
  })
  return said instanceof Promise
    ? said.then(late => delayOf(attempt) ?? settleOutside(attempt, late))
    : settleOutside(attempt, said)
}

function settleOutside(attempt: Attempt, said: OutsideAnswer): Verdict {
  switch (said.kind) {
    case 'known':
      return settle(attempt, said.record, said.grant)
    case 'accepted':
      return use(attempt, said.user, said.grant, inputsOf(attempt, ''), said.rspauth ?? '')
    case 'rejected':
    case 'unknown-user':
      return settle(attempt, undefined)
    case 'forbidden':
      return refused(403, 'forbidden-by-source', attempt.answer.offered)
    case 'unavailable':
      return { ...said, offered: attempt.answer.offered }
  }
}

/** RFC 3261 §22.1: the name with an empty password. */
function anonymous(realm: string): Ha1Record {
  const ha1 = (hash: HashName) => new Secret(makeHa1(hash, 'anonymous', realm, new Secret('')))
  return {
    user: 'anonymous',
    ha1: { md5: ha1('md5'), sha256: ha1('sha256'), sha512_256: ha1('sha512_256') },
    md5Allowed: true,
    disabled: false,
  }
}

/** The same work whether or not there is such a user (DIG-31). */
function settle(attempt: Attempt, record: Ha1Record | undefined, grant?: OutsideGrant): Verdict {
  const { request, policy, state, answer, algorithm } = attempt
  const known = usableHa1(record, algorithm, attempt.isWithDomain, policy)
  const { hash, isSession } = ALGORITHMS[algorithm]
  const stored = known === undefined ? policy.keys.dummyHa1[hash] : known.reveal()
  const ha1 = isSession
    ? sessionHa1(algorithm, stored, answer.nonce, state.counts.firstCnonce(answer.nonce) ?? answer.cnonce)
    : stored
  const inputs = inputsOf(attempt, ha1)
  const isRight = equalInConstantTime(responseOf(inputs), answer.response)
  if (!isRight || known === undefined || record === undefined) {
    state.guessing.failed(attempt.guessKey, request.sourceClass, request.nowMs)
    return challenged('wrong-credentials', answer.offered)
  }
  return use(attempt, record.user, grant, inputs, undefined)
}

function inputsOf({ request, answer, algorithm }: Attempt, ha1: string): ResponseInputs {
  const { uri, nonce, nc, cnonce, qop } = answer
  const body = qop === 'auth-int' ? request.body : ''
  return { algorithm, ha1, method: request.method, uri, body, nonce, nc, cnonce, qop }
}

/**
 * A right response is good for what it was made for, and once.
 * @param rspauth the proof of whoever checked it in our place; undefined: we make it
 */
function use(
  attempt: Attempt,
  user: string,
  grant: OutsideGrant | undefined,
  inputs: ResponseInputs,
  rspauth: string | undefined,
): Verdict {
  const { request, policy, state, answer, algorithm } = attempt
  if (!asksForTheSame(answer.uri, request.requestUri, request.uri))
    return refused(403, 'uri-mismatch', answer.offered)
  const use = state.counts.use(
    answer.nonce,
    nonceMadeMs(answer.nonce),
    answer.qop === undefined ? 1 : Number.parseInt(answer.nc, 16),
    policy.oneTimeNonce,
  )
  if (use !== 'new')
    return challenged(use === 'replayed' ? 'nonce-replayed' : 'nonce-forgotten', answer.offered, true)
  if (ALGORITHMS[algorithm].isSession) state.counts.keepFirstCnonce(answer.nonce, answer.cnonce)
  state.guessing.succeeded(attempt.guessKey, request.sourceClass, request.nowMs)
  return new AcceptedAnswer(attempt, user, grant, inputs, rspauth)
}

function usableHa1(
  record: Ha1Record | undefined,
  algorithm: Algorithm,
  isWithDomain: boolean,
  policy: DigestPolicy,
): Secret | undefined {
  if (record === undefined || record.disabled) return undefined
  const { hash } = ALGORITHMS[algorithm]
  if (hash === 'md5' && !record.md5Allowed && !policy.md5ForEveryone) return undefined
  const ha1s: Ha1s | undefined = isWithDomain ? record.ha1WithDomain : record.ha1
  return ha1s?.[hash]
}

/** A class, since an accessor in an object literal costs as much as a hash. */
class AcceptedAnswer implements Accepted {
  readonly kind = 'accepted'
  readonly user: string
  readonly realm: string
  readonly algorithm: Algorithm
  readonly qop: Qop | undefined
  readonly grant: OutsideGrant | undefined
  readonly #attempt: Attempt
  readonly #inputs: ResponseInputs
  readonly #rspauth: string | undefined

  constructor(
    attempt: Attempt,
    user: string,
    grant: OutsideGrant | undefined,
    inputs: ResponseInputs,
    rspauth: string | undefined,
  ) {
    this.user = user
    this.grant = grant
    this.#rspauth = rspauth
    this.realm = attempt.policy.realm
    this.algorithm = attempt.algorithm
    this.qop = inputs.qop
    this.#attempt = attempt
    this.#inputs = inputs
  }

  get authenticationInfo(): string {
    return this.authenticationInfoOver('')
  }

  authenticationInfoOver(responseBody: string): string {
    const { policy, request, algorithm } = this.#attempt
    const { realm, keys, chance } = policy
    const next = policy.oneTimeNonce
      ? makeNonce(request.nowMs, chance, keys, { realm, algorithm, sourceClass: request.sourceClass })
      : undefined
    return writeAuthenticationInfo(this.#inputs, responseBody, next, this.#rspauth)
  }
}

function challenged(why: ChallengeReason, offered: string | undefined, stale = false): Challenged {
  return { kind: 'challenge', stale, why, offered }
}

function refused(status: 400 | 403, why: RefusedReason, offered: string | undefined): Refused {
  return { kind: 'refused', status, why, offered }
}
