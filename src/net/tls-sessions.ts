import { createHash, createHmac, randomBytes } from 'node:crypto'
import { Secret } from '../base/secret.ts'
import type { TlsOptions } from './tls-options.ts'

/** How long a session may be resumed, in seconds: a night, so that a certificate is looked at once a day. */
export const SESSION_SECONDS = 12 * 3600
/** RFC 9325 §3.4 wants the keys of tickets changed at least once a week. */
const KEY_PERIOD_MS = 24 * 3600 * 1000
/** 16 bytes of name, 16 of HMAC key, 16 of AES key. */
const TICKET_KEY_BYTES = 48
/** OpenSSL takes no more. */
const CONTEXT_CHARACTERS = 32

/** What the sessions of one listener are sealed with. */
export interface SessionOptions {
  readonly ticketKeys: Buffer
  /** A session of another context is not taken. */
  readonly sessionIdContext: string
  /** In seconds. */
  readonly sessionTimeout: number
}

const ownSecret = new Secret(randomBytes(32).toString('hex'))

/**
 * Sessions live in tickets that the clients keep (RFC 5077, RFC 8446 §4.6.1), so that a resumption costs no memory
 * and works at every process that shares the secret, and after a restart.
 *
 * The key of the tickets is made of the secret, of the day, and of everything by which a handshake was judged:
 * authorities, demands on the client, own certificates. What changes any of these makes all tickets void without
 * asking anybody: nobody stays trusted by a session that a full handshake would refuse now.
 *
 * @param wallMs wall clock, in milliseconds
 */
export function sessionOptions(options: TlsOptions, purpose: 'tls' | 'wss', wallMs: number): SessionOptions {
  const ground = createHash('sha256')
    .update(
      JSON.stringify([
        purpose,
        options.minVersion,
        options.clientCertificates,
        options.authoritiesPem,
        options.servedNames,
        options.certificates.map(({ serverNames, certificatePem }) => [serverNames, certificatePem]),
        // The authorities of the system come with the runtime.
        process.version,
      ]),
    )
    .digest('hex')
  const secret = options.ticketSecret ?? ownSecret
  const ticketKeys = createHmac('sha512', secret.reveal())
    .update(`aspis tls tickets ${ticketPeriod(wallMs)} ${ground}`)
    .digest()
    .subarray(0, TICKET_KEY_BYTES)
  return {
    ticketKeys,
    sessionIdContext: ground.slice(0, CONTEXT_CHARACTERS),
    sessionTimeout: SESSION_SECONDS,
  }
}

/** A number that changes when the key does. */
export function ticketPeriod(wallMs: number): number {
  return Math.floor(wallMs / KEY_PERIOD_MS)
}
