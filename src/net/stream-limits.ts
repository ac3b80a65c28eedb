import { LIMITS } from '../base/limits.ts'

/** Bounds of streams; counts in connections or bytes, times in milliseconds, all positive. */
export interface StreamLimits {
  readonly maxConnections: number
  readonly maxConnectionsPerSource: number
  readonly maxTlsHandshakes: number
  /** Those whose key exchange was computed and whose client has not answered. */
  readonly maxTlsHandshakesBegun: number
  readonly maxSendBufferBytes: number
  readonly maxSendBuffersBytes: number
  readonly maxReceiveBuffersBytes: number
  readonly maxWaitingPerConnection: number
  /** Largest WebSocket message. */
  readonly maxMessageBytes: number
  /** From accept to the end of the TLS handshake (DOS-06). */
  readonly handshakeMs: number
  /** From accept to the end of the first message (DOS-06). */
  readonly firstMessageMs: number
  /** From the first byte of a message to its last (DOS-06). */
  readonly messageMs: number
  /** Without message and keep-alive, unless `keepUntil` asked for longer. */
  readonly idleMs: number
  /** Since the peer last took a byte of what waits for it. */
  readonly slowReaderMs: number
  readonly connectMs: number
  /** Between WebSocket pings; browsers cannot send keep-alives by themselves. */
  readonly pingMs: number
  /** From our close to the end of the connection. */
  readonly lingerMs: number
  /** How often all of these times are looked at. */
  readonly sweepMs: number
}

/** Secure defaults; a test or an operator overrides single values. */
export const streamLimits: StreamLimits = {
  ...LIMITS,
  maxMessageBytes: LIMITS.maxStartLineBytes + LIMITS.maxHeadersBytes + LIMITS.maxBodyBytes,
  handshakeMs: 5_000,
  firstMessageMs: 10_000,
  messageMs: 10_000,
  idleMs: 600_000,
  slowReaderMs: 30_000,
  connectMs: 5_000,
  pingMs: 30_000,
  lingerMs: 2_000,
  sweepMs: 500,
}
