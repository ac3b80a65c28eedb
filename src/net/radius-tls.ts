import { isIP } from 'node:net'
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import type { Secret } from '../base/secret.ts'
import type { RadiusLink, RadiusLinkEvents } from './radius-link.ts'

/** RADIUS over TLS: who we are, and who the server must be. */
export interface RadiusTlsOptions {
  readonly host: string
  readonly port: number
  /** Name that the certificate must carry. */
  readonly certificateName: string
  readonly authoritiesPem: readonly string[]
  readonly certificatePem: string
  readonly keyPem: Secret
  /** Octets of the packet that begins with these four; undefined: no packet does. */
  readonly lengthOf: (head: Buffer) => number | undefined
  readonly maxPacketOctets: number
}

/** The head that tells a packet's length. */
const HEAD_OCTETS = 4
const CONNECT_MS = 5000
/** A server that could not be reached is not dialled again before. */
const PAUSE_MS = 1000

/**
 * TLS to one RADIUS server (RFC 6614): each lane is a connection of its own, opened by the first packet and again after
 * it closed. Both sides show a certificate; TLS 1.2 is the least.
 */
export function radiusTls(options: RadiusTlsOptions, events: RadiusLinkEvents): RadiusLink {
  const lanes = new Map<number, Lane>()
  let notBeforeMs = 0
  let isClosed = false
  return {
    send: (number, packet) => {
      if (isClosed) return
      const open = lanes.get(number)
      if (open !== undefined) return open.send(packet)
      if (performance.now() < notBeforeMs) {
        setImmediate(() => {
          if (!isClosed) events.failed(number, 'pausing')
        })
        return
      }
      const lane = new Lane(options, {
        received: bytes => events.received(number, bytes),
        closed: (why, wasOpen) => {
          lanes.delete(number)
          if (!wasOpen) notBeforeMs = performance.now() + PAUSE_MS
          if (!isClosed) events.failed(number, why)
        },
      })
      lanes.set(number, lane)
      lane.send(packet)
    },
    close: () => {
      isClosed = true
      for (const lane of lanes.values()) lane.close()
      lanes.clear()
    },
  }
}

interface LaneEvents {
  received(packet: Buffer): void
  closed(why: string, wasOpen: boolean): void
}

class Lane {
  readonly #socket: TLSSocket
  readonly #options: RadiusTlsOptions
  readonly #events: LaneEvents
  #held: Buffer = Buffer.alloc(0)
  #isOpen = false
  #why = 'closed'

  constructor(options: RadiusTlsOptions, events: LaneEvents) {
    this.#options = options
    this.#events = events
    const { host, port, certificateName, authoritiesPem, certificatePem, keyPem } = options
    this.#socket = connect({
      host,
      port,
      minVersion: 'TLSv1.2',
      ca: [...authoritiesPem],
      cert: certificatePem,
      key: keyPem.reveal(),
      ...(isIP(certificateName) === 0 ? { servername: certificateName } : {}),
      checkServerIdentity: (_host, certificate) => checkServerIdentity(certificateName, certificate),
    })
    this.#socket.setNoDelay(true)
    this.#socket.setKeepAlive(true, 30_000)
    this.#socket.setTimeout(CONNECT_MS, () => this.#fail('timeout'))
    this.#socket.once('secureConnect', () => {
      this.#isOpen = true
      this.#socket.setTimeout(0)
      this.#socket.unref()
    })
    this.#socket.on('data', bytes => this.#read(bytes))
    this.#socket.on('error', error => this.#fail('code' in error ? String(error.code) : error.message))
    this.#socket.once('close', () => events.closed(this.#why, this.#isOpen))
  }

  /** Node keeps what is written before the handshake is over; the client bounds how much there can be. */
  send(packet: Buffer): void {
    this.#socket.write(packet)
  }

  close(): void {
    this.#socket.destroy()
  }

  #fail(why: string): void {
    this.#why = why
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    let held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    while (held.length >= HEAD_OCTETS) {
      const length = this.#options.lengthOf(held)
      if (length === undefined || length > this.#options.maxPacketOctets) return this.#fail('length-wrong')
      if (held.length < length) break
      this.#events.received(held.subarray(0, length))
      if (this.#socket.destroyed) return
      held = held.subarray(length)
    }
    this.#held = Buffer.from(held)
  }
}
