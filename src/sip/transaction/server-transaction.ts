import type { Deadline } from '../../base/deadlines.ts'
import type { Flow } from '../../base/flow.ts'
import type { SipRequest } from '../message/message.ts'
import type { Source } from './half-open.ts'
import { inviteServer } from './invite-server.ts'
import type { TransactionKey } from './key.ts'
import { nonInviteServer } from './non-invite-server.ts'
import { type Program, programOf } from './program.ts'
import type { ServerAction, ServerEvent, ServerState, TimerName } from './table.ts'
import type { Timed } from './timers.ts'

type ServerProgram = Program<ServerState, ServerEvent, ServerAction>

const INVITE: ServerProgram = programOf(inviteServer)
const NON_INVITE: ServerProgram = programOf(nonInviteServer)

/** Who performs what the table says. */
export interface ServerPerformer {
  step(server: ServerTransaction, event: TimerName): void
}

/** The claim of a UAS core that a request is its own, found by what all copies of it share. */
export interface Merge {
  readonly key: TransactionKey
  readonly server: ServerTransaction
}

/** Whom a proxied request belongs to. */
export interface ServerUser {
  /** Upstream gave up. @param reason value of the Reason field of its CANCEL (RFC 3326) */
  onCancel(reason?: string): void
}

/** One server transaction (RFC 3261 §17.2). Its fields belong to the layer; users read. */
export class ServerTransaction implements Timed {
  readonly key: TransactionKey
  readonly flow: Flow
  readonly method: string
  readonly isInvite: boolean
  readonly isReliable: boolean
  /** The top Via of the request has `rport`. */
  readonly asksForSource: boolean
  readonly program: ServerProgram
  readonly source: Source
  state: ServerState
  /** The request, until the final response: afterwards only the response is kept. */
  request: SipRequest | undefined
  /** The last response sent; what a retransmission of the request is answered with. */
  response: string | undefined
  /** Tag of our own responses, once asked for. */
  toTag: string | undefined
  /** Who works on it, from when the proxy took it until its branches ended. */
  user: ServerUser | undefined
  /** It has become a row of what is remembered; the user may still pass on further 2xx by it. */
  isFinished = false
  /** A CANCEL was told to the user. */
  isCancelled = false
  /** Set when the UAS core claimed it, for merged requests. */
  merge: Merge | undefined
  /** Timers G and 100. */
  repeat: Deadline | undefined
  /** The timer that ends the state. */
  lifetime: Deadline | undefined
  intervalMs = 0
  /** Neighbours in the two lists of what may be dropped. */
  isHalfOpen = false
  olderOfAll: ServerTransaction | undefined
  newerOfAll: ServerTransaction | undefined
  olderOfSource: ServerTransaction | undefined
  newerOfSource: ServerTransaction | undefined
  readonly #performer: ServerPerformer

  constructor(
    key: TransactionKey,
    request: SipRequest,
    flow: Flow,
    source: Source,
    performer: ServerPerformer,
  ) {
    this.key = key
    this.flow = flow
    this.method = request.method
    this.isInvite = request.method === 'INVITE'
    this.isReliable = flow.isReliable
    const via = request.topViaResult
    this.asksForSource = via.ok && via.value.rport !== undefined
    this.program = this.isInvite ? INVITE : NON_INVITE
    this.source = source
    this.state = this.program.start.next
    this.request = request
    this.#performer = performer
  }

  /** Called by the deadline queue. */
  due(name: TimerName): void {
    this.#performer.step(this, name)
  }
}
