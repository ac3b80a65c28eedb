import type { Address, Flow, TransportName } from '../base/flow.ts'
import type { BrokenStream } from '../base/framer.ts'
import type { DatagramGate } from './datagram-gate.ts'

/** What the transports tell; every function is called from the event loop's own turn, never from `send`. */
export interface TransportCallbacks {
  /**
   * Asked before anything else is done for a datagram or a new connection: a banned source costs no more.
   * @param ip the source, IPv6 without brackets
   */
  admits?(ip: string, transport: TransportName): boolean
  /** False while `admits` would let everybody in, so that nobody has to ask; left out: it is asked. */
  isAsking?(): boolean
  /** Decides about datagrams while more come than can be read. */
  readonly gate?: DatagramGate | undefined
  /** One message, latin-1 text; a datagram as it came, a frame of a stream, or a WebSocket message. */
  onMessage(text: string, flow: Flow): void
  /** The messages of this turn are handed over: time to send what was gathered. */
  onBatchEnd?(): void
  /** A STUN datagram on the SIP port; what is returned goes back (OUT-09). */
  onStun?(bytes: Buffer, flow: Flow): Buffer | undefined
  /** A stream that cannot be read any further; what is returned is sent before it closes (MSG-04). */
  onBroken?(broken: BrokenStream, flow: Flow): string | undefined
  /** A connection that peers may use now, accepted or opened by us. */
  onOpened?(flow: Flow): void
  /** Once for each opened connection: all bindings on it are invalid (OUT-08). */
  onClosed?(flow: Flow, reason: CloseReason | (string & {})): void
  /** A connection that never became a flow. */
  onRefused?(refused: RefusedConnection): void
  /** A datagram could not be sent, as far as the system tells (RFC 3261 §18.4). */
  onUnreachable?(remote: Address, local: Address, code: string): void
  /** A listener's own trouble, as no file descriptors left. */
  onListenerError?(transport: TransportName, local: Address, error: Error): void
}

/** Why a connection closed; `Flow.close(why)` adds the caller's own. One a line, sorted. */
export type CloseReason =
  /** The framer's reason follows after the colon. */
  | `broken:${string}`
  /** No message and no keep-alive for too long (DOS-06). */
  | 'idle'
  /** Accepted, but no message came. */
  | 'no-first-message'
  | 'peer-closed'
  /** The peer's host does not answer TCP keep-alives. */
  | 'peer-gone'
  | 'peer-reset'
  /** No pong for a WebSocket ping. */
  | 'pong-missing'
  | 'receive-buffers-full'
  | 'send-buffer-full'
  | 'send-buffers-full'
  | 'shutdown'
  /** The first byte of a message came, its last one did not (DOS-06). */
  | 'slow-message'
  /** What we sent is not taken (DOS-06). */
  | 'slow-reader'
  /** TLS found a fault in the records. */
  | 'tls-error'
  /** RFC 6455: frames that break the rules, or a message over the bound. */
  | 'websocket-error'

/** A connection that never became a flow. */
export interface RefusedConnection {
  readonly transport: TransportName
  readonly remote: Address
  readonly local: Address
  readonly reason: RefusalReason
  /** The library's code of the error, when there is one. */
  readonly detail?: string
}

/** Why a connection never became a flow. One a line, sorted. */
export type RefusalReason =
  | 'banned'
  | 'handshake-failed'
  | 'handshake-timeout'
  | 'no-client-certificate'
  /** A newer handshake took its place. */
  | 'too-many-handshakes'
  | 'too-many-connections'
  | 'too-many-from-source'
  | 'unknown-server-name'
  | 'websocket-not-an-upgrade'
  | 'websocket-origin'
  | 'websocket-subprotocol'
  | 'websocket-unauthorized'

/** Why something could not be sent. One a line, sorted. */
export type SendFailureName =
  /** The certificate speaks for other domains (RFC 5922 §7.3). */
  | 'certificate-name'
  | 'connection-failed'
  | 'connection-refused'
  | 'connection-timeout'
  | 'flow-closed'
  | 'message-too-large'
  | 'no-listener'
  | 'shutdown'
  | 'tls-failed'
  | 'too-many-connections'
  /** More messages wait for this connection than its bound. */
  | 'too-many-waiting'
  /** WebSocket connections are opened by clients only; TLS needs its options. */
  | 'transport-unsupported'
  | 'unreachable'

/** Counts as 503 at a proxy (RFC 3261 §16.9). */
export interface SendFailure {
  readonly failure: SendFailureName
  /** The system's or library's code, for logs. */
  readonly detail: string
}
