import type { Deadlines } from '../../base/deadlines.ts'
import type { Flow, Hop } from '../../base/flow.ts'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import type { ClientTransaction } from './client-transaction.ts'
import type { FinishedTransaction } from './finished.ts'
import type { ServerTransaction } from './server-transaction.ts'
import type { Timers } from './timers.ts'

/** What the transaction layer stands on: time, chance and the transport. */
export interface TransactionEnvironment {
  /** Milliseconds of a monotonic clock, the one that `deadlines` runs by. */
  nowMs(): number
  readonly deadlines: Deadlines
  /** Cryptographic random octets, for tags. */
  random(bytes: number): Buffer
  readonly timers: Timers
  /**
   * Sends a response by the flow that its request came from, or by what replaces it (RFC 3261 §18.2.2).
   * @param asksForSource whether the request's top Via asked for its source port (RFC 3581 §3)
   * @returns false when that failed at once
   */
  sendResponse(text: string, flow: Flow, asksForSource: boolean): boolean
  /** Sends a request; a failure is told to `TransactionLayer.transportFailed`, now or later. */
  sendRequest(text: string, hop: Hop, transaction: ClientTransaction): void
  /** Whom a flow counts for: an IPv4 address, an IPv6 network. Left out: the remote address. */
  sourceOf?(flow: Flow): string
}

/** What looks like a forgery or a flood; detectors judge it. One a line, sorted. */
export type SuspicionName =
  /** A CANCEL that names a transaction of another source (DIG-22). */
  | 'cancel-from-another-source'
  /** The bound on transactions was reached, and one that waited for its peer made room (TXN-21). */
  | 'half-open-dropped'
  /** A response with our branch from where its request was not sent (TXN-21). */
  | 'response-from-another-source'

/** The transaction user of all server transactions: the proxy core or the UAS core. */
export interface TransactionUser {
  /** An INVITE without final response is cancelled; the CANCEL has its 200 already. Once a transaction. */
  onCancel(server: ServerTransaction, cancel: SipRequest, flow: Flow): void
  /** An ACK of a 2xx that came with the branch of its INVITE (RFC 6026 §7.1). */
  onAck(server: ServerTransaction, ack: SipRequest, flow: Flow): void
  /** No ACK came in time (timer H), or a non-INVITE was not answered in time. The transaction is gone. */
  onServerTimeout(server: ServerTransaction): void
  /** A response could not be sent. The transaction stays (TXN-08). */
  onServerTransportError(server: ServerTransaction): void
  /** The transaction made room for another one before its final response; nothing can be answered any more. */
  onServerDropped(server: ServerTransaction): void
  /**
   * @param flow where the evidence came from; its address may be forged over UDP
   * @param message the evidence; of a transaction that had its final response none is left
   */
  onSuspicious(name: SuspicionName, flow: Flow, message: SipMessage | undefined): void
  /**
   * A repeated or further 2xx of an INVITE whose transaction was finished by `TransactionLayer.finish`: a proxy passes
   * it on (RFC 6026 §7.2).
   */
  onFurtherAnswer(over: FinishedTransaction, response: SipResponse, flow: Flow): void
}

/** The transaction user of one client transaction. It gets one final outcome, and further 2xx of forks. */
export interface ClientUser {
  /** We are a UAC, not a proxy: a response with more than one Via is dropped (TRN-08). */
  readonly isUac?: boolean
  onResponse(client: ClientTransaction, response: SipResponse, flow: Flow): void
  /** No response in time (timers B, F), or none after a CANCEL. The transaction is gone. */
  onTimeout(client: ClientTransaction): void
  /** The request could not be sent. The transaction is gone; never called from within `createClient`. */
  onTransportError(client: ClientTransaction): void
}

/** Bounds on transactions (TXN-21). */
export interface TransactionLimits {
  /** Client and server transactions in all. */
  readonly maxTransactions: number
  /** Server transactions of one source that has not proved that it receives. */
  readonly maxTransactionsPerSource: number
  /**
   * Transactions that are over and only wait for retransmissions, of each kind: beyond it the oldest goes. Left out:
   * they stay machines with timers, and count among `maxTransactions`.
   */
  readonly maxFinished?: number
}

/** Transactions alive. */
export interface TransactionCounts {
  inviteClient: number
  nonInviteClient: number
  inviteServer: number
  nonInviteServer: number
}
