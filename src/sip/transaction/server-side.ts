import type { Flow } from '../../base/flow.ts'
import type { SipRequest } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { writeResponse } from '../message/write.ts'
import type {
  TransactionCounts,
  TransactionEnvironment,
  TransactionLimits,
  TransactionUser,
} from './environment.ts'
import type { FinishedTransaction } from './finished.ts'
import { Sources } from './half-open.ts'
import { isRfc2543, type TransactionKey, type TransactionKeys } from './key.ts'
import { KeyedTable } from './keyed-table.ts'
import { TransactionMemory } from './memory.ts'
import type { Steps } from './program.ts'
import { type Merge, ServerTransaction } from './server-transaction.ts'
import type { ServerAction, ServerEvent, ServerState, TimerName } from './table.ts'
import { startTimer, stopTimer, stopTimers } from './timers.ts'

/** What became of a request that was received. */
export type Reception = 'absorbed' | 'new' | 'stray-ack' | 'stray-cancel'

/** A CANCEL does not name the method that it cancels; INVITE is looked for first (RFC 3261 §9.2). */
const CANCELLABLE = [
  'INVITE',
  'BYE',
  'INFO',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
  'UPDATE',
] as const

/** The server transactions: matches requests and performs what the tables say. */
export class ServerSide {
  readonly #env: TransactionEnvironment
  readonly #user: TransactionUser
  readonly #counts: TransactionCounts
  readonly #limits: TransactionLimits
  readonly #keys: TransactionKeys
  readonly #transactions = new KeyedTable<ServerTransaction>()
  readonly #merges = new KeyedTable<Merge>()
  readonly #finished: TransactionMemory | undefined
  /** Those of sources that never proved to receive: a flood of them makes room at its own cost only. */
  readonly #finishedOfStrangers: TransactionMemory | undefined
  readonly #finishedMerges: TransactionMemory | undefined
  readonly #sources = new Sources()
  /** The last request that was new, and its key: `create` mostly comes right after `receive`. */
  #newRequest: SipRequest | undefined
  #newKey: TransactionKey | undefined

  constructor(
    env: TransactionEnvironment,
    user: TransactionUser,
    counts: TransactionCounts,
    keys: TransactionKeys,
    limits: TransactionLimits,
  ) {
    this.#env = env
    this.#user = user
    this.#counts = counts
    this.#keys = keys
    this.#limits = limits
    const { maxFinished } = limits
    if (maxFinished === undefined) return
    this.#finished = new TransactionMemory(env, maxFinished, env.timers.lifetimeMs)
    this.#finishedOfStrangers = new TransactionMemory(env, maxFinished, env.timers.lifetimeMs)
    this.#finishedMerges = new TransactionMemory(env, maxFinished, env.timers.lifetimeMs)
  }

