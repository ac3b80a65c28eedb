import type { Deadline } from '../../base/deadlines.ts'
import type { Hop } from '../../base/flow.ts'
import type { ClientUser } from './environment.ts'
import { inviteClient } from './invite-client.ts'
import type { TransactionKey } from './key.ts'
import { nonInviteClient } from './non-invite-client.ts'
import { type Program, programOf } from './program.ts'
import type { ClientAction, ClientEvent, ClientState, TimerName } from './table.ts'
import type { Timed } from './timers.ts'

type ClientProgram = Program<ClientState, ClientEvent, ClientAction>

const INVITE: ClientProgram = programOf(inviteClient)
const NON_INVITE: ClientProgram = programOf(nonInviteClient)

/** Who performs what the table says. */
export interface ClientPerformer {
  step(client: ClientTransaction, event: TimerName | 'transport error'): void
}

/** What a client transaction begins with. */
export interface ClientStart {
  /** The request as it is sent, latin-1. */
  readonly text: string
  readonly method: string
  /** Branch of its top Via: ours, unique. */
  readonly branch: string
  /** Where it, its retransmissions, its ACK and its CANCEL go (LOC-06). */
  readonly hop: Hop
  readonly user: ClientUser
}

/** One client transaction (RFC 3261 §17.1). Its fields belong to the layer; users read. */
export class ClientTransaction implements Timed {
  readonly key: TransactionKey
  readonly branch: string
  readonly method: string
  readonly hop: Hop
  user: ClientUser
  readonly isInvite: boolean
  readonly isReliable: boolean
  readonly program: ClientProgram
  state: ClientState
  /** The request, until a final response. */
  text: string
  /** What a 300-699 to an INVITE is answered with, each time that it comes. */
  ack: string | undefined
  /** The user wants a CANCEL; it goes when a provisional response came (TXN-17). */
  wantsCancel = false
  isCancelSent = false
  /** Value of the CANCEL's Reason field. */
  cancelReason: string | undefined
  /** Timers A and E. */
  repeat: Deadline | undefined
  /** The timer that ends the state. */
  lifetime: Deadline | undefined
  intervalMs = 0
  readonly #performer: ClientPerformer

  constructor(key: TransactionKey, start: ClientStart, performer: ClientPerformer) {
    this.key = key
    this.branch = start.branch
    this.method = start.method
    this.hop = start.hop
    this.user = start.user
    this.isInvite = start.method === 'INVITE'
    this.isReliable = start.hop.transport !== 'udp'
    this.program = this.isInvite ? INVITE : NON_INVITE
    this.state = this.program.start.next
    this.text = start.text
    this.#performer = performer
  }

  /** Called by the deadline queue. */
  due(name: TimerName | 'transport error'): void {
    this.#performer.step(this, name)
  }
}
