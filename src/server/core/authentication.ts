import type { Flow } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import {
  type Challenged,
  challengeRows,
  type DigestPolicy,
  type DigestState,
  type Verdict as DigestVerdict,
  type Ha1Record,
  verifyDigest,
} from '../../mechanisms/digest/index.ts'
import type { CredentialsOutcome } from '../../pipeline/ports.ts'
import type { RequestContext } from '../../pipeline/stage.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { Field } from '../../sip/message/write.ts'
import type { Credential, CredentialStore, Ha1Name } from '../../store/credentials.ts'
import type { AaaPort } from '../aaa/aaa.ts'
import type { AccountRates } from '../admission/account-rates.ts'
import type { FlowFriend } from '../detect/flow-friend.ts'
import type { CoreEvents } from './events.ts'

/** Octets of our own response beside the challenge rows and what is copied from the request. */
const RESPONSE_OVERHEAD_BYTES = 130

const NONE: readonly string[] = []

/** Proof of the caller by digest (RFC 7616, RFC 8760): the mechanism, the credential store and the counters. */
export class Authentication {
  readonly #policies: ReadonlyMap<string, DigestPolicy>
  readonly #state: DigestState
  readonly #credentials: CredentialStore
  readonly #events: CoreEvents
  readonly #aaa: AaaPort | undefined
  readonly #friend: FlowFriend | undefined
  readonly #rates: AccountRates | undefined

  /**
   * @param policies by realm
   * @param aaa asked in place of the store, where there is more than the store
   * @param friend told of each login over UDP
   * @param rates bounds on what one account may ask
   */
  constructor(
    policies: ReadonlyMap<string, DigestPolicy>,
    state: DigestState,
    credentials: CredentialStore,
    events: CoreEvents,
    aaa?: AaaPort,
    friend?: FlowFriend,
    rates?: AccountRates,
  ) {
    this.#policies = policies
    this.#state = state
    this.#credentials = credentials
    this.#events = events
    this.#aaa = aaa
    this.#friend = friend
    this.#rates = rates
  }

  verify(
    context: RequestContext,
    realm: string,
    asProxy: boolean,
  ): CredentialsOutcome | Promise<CredentialsOutcome> {
    const policy = this.#policies.get(realm)
    if (policy === undefined) return { kind: 'refused', status: 403, why: 'realm-not-served' }
    const { request, flow } = context
    const id = asProxy ? H.proxyAuthorization : H.authorization
    const aaa = this.#aaa
    const verdict = verifyDigest(
      {
        method: request.method,
        requestUri: request.requestUri,
        uri: request.uri,
        body: request.body,
        credentials: request.has(id) ? request.headers(id) : NONE,
        sourceClass: nonceSource(flow),
        nowMs: context.wallMs,
        askOutside: aaa === undefined ? undefined : question => aaa.ask(question, context),
      },
      policy,
      this.#state,
    )
    return verdict instanceof Promise
      ? verdict.then(late => this.#outcome(context, policy, asProxy, late))
      : this.#outcome(context, policy, asProxy, verdict)
  }

  #outcome(
    context: RequestContext,
    policy: DigestPolicy,
    asProxy: boolean,
    verdict: DigestVerdict,
  ): CredentialsOutcome {
    const { request, flow } = context
    if (verdict.kind === 'accepted') {
      if (this.#friend !== undefined && !flow.isReliable)
        this.#friend.proved(flow.remote.ip, flow.remote.port)
      this.#events.authenticated(flow, request, verdict.user, verdict.realm)
      return this.#paced(context, this.#accepted(asProxy, verdict))
    }
    this.#events.authentication(verdict.why, flow, request, verdict.offered, policy.realm)
    switch (verdict.kind) {
      case 'refused':
        return { kind: 'refused', status: verdict.status, why: verdict.why }
      case 'delayed':
        return { kind: 'delayed', waitMs: verdict.waitMs }
      case 'unavailable':
        return { kind: 'unavailable', retryAfterSeconds: verdict.retryAfterSeconds, why: verdict.why }
      case 'challenge':
        return this.#challenge(context, policy, asProxy, verdict)
    }
  }

  #challenge(
    context: RequestContext,
    policy: DigestPolicy,
    asProxy: boolean,
    { stale, why }: Challenged,
  ): CredentialsOutcome {
    const { request, flow } = context
    const rows = challengeRows(policy, {
      method: request.method,
      sourceClass: nonceSource(flow),
      nowMs: context.wallMs,
      stale,
      userAgent: request.header(H.userAgent),
      maxBytes: flow.isReliable || flow.isProved ? undefined : challengeBudget(request),
    })
    const name = asProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate'
    const headers: Field[] = []
    for (const row of rows) headers.push([name, row])
    return { kind: 'challenge', why, headers }
  }

  /** A good password is no licence to take the server from everybody else. */
  #paced({ request, nowMs }: RequestContext, outcome: CredentialsOutcome): CredentialsOutcome {
    if (this.#rates === undefined || outcome.kind !== 'accepted') return outcome
    const retryAfterSeconds = this.#rates.retryAfterOf(outcome.caller, request, nowMs)
    return retryAfterSeconds === 0 ? outcome : { kind: 'unavailable', retryAfterSeconds, why: 'account-rate' }
  }

  #accepted(asProxy: boolean, verdict: Extract<DigestVerdict, { kind: 'accepted' }>): CredentialsOutcome {
    const { grant } = verdict
    if (grant !== undefined)
      return {
        kind: 'accepted',
        caller: {
          kind: 'user',
          user: verdict.user,
          domain: verdict.realm,
          aors: grant.aors,
          classes: grant.classes,
        },
        authenticationInfo:
          asProxy || verdict.authenticationInfo === '' ? undefined : verdict.authenticationInfo,
      }
    const known = this.#credentials.find(verdict.user, verdict.realm)
    if (known === undefined) return { kind: 'refused', status: 403, why: 'account-gone' }
    return {
      kind: 'accepted',
      caller: { kind: 'user', user: known.user, domain: known.domain, aors: known.aors },
      authenticationInfo: asProxy ? undefined : verdict.authenticationInfo,
    }
  }
}

/** What a nonce is bound to: the address, so that a phone may change its port or transport. */
function nonceSource(flow: Flow): string {
  return flow.remote.ip
}

/** What an unproved source may be sent, less what the response copies from the request (DOS-03). */
function challengeBudget(request: SipRequest): number {
  let copied = RESPONSE_OVERHEAD_BYTES
  for (const id of [H.via, H.from, H.to, H.callId, H.cseq]) {
    for (const value of request.headers(id)) copied += value.length + 10
  }
  return Math.floor(request.text.length * LIMITS.maxAmplification) - copied
}

/** The store's look-up in the shape that digest asks for. */
export function lookUpIn(
  store: CredentialStore,
): (
  query: { readonly username: string } | { readonly userhash: string; readonly hash: Ha1Name },
  realm: string,
) => Ha1Record | undefined {
  return (query, realm) => {
    const found =
      'username' in query
        ? store.find(query.username, realm)
        : store.findByHash(query.hash, query.userhash, realm)
    return found === undefined ? undefined : recordOf(found)
  }
}

function recordOf(credential: Credential): Ha1Record {
  return credential
}