  /** Those that are over and remembered. */
  get finished(): number {
    return (this.#finished?.size ?? 0) + (this.#finishedOfStrangers?.size ?? 0)
  }

  /** Sources that have a transaction now. */
  get sources(): number {
    return this.#sources.size
  }

  receive(request: SipRequest, flow: Flow): Reception {
    if (request.method === 'CANCEL') return this.#receiveCancel(request, flow)
    const isAck = request.method === 'ACK'
    const key = this.#keys.server(request, isAck ? 'INVITE' : request.method)
    const server = this.#transactions.find(key)
    if (server === undefined) {
      if (isAck) return 'stray-ack'
      const over = this.#findFinished(key)
      if (over !== undefined) {
        this.#repeat(over)
        return 'absorbed'
      }
      this.#newRequest = request
      this.#newKey = key
      return 'new'
    }
    if (isAck && isRfc2543(request) && !acknowledges(request, server)) return 'stray-ack'
    this.#step(server, isAck ? 'ACK' : 'request', request, flow)
    return 'absorbed'
  }

  create(request: SipRequest, flow: Flow, isFull: boolean): ServerTransaction | 'exists' | 'full' {
    const known = request === this.#newRequest ? this.#newKey : undefined
    const key = known ?? this.#keys.server(request, request.method)
    this.#newRequest = undefined
    if (this.#transactions.find(key) !== undefined) return 'exists'
    const name = this.#env.sourceOf?.(flow) ?? flow.remote.ip
    if (!this.#makeRoom(name, flow, isFull)) return 'full'
    const server = new ServerTransaction(key, request, flow, this.#sources.enter(name), this)
    this.#transactions.add(server)
    if (server.isInvite) this.#counts.inviteServer += 1
    else this.#counts.nonInviteServer += 1
    if (!flow.isProved) this.#sources.markHalfOpen(server)
    this.#performAll(server, server.program.start, undefined, undefined)
    return server
  }

  respond(server: ServerTransaction, text: string, status: number): boolean {
    if (server.isFinished) return this.#respondFurther(server, text, status)
    const event = eventOf(server, status)
    const cell = server.program.cells[server.state]?.[event]
    if (cell === undefined || cell.steps.length === 0) return false
    server.response = text
    this.#step(server, event, undefined, undefined)
    if (status >= 200) {
      server.request = undefined
      // In `accepted` a repeated INVITE is met with silence (RFC 6026 §7.1): the 200, with its body, can go.
      if (server.state === 'accepted') server.response = undefined
      if (server.state !== 'terminated' && !this.#finish(server)) this.#sources.markHalfOpen(server)
    }
    return true
  }

  /** Keeps of a transaction that is over what a repeated request needs. @returns false when it has to stay */
  #finish(server: ServerTransaction): boolean {
    const isOver = server.state === 'accepted' || (server.state === 'completed' && !server.isInvite)
    const memory = server.flow.isProved ? this.#finished : this.#finishedOfStrangers
    if (memory === undefined || !isOver) return false
    const { key, merge, flow, asksForSource, response = '' } = server
    memory.add(key, { flow, hop: undefined, text: response, asksForSource })
    if (merge !== undefined)
      this.#finishedMerges?.add(merge.key, { flow, hop: undefined, text: '', asksForSource })
    this.#end(server)
    server.response = undefined
    server.isFinished = true
    return true
  }

  #findFinished(key: TransactionKey): FinishedTransaction | undefined {
    return this.#finished?.find(key) ?? this.#finishedOfStrangers?.find(key)
  }

  /** Several 2xx to one INVITE: each begins a dialog, and none needs a state (RFC 6026 §7.1). */
  #respondFurther(server: ServerTransaction, text: string, status: number): boolean {
    if (!server.isInvite || status < 200 || status >= 300) return false
    this.#env.sendResponse(text, server.flow, server.asksForSource)
    return true
  }

  /** Answers a request of a transaction that is over once more; after a 2xx to an INVITE with silence. */
  #repeat({ flow, text, asksForSource }: FinishedTransaction): void {
    if (text !== '') this.#env.sendResponse(text, flow, asksForSource)
  }

  /** The To tag of our own responses to that request, made when first asked for. */
  toTag(server: ServerTransaction): string {
    server.toTag ??= this.#env.random(8).toString('hex')
    return server.toTag
  }

  claim(server: ServerTransaction, request: SipRequest): 'claimed' | 'merged' {
    const key = this.#keys.merge(request)
    if (key === undefined) return 'claimed'
    const other = this.#merges.find(key)
    if (other !== undefined) return other.server === server ? 'claimed' : 'merged'
    if (this.#finishedMerges?.find(key) !== undefined) return 'merged'
    server.merge = { key, server }
    this.#merges.add(server.merge)
    return 'claimed'
  }

  /**
   * Drops the oldest half-open transaction of all.
   * @returns false when there is none
   */
  dropOldest(): boolean {
    return this.#drop(this.#sources.halfOpen.oldest)
  }

  step(server: ServerTransaction, event: TimerName): void {
    this.#step(server, event, undefined, undefined)
  }

  close(): void {
    this.#finished?.clear()
    this.#finishedOfStrangers?.clear()
    this.#finishedMerges?.clear()
    for (const server of this.#transactions.values()) this.#end(server)
  }

  #receiveCancel(cancel: SipRequest, flow: Flow): Reception {
    const server = this.#cancelled(cancel)
    if (server === undefined) return this.#cancelLate(cancel, flow)
    if (!isSameSource(server.flow, flow)) {
      this.#user.onSuspicious('cancel-from-another-source', flow, cancel)
      return 'stray-cancel'
    }
    const text = writeResponse(cancel, 200, { toTag: this.toTag(server) })
    this.#env.sendResponse(text, flow, cancel.topVia.rport !== undefined)
    this.#step(server, 'CANCEL', cancel, flow)
    return 'absorbed'
  }

  /** What is over cannot be cancelled any more, but whoever tries is told that he was heard (RFC 3261 §9.2). */
  #cancelLate(cancel: SipRequest, flow: Flow): Reception {
    if (this.finished === 0) return 'stray-cancel'
    for (const method of CANCELLABLE) {
      const over = this.#findFinished(this.#keys.server(cancel, method))
      if (over === undefined) continue
      if (!isSameSource(over.flow, flow)) {
        this.#user.onSuspicious('cancel-from-another-source', flow, cancel)
        return 'stray-cancel'
      }
      const toTag = this.#env.random(8).toString('hex')
      this.#env.sendResponse(writeResponse(cancel, 200, { toTag }), flow, over.asksForSource)
      return 'absorbed'
    }
    return 'stray-cancel'
  }

  #cancelled(cancel: SipRequest): ServerTransaction | undefined {
    for (const method of CANCELLABLE) {
      const server = this.#transactions.find(this.#keys.server(cancel, method))
      if (server !== undefined) return server
    }
    return undefined
  }

