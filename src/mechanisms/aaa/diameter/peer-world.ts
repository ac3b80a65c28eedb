import type { DiameterIdentity } from './base-commands.ts'
import type { DiameterMessage } from './decode.ts'
import type { DiameterFault } from './fault.ts'

/** One connection to a peer, as somebody outside holds it. */
export interface DiameterLink {
  /** Our address on it. */
  readonly localIp: string
  /** @returns false when too much waits to be sent already */
  send(bytes: Buffer): boolean
  /** Closes it after what was sent; `Peer.closed` need not be called for it any more. */
  close(): void
}

/** What a peer is told by the operator. */
export interface PeerSettings {
  /** Origin-Host that it must have, lower case. */
  readonly host: string
  /** Twinit of RFC 3539, ms; at least 6000. */
  readonly watchdogMs: number
  /** How long connecting, a CEA and a DPA may take, ms. */
  readonly handshakeMs: number
  /** Longest pause between two attempts to connect, ms; the first is a second. */
  readonly maxRetryMs: number
}

/** Why a peer is not used, or what it did. One a line, sorted; logs and metrics know it by these. */
export type PeerNews =
  /** The peer closed the connection, or it broke. */
  | 'closed'
  /** The connection was not opened in time, or refused. */
  | 'connect-failed'
  /** The peer said goodbye. */
  | 'disconnect-requested'
  /** Nothing came in time after CER or DPR. */
  | 'handshake-timeout'
  /** Its requests go elsewhere. */
  | 'failover'
  /** CEA or CER of another host than the one configured. */
  | 'identity-wrong'
  /** It speaks no application that we need (5010). */
  | 'no-common-application'
  /** It is used. */
  | 'open'
  /** CEA with another result than success, or something else in its place. */
  | 'refused'
  /** It does not read what we send. */
  | 'send-queue-full'
  /** Two watchdogs in a row were not answered. */
  | 'watchdog-failed'

/** What a peer asks of those around it. */
export interface PeerWorld {
  readonly identity: DiameterIdentity
  /** Opens a connection; `connected` or `connectFailed` is called later, never from inside. */
  connect(): void
  /** Gives up an attempt that is under way. */
  abandon(): void
  /** A message of an application whose form and grammar are right. */
  received(message: DiameterMessage): void
  /** An answer that cannot be used; whatever waits for it has failed. */
  unusable(hopByHop: number, fault: DiameterFault): void
  /** A message was refused: counted. */
  refused(fault: DiameterFault): void
  /** Requests that wait for this peer are to go elsewhere. */
  failover(): void
  news(what: PeerNews, detail?: string): void
  /** Hop-by-hop identifiers of our own DWR and DPR. */
  nextIds(): { readonly hopByHop: number; readonly endToEnd: number }
  /** 0 ≤ x < 1. */
  chance(): number
}
