import { LIMITS } from '../../base/limits.ts'
import { type CountedCall, isBounded } from '../../mechanisms/policy/index.ts'
import type { Caller } from '../../pipeline/caller.ts'
import type { HeldCall, Ports } from '../../pipeline/ports.ts'
import { type RequestContext, reply, type Verdict } from '../../pipeline/stage.ts'
import { warning } from '../../pipeline/warning.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import type { PolicyConfig } from '../config/config.ts'
import type { CoreEvents } from '../core/events.ts'
import type { CallLedger, LedgerRefusal } from './ledger.ts'

/** Seconds after which somebody whose calls are too many may find room. */
const RETRY_SECONDS = '30'

/** RFC 4028 §4: the requests that refresh a session. */
const SETS_TIMER = new Set(['INVITE', 'UPDATE'])

/** What holding calls stands on. */
export interface HoldingParts {
  readonly ledger: CallLedger
  readonly pending: PendingCalls
  readonly events: CoreEvents
  readonly agentHost: string
  /** Its bounds on calls and money. */
  readonly policy: Pick<PolicyConfig, 'limits' | 'classes'>
  readonly maxPendingPerAccount: number
  /** Names a call among those of all processes and starts. */
  nextId(): string
}

/** INVITEs of an account that wait for their final answer: an account cannot fill the table of all (TXN-21). */
export class PendingCalls {
  /** Keyed by accounts that proved themselves, and empty again when their calls are answered. */
  readonly #byAccount = new Map<string, number>()

  /** @returns false when that many wait already */
  begins(account: string, most: number): boolean {
    const count = this.#byAccount.get(account) ?? 0
    if (count >= most) return false
    this.#byAccount.set(account, count + 1)
    return true
  }

  ends(account: string): void {
    const count = (this.#byAccount.get(account) ?? 0) - 1
    if (count > 0) this.#byAccount.set(account, count)
    else this.#byAccount.delete(account)
  }
}

/** Takes a call's place in every bound that it is in, before it is sent anywhere. */
export function holdingCalls(parts: HoldingParts): Ports['holdCall'] {
  return (context, caller) => {
    const account = accountOf(caller)
    if (account !== undefined && !parts.pending.begins(account, parts.maxPendingPerAccount)) {
      return refused(parts, context, caller, { limit: 'pending-per-account', kind: 'calls' })
    }
    const call = parts.policy.limits.length === 0 ? undefined : countedCall(context, caller, account)
    if (call === undefined || !isBounded(parts.policy, call)) {
      context.held = new Held(parts, account, undefined)
      return undefined
    }
    const id = parts.nextId()
    const held = new Held(parts, account, id)
    const act = (refusal: LedgerRefusal | undefined): Verdict | undefined => {
      if (refusal === undefined) {
        context.held = held
        return undefined
      }
      held.over()
      return refused(parts, context, caller, refusal)
    }
    const answer = parts.ledger.begin(id, call)
    return answer instanceof Promise ? answer.then(act) : act(answer)
  }
}

/** A call that has its place. */
class Held implements HeldCall {
  readonly #parts: HoldingParts
  readonly #id: string | undefined
  #account: string | undefined

  constructor(parts: HoldingParts, account: string | undefined, id: string | undefined) {
    this.#parts = parts
    this.#account = account
    this.#id = id
  }

  answered(token: string, response: SipResponse): void {
    if (this.#id === undefined) return
    const dialog = dialogName(token, response.to.tag)
    this.#parts.ledger.answered(this.#id, dialog, sessionSeconds(response))
  }

  over(): void {
    if (this.#account !== undefined) this.#parts.pending.ends(this.#account)
    this.#account = undefined
    // Of no effect on a call that was answered.
    if (this.#id !== undefined) this.#parts.ledger.released(this.#id)
  }
}

/**
 * Tells the ledger what the answer to a request inside a dialog means: a BYE that went well, or found nobody there any
 * more (RFC 3261 §15.1.1), ends it; a re-INVITE or UPDATE that went well may set its session timer. What the caller answers
 * counts only where the callee asked for a timer: else he runs none, whatever the answer says.
 * @param status final status, undefined when there was none
 */
export function tellLedger(
  ledger: CallLedger,
  { request, inDialog }: RequestContext,
  status: number | undefined,
  response: SipResponse | undefined,
): void {
  if (inDialog === undefined) return
  const calleeTag = inDialog.from === 'caller' ? request.to.tag : request.from.tag
  const dialog = dialogName(inDialog.token, calleeTag)
  if (request.method === 'BYE') {
    if (endsCall(request, status)) ledger.ended(dialog)
  } else if (
    SETS_TIMER.has(request.method) &&
    status !== undefined &&
    status < 300 &&
    response !== undefined
  ) {
    const isTimed = inDialog.from === 'caller' || request.has(H.sessionExpires)
    ledger.lasts(dialog, isTimed ? sessionSeconds(response) : undefined)
  }
}

/**
 * Whether a BYE with this outcome ends its dialog. That nobody answers tells that the callee is gone, unless the caller made
 * it too large for a datagram: a gateway that never gets it goes on.
 * @param status final status, undefined when there was none
 */
export function endsCall({ text }: SipRequest, status: number | undefined): boolean {
  if (status === undefined || status === 408) return text.length <= LIMITS.maxUdpRequestBytes
  return status < 300 || status === 481
}

/** One branch may have several dialogs, which the callees' tags tell apart; the token names the call and the branch. */
function dialogName(token: string, calleeTag: string | undefined): string {
  return `${token} ${calleeTag ?? ''}`
}

/** RFC 4028 §4; undefined when the session has no timer. */
function sessionSeconds(response: SipResponse): number | undefined {
  const value = response.header(H.sessionExpires)
  if (value === undefined) return undefined
  const seconds = Number.parseInt(value, 10)
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : undefined
}

function accountOf(caller: Caller): string | undefined {
  return caller.kind === 'user' ? `${caller.user}@${caller.domain}` : undefined
}

function countedCall(context: RequestContext, caller: Caller, account: string | undefined): CountedCall {
  const { viaTrunk, decision } = context
  const trunks = [
    ...(caller.kind === 'trunk' ? [caller.trunk] : []),
    ...(viaTrunk === undefined ? [] : [viaTrunk]),
  ]
  return {
    account,
    aors: caller.kind === 'user' ? caller.aors : [],
    trunks: [...new Set(trunks)],
    toClass: decision?.toClass ?? 'own-users',
  }
}

/**
 * Too many calls: 480, which a proxy may give itself and which knows when to try again (RFC 3261 §21.4.18); 486 would
 * speak for a callee who was not asked, 503 would have the phone leave this server. No money left: 403, as nothing but
 * the next period changes that.
 */
function refused(
  { events, agentHost }: HoldingParts,
  context: RequestContext,
  caller: Caller,
  { limit, kind }: LedgerRefusal,
): Verdict {
  events.full(limit, kind, caller, context)
  switch (kind) {
    case 'calls':
      return reply(480, 'too-many-calls', [
        ['Retry-After', RETRY_SECONDS],
        ['Warning', warning(agentHost, `Too many calls at once: ${limit}`)],
      ])
    case 'spend':
      return reply(403, 'nothing-left-to-spend', [
        ['Warning', warning(agentHost, `Nothing left to spend: ${limit}`)],
      ])
    case 'unknown':
      return reply(500, 'calls-not-counted', [['Retry-After', '5']])
  }
}