  #makeRoom(name: string, flow: Flow, isFull: boolean): boolean {
    const source = this.#sources.find(name)
    const most = this.#limits.maxTransactionsPerSource
    // Who proved himself may have many that wait for retransmissions only; what is pending costs, whoever asked.
    if (source !== undefined && flow.isProved && source.pending >= most) return false
    if (source !== undefined && !flow.isProved && source.count >= most)
      return this.#drop(source.halfOpen.oldest)
    return isFull ? this.dropOldest() : true
  }

  #drop(server: ServerTransaction | undefined): boolean {
    if (server === undefined) return false
    const { flow, request } = server
    this.#end(server)
    this.#user.onSuspicious('half-open-dropped', flow, request)
    if (request !== undefined) this.#user.onServerDropped(server)
    return true
  }

  #step(
    server: ServerTransaction,
    event: ServerEvent,
    request: SipRequest | undefined,
    flow: Flow | undefined,
  ): void {
    const cell = server.program.cells[server.state]?.[event]
    if (cell === undefined) return
    server.state = cell.next
    if (cell.next === 'terminated') this.#end(server)
    this.#performAll(server, cell, request, flow)
  }

  #performAll(
    server: ServerTransaction,
    { steps }: Steps<ServerState, ServerAction>,
    request: SipRequest | undefined,
    flow: Flow | undefined,
  ): void {
    for (const { action, starts, stops } of steps) {
      if (starts !== undefined) {
        if (startTimer(this.#env, server, starts)) this.step(server, starts)
      } else if (stops !== undefined) stopTimer(this.#env, server, stops)
      else this.#perform(server, action, request, flow)
    }
  }

  #perform(
    server: ServerTransaction,
    word: ServerAction,
    request: SipRequest | undefined,
    flow: Flow | undefined,
  ): void {
    switch (word) {
      case 'send response':
        this.#send(server)
        return
      case 'send 100':
        if (server.request !== undefined) server.response = writeResponse(server.request, 100)
        this.#send(server)
        return
      case 'stay silent':
        server.response = undefined
        return
      case 'pass ACK up':
        if (request !== undefined && flow !== undefined) this.#user.onAck(server, request, flow)
        return
      case 'pass CANCEL up':
        if (server.isCancelled || request === undefined || flow === undefined) return
        server.isCancelled = true
        this.#user.onCancel(server, request, flow)
        return
      case 'report timeout':
        this.#user.onServerTimeout(server)
        return
      case 'report transport error':
        this.#user.onServerTransportError(server)
        return
    }
  }

  #send(server: ServerTransaction): void {
    const { response, flow, asksForSource } = server
    if (response === undefined || this.#env.sendResponse(response, flow, asksForSource)) return
    this.#step(server, 'transport error', undefined, undefined)
  }

  #end(server: ServerTransaction): void {
    server.state = 'terminated'
    stopTimers(this.#env, server)
    if (!this.#transactions.remove(server)) return
    this.#sources.leave(server)
    if (server.merge !== undefined) this.#merges.remove(server.merge)
    if (server.isInvite) this.#counts.inviteServer -= 1
    else this.#counts.nonInviteServer -= 1
  }
}

/** Over a non-INVITE a 408 is never sent (TXN-12); to an INVITE it is a response like any other. */
function eventOf(server: ServerTransaction, status: number): '1xx' | '2xx' | '300-699' | '408' {
  if (status < 200) return '1xx'
  if (status < 300) return '2xx'
  return status === 408 && !server.isInvite ? '408' : '300-699'
}

/** Whether an RFC 2543 ACK is for the final response that this transaction sent (RFC 3261 §17.2.3). */
function acknowledges(ack: SipRequest, server: ServerTransaction): boolean {
  if (server.response === undefined) return false
  const response = parseMessage(server.response, true)
  return response.ok && response.value.toResult.ok && response.value.toResult.value.tag === ack.to.tag
}

/**
 * Whether two flows are one sender (DIG-22): the same flow; over UDP the same address and port; over streams a
 * new connection from the same address only when the old one is gone.
 */
function isSameSource(original: Flow, flow: Flow): boolean {
  if (original === flow) return true
  if (original.transport !== flow.transport || original.remote.ip !== flow.remote.ip) return false
  return original.transport === 'udp' ? original.remote.port === flow.remote.port : !original.isOpen
}
