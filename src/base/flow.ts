/** The transports that carry SIP here (RFC 3261 §18, RFC 7118). */
export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

/** An IP address (IPv6 without brackets, lower case) and a port. */
export interface Address {
  readonly ip: string
  readonly port: number
}

/**
 * Where messages come from and go back to (RFC 5626 §3): for streams one connection; for UDP one pair of
 * local and remote address and port. Two messages of the same flow carry the same object.
 */
export interface Flow {
  /** Unique in this process. */
  readonly id: number
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  /** TCP, TLS, WS, WSS: no retransmission (RFC 3261 §17). */
  readonly isReliable: boolean
  /** TLS or WSS. */
  readonly isSecure: boolean
  /** False once the connection closed; always true for UDP. */
  readonly isOpen: boolean
  /**
   * SIP identities (RFC 5922 §7.1, lower-case domains) of the certificate that the peer proved to hold, when
   * mutual TLS verified its chain; empty otherwise.
   */
  readonly peerIdentities: readonly string[]
  /**
   * Sends one message, latin-1 text (one character a byte).
   * @returns false when the flow is closed or its send buffer is over its bound
   */
  send(text: string): boolean
  /** Closes a connection; does nothing on UDP. */
  close(why: string): void
  /** UDP: the source proved that it receives (it echoed a nonce). Streams: always true. */
  isProved: boolean
  /** What the detection knows the remote address by: kept here to be found without a look-up, and read by nobody else. */
  seenAs?: unknown
}

/** The next place that a message is sent to: an open flow, or an address to reach. */
export interface Hop {
  readonly transport: TransportName
  readonly ip: string
  readonly port: number
  /** The domain that a TLS certificate must name: as it stood before any DNS look-up (RFC 5922 §7.3). */
  readonly host: string
  /** When set, the message goes by this flow and by no other. */
  readonly flow?: Flow
}

/** A dotted or bracketed `ip:port`, for keys, logs and Via. */
export function printAddress(address: Address): string {
  return `${bracketed(address.ip)}:${address.port}`
}

/** An IPv6 literal in brackets, anything else as it is (RFC 3261 §25.1 `IPv6reference`). */
export function bracketed(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}
