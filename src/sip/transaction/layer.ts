import type { Flow } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { ClientSide } from './client-side.ts'
import type { ClientStart, ClientTransaction } from './client-transaction.ts'
import type {
  TransactionCounts,
  TransactionEnvironment,
  TransactionLimits,
  TransactionUser,
} from './environment.ts'
import { TransactionKeys } from './key.ts'
import { type Reception, ServerSide } from './server-side.ts'
import type { ServerTransaction } from './server-transaction.ts'

/**
 * The transaction layer (RFC 3261 §17 with RFC 6026 and RFC 4320).
 *
 * Messages given to it are checked (`checkMessage`). It ends retransmissions, ACKs of non-2xx and CANCELs here;
 * it retransmits, times out, and keeps what is alive within its bounds. What the tables of the four machines say
 * is performed by the client side and the server side; this class is their common front.
 */
export class TransactionLayer {
  readonly #clients: ClientSide
  readonly #servers: ServerSide
  readonly #limits: TransactionLimits
  readonly #counts: TransactionCounts = {
    inviteClient: 0,
    nonInviteClient: 0,
    inviteServer: 0,
    nonInviteServer: 0,
  }

  constructor(env: TransactionEnvironment, user: TransactionUser, limits: TransactionLimits = LIMITS) {
    this.#limits = limits
    const keys = new TransactionKeys(env.random(16))
    this.#clients = new ClientSide(env, user, this.#counts, keys, limits.maxFinished)
    this.#servers = new ServerSide(env, user, this.#counts, keys, limits)
  }

  /** Transactions alive, and sources that have one. */
  get counts(): Readonly<TransactionCounts> & { readonly sources: number } {
    return { ...this.#counts, sources: this.#servers.sources }
  }

  /** Transactions that are over and only remembered. */
  get finished(): number {
    return this.#clients.finished + this.#servers.finished
  }

  /**
   * Matches a request (TXN-14, TXN-20).
   * @returns `absorbed`: it ended here; `new`: the caller answers it statelessly or calls `createServer`;
   * `stray-ack`: an ACK of a 2xx, or of nothing; `stray-cancel`: to be answered with 481
   */
  receiveRequest(request: SipRequest, flow: Flow): Reception {
    return this.#servers.receive(request, flow)
  }

  /**
   * Makes the server transaction of a new request; from now on its retransmissions are absorbed, however long
   * the decision takes.
   * @returns `exists` when a retransmission was faster: there is nothing to do for this copy; `full` when the
   * bound is reached and nothing half-open is left to drop (TXN-21)
   */
  createServer(request: SipRequest, flow: Flow): ServerTransaction | 'exists' | 'full' {
    return this.#servers.create(request, flow, this.#isFull())
  }

  /**
   * Sends a response. Provisional ones to a non-INVITE and late ones are not sent (TXN-11, TXN-12); a 408 to a
   * non-INVITE ends its transaction without a word.
   * @returns whether the state of the transaction takes such a response
   */
  respond(server: ServerTransaction, text: string, status: number): boolean {
    return this.#servers.respond(server, text, status)
  }

  /** To tag for our own responses to that request; the 200 of its CANCEL bears the same (RFC 3261 §9.2). */
  toTag(server: ServerTransaction): string {
    return this.#servers.toTag(server)
  }

  /**
   * Says that a UAS core answers this request itself, not a proxy (TXN-18).
   * @returns `merged` when another copy of it is being answered: 482
   */
  claim(server: ServerTransaction, request: SipRequest): 'claimed' | 'merged' {
    return this.#servers.claim(server, request)
  }

  /** Matches a response (TXN-13); what is `stray` goes nowhere (TXN-15). */
  receiveResponse(response: SipResponse, flow: Flow): 'delivered' | 'absorbed' | 'stray' {
    return this.#clients.receive(response, flow)
  }

  /**
   * Sends a request in a new client transaction.
   * @returns undefined when the bound is reached and nothing half-open is left to drop (TXN-21)
   */
  createClient(start: ClientStart): ClientTransaction | undefined {
    if (this.#isFull() && !this.#servers.dropOldest()) return undefined
    return this.#clients.create(start)
  }

  /**
   * Cancels an INVITE: at once after a provisional response, otherwise when one comes (TXN-17).
   * @param reason value of a Reason field (RFC 3326)
   */
  cancel(client: ClientTransaction, reason?: string): void {
    this.#clients.cancel(client, reason)
  }

  /**
   * Its user passed a 2xx on and has ended: the transaction leaves, and what is still to come goes to
   * `onFurtherAnswer`, so that nothing else of the call has to live for half a minute more.
   */
  finish(client: ClientTransaction, server: ServerTransaction): void {
    this.#clients.finish(client, server.flow, server.asksForSource)
  }

  /** The transport could not send what this transaction gave it (RFC 3261 §17.1.4). */
  transportFailed(client: ClientTransaction): void {
    this.#clients.transportFailed(client)
  }

  /** Forgets every transaction; nobody is told. */
  close(): void {
    this.#clients.close()
    this.#servers.close()
  }

  #isFull(): boolean {
    const { inviteClient, nonInviteClient, inviteServer, nonInviteServer } = this.#counts
    return inviteClient + nonInviteClient + inviteServer + nonInviteServer >= this.#limits.maxTransactions
  }
}
