import { AspisError } from '../../base/errors.ts'
import type { Flow, Hop } from '../../base/flow.ts'
import { canonicalIp } from '../../base/ip-address.ts'
import type { SipResponse } from '../message/message.ts'
import { type ClientStart, ClientTransaction } from './client-transaction.ts'
import type { ClientUser, TransactionCounts, TransactionEnvironment, TransactionUser } from './environment.ts'
import { buildAck, buildCancel } from './hop-by-hop.ts'
import type { TransactionKey, TransactionKeys } from './key.ts'
import { KeyedTable } from './keyed-table.ts'
import { TransactionMemory } from './memory.ts'
import type { Steps } from './program.ts'
import type { ClientAction, ClientEvent, ClientState, TimerName } from './table.ts'
import { startTimer, startTimerEAtT2, stopTimer, stopTimers } from './timers.ts'

/** Stands for the user of a proxy that has its final response. */
const doneUser: ClientUser = { onResponse() {}, onTimeout() {}, onTransportError() {} }

/** Nobody waits for the response to a CANCEL: the INVITE's own says how it ended (RFC 3261 §9.1). */
const cancelUser: ClientUser = { isUac: true, onResponse() {}, onTimeout() {}, onTransportError() {} }

/** The client transactions: matches responses and performs what the tables say. */
export class ClientSide {
  readonly #env: TransactionEnvironment
  readonly #user: TransactionUser
  readonly #counts: TransactionCounts
  readonly #keys: TransactionKeys
  readonly #transactions = new KeyedTable<ClientTransaction>()
  /** INVITEs that were answered with 2xx and passed on. */
  readonly #accepted: TransactionMemory | undefined
  /** Other requests that had their final response. */
  readonly #answered: TransactionMemory | undefined

  constructor(
    env: TransactionEnvironment,
    user: TransactionUser,
    counts: TransactionCounts,
    keys: TransactionKeys,
    maxFinished: number | undefined,
  ) {
    this.#env = env
    this.#user = user
    this.#counts = counts
    this.#keys = keys
    if (maxFinished === undefined) return
    this.#accepted = new TransactionMemory(env, maxFinished, env.timers.lifetimeMs)
    this.#answered = new TransactionMemory(env, maxFinished, env.timers.t4Ms)
  }

