import { type Flow, printAddress } from '../../base/flow.ts'
import type { PolicyDecision } from '../../mechanisms/policy/index.ts'
import type { Caller } from '../../pipeline/caller.ts'
import type { RequestContext } from '../../pipeline/stage.ts'
import type { SipMessage, SipRequest } from '../../sip/message/message.ts'
import type { SuspicionName } from '../../sip/transaction/environment.ts'
import type { Sensor } from '../detect/sensor.ts'
import type { Log } from '../log.ts'
import type { Counter, Counters, Metrics } from '../metrics.ts'

/** What the core tells the outside: counted by name, and written to the log where somebody should look. */
export class CoreEvents {
  readonly received: Counters
  readonly responses: Counters
  readonly refused: Counters
  readonly drops: Counters
  readonly verdicts: Counters
  readonly authentications: Counters
  readonly references: Counters
  readonly suspicions: Counters
  readonly decisions: Counters
  readonly limited: Counters
  readonly registrations: Counter
  readonly forwarded: Counter
  readonly strayResponses: Counter
  readonly wouldAmplify: Counter
  /** Told of each flow that credentials were accepted from. */
  loggedIn: (flow: Flow, user: string) => void = () => {}
  readonly #log: Log
  /** Where detection is on: told what is counted here. */
  sensor: Sensor | undefined

  constructor(metrics: Metrics, log: Log) {
    this.#log = log
    const count = (name: string, help: string, label: string): Counters =>
      metrics.counters(`aspis_${name}_total`, help, label)
    this.received = count('messages_received', 'Messages received, by method or response class', 'kind')
    this.responses = count('responses_sent', 'Responses of our own, by status', 'status')
    this.refused = count('messages_refused', 'Malformed messages, by reason', 'reason')
    this.drops = count('requests_dropped', 'Requests not answered, by reason', 'reason')
    this.verdicts = count('requests_refused', 'Requests answered with 3xx to 6xx, by reason', 'reason')
    this.authentications = count('authentication_failures', 'Credentials not accepted, by reason', 'reason')
    this.references = count('references', 'Requests with Referred-By, by what its token proved', 'outcome')
    this.suspicions = count('suspicions', 'Messages that look forged, by kind', 'kind')
    this.decisions = count('policy_decisions', 'Requests that rules judged, by rule', 'rule')
    this.limited = count('policy_full', 'Calls refused since a bound was full, by bound', 'limit')
    this.registrations = metrics.counter(
      'aspis_registrations_total',
      'REGISTER requests that changed bindings',
    )
    this.forwarded = metrics.counter('aspis_requests_forwarded_total', 'Branches started')
    this.strayResponses = metrics.counter('aspis_responses_stray_total', 'Responses without a transaction')
    this.wouldAmplify = metrics.counter(
      'aspis_answers_withheld_total',
      'Answers not sent since they would be larger than the amplification bound',
    )
  }

  /** @param text as it came; of a stream up to the fault */
  malformed(refusal: string, flow: Flow, text: string): void {
    this.refused.add(refusal)
    this.sensor?.malformed(text, refusal, flow)
    if (!this.#log.isDebug) return
    this.#log.debug('message-malformed', { reason: refusal, source: printAddress(flow.remote) })
  }

  /** A request that was not read, since it names nobody here. */
  unserved(text: string, flow: Flow): void {
    this.received.add('other')
    this.drops.add('unserved-domain')
    this.sensor?.unserved(text, flow)
    if (!this.#log.isDebug) return
    this.#log.debug('request-dropped', { why: 'unserved-domain', source: printAddress(flow.remote) })
  }

  /** @param isWhole false: it was refused as malformed, which was told already */
  dropped(why: string, flow: Flow, request: SipRequest, isWhole = true): void {
    this.drops.add(why)
    if (isWhole) this.sensor?.dropped(why, flow, request)
    if (!this.#log.isDebug) return
    this.#log.debug('request-dropped', { why, method: request.method, source: printAddress(flow.remote) })
  }

  /** @param isWhole false: it was refused as malformed, which was told already */
  answered(status: number, why: string, flow: Flow, request: SipRequest, isWhole = true): void {
    this.responses.add(String(status))
    if (isWhole) this.sensor?.answered(status, why, flow, request)
    if (status < 300) return
    this.verdicts.add(why)
    if (!this.#log.isDebug) return
    this.#log.debug('request-refused', {
      status,
      why,
      method: request.method,
      source: printAddress(flow.remote),
      callId: request.callId,
    })
  }

  /** What the policy said, by the name of the rule. */
  decided(decision: PolicyDecision, caller: Caller, { request, route, flow }: RequestContext): void {
    this.decisions.add(decision.rule)
    if (this.sensor?.watches('rule') === true) {
      const { isAllowed, rule, toClass } = decision
      this.sensor.see(flow, { kind: 'rule', request, isAllowed, rule, toClass, caller: callerText(caller) })
    }
    if (decision.isAllowed && !this.#log.isDebug) return
    const fields = {
      rule: decision.rule,
      class: decision.toClass,
      caller: callerText(caller),
      method: request.method,
      to: route.uri.text,
      source: printAddress(flow.remote),
      callId: request.callId,
    }
    if (decision.isAllowed) this.#log.debug('policy-allowed', fields)
    else this.#log.info('policy-refused', fields)
  }

  /** A bound of the policy that has no room. */
  full(limit: string, kind: string, caller: Caller, { request, route, flow }: RequestContext): void {
    this.limited.add(limit)
    this.#log.info('policy-full', {
      limit,
      kind,
      caller: callerText(caller),
      to: route.uri.text,
      source: printAddress(flow.remote),
      callId: request.callId,
    })
  }

  /** @param offered the name as a stranger sent it; the log escapes it (DIG-28) */
  authentication(
    why: string,
    flow: Flow,
    request: SipRequest,
    offered: string | undefined,
    realm: string,
  ): void {
    this.authentications.add(why)
    if (why === 'no-credentials') return
    this.sensor?.refusedCredentials(why, flow, request, offered ?? '', realm)
    if (why === 'nonce-expired') return
    const fields = { why, method: request.method, source: printAddress(flow.remote), user: offered ?? '' }
    this.#log.warn('authentication-failed', fields)
  }

  /** @param user whose password it is */
  authenticated(flow: Flow, request: SipRequest, user: string, realm: string): void {
    this.loggedIn(flow, user)
    this.sensor?.acceptedCredentials(flow, request, user, realm)
  }

  suspicious(name: SuspicionName | (string & {}), flow: Flow, message: SipMessage | undefined): void {
    this.suspicions.add(name)
    this.sensor?.suspicious(name, flow, message)
    this.#log.warn('suspicious', { name, source: printAddress(flow.remote), callId: message?.callId ?? '' })
  }

  failed(event: string, error: unknown): void {
    this.#log.error(event, { error: error instanceof Error ? error : new Error(String(error)) })
  }

  note(event: string, fields: Record<string, string | number>): void {
    this.#log.info(event, fields)
  }
}

function callerText(caller: Caller): string {
  if (caller.kind === 'user') return `${caller.user}@${caller.domain}`
  return caller.kind === 'trunk' ? `trunk:${caller.trunk}` : caller.kind
}