  create(start: ClientStart): ClientTransaction {
    const client = new ClientTransaction(this.#keys.client(start.branch, start.method), start, this)
    if (this.#transactions.find(client.key) !== undefined) {
      throw new AspisError('ERR_ASPIS_BRANCH_REUSED', 'each request that we send needs a branch of its own')
    }
    this.#transactions.add(client)
    if (client.isInvite) this.#counts.inviteClient += 1
    else this.#counts.nonInviteClient += 1
    this.#performAll(client, client.program.start, undefined, undefined)
    return client
  }

  receive(response: SipResponse, flow: Flow): 'delivered' | 'absorbed' | 'stray' {
    const branch = response.topVia.branch
    if (branch === undefined) return 'stray'
    const key = this.#keys.client(branch, response.cseq.method)
    const client = this.#transactions.find(key)
    if (client === undefined) return this.#receiveLate(key, response, flow)
    if (client.branch !== branch || client.method !== response.cseq.method) return 'stray'
    if (client.user.isUac === true && response.vias.length > 1) return 'stray'
    if (!cameFromHop(client.hop, flow)) {
      this.#user.onSuspicious('response-from-another-source', flow, response)
      return 'stray'
    }
    const isDelivered = this.#step(client, eventOf(response.status), response, flow)
    if (client.state === 'completed' && !client.isInvite) this.#remember(client)
    return isDelivered ? 'delivered' : 'absorbed'
  }

  /**
   * The user has passed its 2xx on and ended: what is still to come goes to `onFurtherAnswer`.
   * @param asker the flow that the INVITE came by
   */
  finish(client: ClientTransaction, asker: Flow, asksForSource: boolean): void {
    if (this.#accepted === undefined || client.state !== 'accepted') return
    this.#accepted.add(client.key, { flow: asker, hop: client.hop, text: '', asksForSource })
    this.#end(client)
  }

  /** Those that are over and remembered. */
  get finished(): number {
    return (this.#accepted?.size ?? 0) + (this.#answered?.size ?? 0)
  }

  #remember(client: ClientTransaction): void {
    const { hop, key } = client
    if (this.#answered === undefined || client.isReliable || hop.flow === undefined) return
    this.#answered.add(key, { flow: hop.flow, hop, text: '', asksForSource: false })
    this.#end(client)
  }

  /** A response to a transaction that is over: once more the same, or a further 2xx of a forked INVITE. */
  #receiveLate(key: TransactionKey, response: SipResponse, flow: Flow): 'delivered' | 'absorbed' | 'stray' {
    const memory = response.cseq.method === 'INVITE' ? this.#accepted : this.#answered
    const over = memory?.find(key)
    if (over?.hop === undefined) return 'stray'
    if (!cameFromHop(over.hop, flow)) {
      this.#user.onSuspicious('response-from-another-source', flow, response)
      return 'stray'
    }
    const isAnswer = response.status >= 200 && response.status < 300
    if (memory !== this.#accepted || !isAnswer) return 'absorbed'
    this.#user.onFurtherAnswer(over, response, flow)
    return 'delivered'
  }

  cancel(client: ClientTransaction, reason: string | undefined): void {
    if (client.wantsCancel) return
    client.wantsCancel = true
    client.cancelReason = reason
    this.#step(client, 'cancel', undefined, undefined)
  }

  /** Through the queue, so that no user hears of a failure before it holds the transaction. */
  transportFailed(client: ClientTransaction): void {
    this.#env.deadlines.set(this.#env.nowMs(), 0, client, 'transport error')
  }

  step(client: ClientTransaction, event: TimerName | 'transport error'): void {
    this.#step(client, event, undefined, undefined)
  }

  close(): void {
    this.#accepted?.clear()
    this.#answered?.clear()
    for (const client of this.#transactions.values()) this.#end(client)
  }

  /** @returns whether the response went to the user */
  #step(
    client: ClientTransaction,
    event: ClientEvent,
    response: SipResponse | undefined,
    flow: Flow | undefined,
  ): boolean {
    const cell = client.program.cells[client.state]?.[event]
    if (cell === undefined) return false
    client.state = cell.next
    if (cell.next === 'terminated') this.#end(client)
    return this.#performAll(client, cell, response, flow)
  }

  /** @returns whether the response went to the user */
  #performAll(
    client: ClientTransaction,
    { steps }: Steps<ClientState, ClientAction>,
    response: SipResponse | undefined,
    flow: Flow | undefined,
  ): boolean {
    let isPassedUp = false
    for (const { action, starts, stops } of steps) {
      if (starts !== undefined) {
        if (startTimer(this.#env, client, starts)) this.step(client, starts)
      } else if (stops !== undefined) stopTimer(this.#env, client, stops)
      else {
        isPassedUp ||= action === 'pass up'
        this.#perform(client, action, response, flow)
      }
    }
    return isPassedUp
  }

  #perform(
    client: ClientTransaction,
    word: ClientAction,
    response: SipResponse | undefined,
    flow: Flow | undefined,
  ): void {
    switch (word) {
      case 'send request':
        this.#env.sendRequest(client.text, client.hop, client)
        return
      case 'send ACK':
        this.#sendAck(client, response)
        return
      case 'send CANCEL if wanted':
        this.#sendCancel(client)
        return
      case 'pass up':
        if (client.state !== 'proceeding') client.text = ''
        if (response !== undefined && flow !== undefined) client.user.onResponse(client, response, flow)
        // From here on it absorbs: the user, and the request that it holds, need not live as long.
        if (client.state === 'completed' && client.user.isUac !== true) client.user = doneUser
        return
      case 'report timeout':
        client.user.onTimeout(client)
        return
      case 'report transport error':
        client.user.onTransportError(client)
        return
      case 'start E at T2':
        startTimerEAtT2(this.#env, client)
        return
    }
  }

  #sendAck(client: ClientTransaction, response: SipResponse | undefined): void {
    if (client.ack === undefined && response !== undefined) {
      const built = buildAck(client.text, response)
      if (built.ok) client.ack = built.value
    }
    if (client.ack !== undefined) this.#env.sendRequest(client.ack, client.hop, client)
  }

  #sendCancel(client: ClientTransaction): void {
    if (!client.wantsCancel || client.isCancelSent) return
    client.isCancelSent = true
    startTimer(this.#env, client, 'timer cancel')
    const text = buildCancel(client.text, client.cancelReason)
    if (!text.ok) return
    this.create({
      text: text.value,
      method: 'CANCEL',
      branch: client.branch,
      hop: client.hop,
      user: cancelUser,
    })
  }

  #end(client: ClientTransaction): void {
    client.state = 'terminated'
    stopTimers(this.#env, client)
    if (!this.#transactions.remove(client)) return
    if (client.isInvite) this.#counts.inviteClient -= 1
    else this.#counts.nonInviteClient -= 1
  }
}

function eventOf(status: number): '1xx' | '2xx' | '300-699' {
  if (status < 200) return '1xx'
  return status < 300 ? '2xx' : '300-699'
}

/**
 * Whether a response comes from where the request went: same transport and same IP address. The port may differ,
 * since some elements answer from another one; over streams the other side may have opened a new connection
 * (RFC 3261 §18.2.2).
 */
function cameFromHop(hop: Hop, flow: Flow): boolean {
  if (hop.flow === flow) return true
  if (hop.transport !== flow.transport) return false
  return hop.ip === flow.remote.ip || canonicalIp(hop.ip) === canonicalIp(flow.remote.ip)
}
