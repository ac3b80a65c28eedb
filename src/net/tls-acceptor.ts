import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Arrival } from './arrival.ts'
import { whenGreeted } from './client-hello.ts'
import type { Handshake, Handshakes } from './handshakes.ts'
import type { Streams, Swept } from './streams.ts'
import { type ServerContexts, SIP_PROTOCOL, serverContexts, type TlsOptions } from './tls-options.ts'
import { sessionOptions, ticketPeriod } from './tls-sessions.ts'

/** Fatal alert 112, unrecognized_name (RFC 6066 §3), as a plain record: the server has not answered yet. */
const UNRECOGNIZED_NAME = Buffer.from([0x15, 3, 3, 0, 2, 2, 112])
/** Ours is the shorter one and ends the handshake first. */
const LIBRARY_TIMEOUT_MS = 120_000

interface Waiting {
  readonly raw: Socket
  readonly arrival: Arrival
  readonly handshake: Handshake
  readonly secured: (socket: TLSSocket, peerIdentities: readonly string[]) => void
}

/**
 * The server side of TLS: takes accepted connections and hands them back when the handshake is done. It listens
 * nowhere itself, so that admission, caps and times are the same for all transports.
 */
export class TlsAcceptor implements Swept {
  #server: Server
  readonly #streams: Streams
  readonly #handshakes: Handshakes
  /** By remote address: the library does not say which connection a TLS socket was made of. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #purpose: 'tls' | 'wss'
  #ticketPeriod: number
  #options: TlsOptions
  #contexts: ServerContexts

  /**
   * @param handshakes those under way over all listeners
   * @param purpose `wss` asks for no certificate: a browser would ask its user which one to show
   */
  constructor(options: TlsOptions, purpose: 'tls' | 'wss', streams: Streams, handshakes: Handshakes) {
    this.#options = options
    this.#purpose = purpose
    this.#streams = streams
    this.#handshakes = handshakes
    this.#ticketPeriod = ticketPeriod(wallMsOf(options))
    this.#contexts = this.#makeContexts(options)
    this.#server = this.#makeServer()
    streams.swept.add(this)
  }

  /** Takes a connection whose client is to greet; `secured` is called when its handshake succeeds. */
  take(raw: Socket, arrival: Arrival, secured: Waiting['secured']): void {
    const handshake = this.#handshakes.add(arrival)
    arrival.endsWithin(this.#streams.limits.handshakeMs)
    const key = keyOf(raw)
    this.#waiting.set(key, { raw, arrival, handshake, secured })
    raw.once('close', () => {
      this.#handshakes.end(handshake)
      if (this.#waiting.get(key)?.raw === raw) this.#waiting.delete(key)
    })
    whenGreeted(raw, () => {
      this.#handshakes.greeted(handshake, () => {
        if (!raw.destroyed) this.#server.emit('connection', raw)
      })
    })
  }

  /** The keys of tickets change with the day. */
  sweep(): void {
    const period = ticketPeriod(wallMsOf(this.#options))
    if (period === this.#ticketPeriod) return
    this.#ticketPeriod = period
    this.#server.setTicketKeys(this.#sessions(this.#options).ticketKeys)
  }

  /**
   * New connections get the new certificates; open ones stay.
   * @throws AspisError when the material cannot be used; then the old one stays
   */
  reload(options: TlsOptions): void {
    const contexts = this.#makeContexts(options)
    const isAskingSame = options.clientCertificates === this.#options.clientCertificates
    this.#contexts = contexts
    this.#options = options
    if (isAskingSame) this.#server.setSecureContext(contexts.options)
    else this.#server = this.#makeServer()
  }

  /** Whether it asks for a certificate is settled when a server is made; handshakes under way end where they began. */
  #makeServer(): Server {
    const server = createServer({
      ...this.#contexts.options,
      // Clients may offer none; one that speaks another protocol only is refused.
      ALPNProtocols: [this.#purpose === 'tls' ? SIP_PROTOCOL : 'http/1.1'],
      handshakeTimeout: LIBRARY_TIMEOUT_MS,
      requestCert: this.#purpose === 'tls' && this.#options.clientCertificates !== 'none',
      // A trunk's certificate is judged here and by policy, a phone has none.
      rejectUnauthorized: false,
      SNICallback: this.#chooseContext,
    })
    server.on('secureConnection', socket => this.#secured(socket))
    server.on('tlsClientError', (error, socket) => {
      const detail = 'code' in error && typeof error.code === 'string' ? error.code : error.message
      this.#waiting.get(keyOf(socket))?.arrival.refuse('handshake-failed', detail)
    })
    return server
  }

  #makeContexts(options: TlsOptions): ServerContexts {
    return serverContexts(options, this.#sessions(options))
  }

  #sessions(options: TlsOptions) {
    return sessionOptions(options, this.#purpose, wallMsOf(options))
  }

  /** Called by the library with the TLS socket as `this`. */
  readonly #chooseContext = chooserFor((name, socket, done) => {
    const wanted = name.toLowerCase()
    const { byName, served } = this.#contexts
    if (served.size === 0 || served.has(wanted)) {
      done(null, byName.get(wanted))
      return
    }
    const waiting = this.#waiting.get(keyOf(socket))
    waiting?.raw.write(UNRECOGNIZED_NAME)
    waiting?.arrival.refuse('unknown-server-name', wanted.slice(0, 255), true)
    done(new Error('unrecognized_name'))
  })

  #secured(socket: TLSSocket): void {
    const key = keyOf(socket)
    const waiting = this.#waiting.get(key)
    this.#waiting.delete(key)
    if (waiting === undefined || waiting.arrival.isSettled) {
      socket.destroy()
      return
    }
    this.#handshakes.end(waiting.handshake)
    this.#handshakes.completed += 1
    if (socket.isSessionReused()) this.#handshakes.resumed += 1
    // A resumed session counts as authorized without a certificate: no certificate, no identity.
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined
    const isProved = certificate !== undefined && isInTime(certificate, wallMsOf(this.#options))
    if (!isProved && this.#purpose === 'tls' && this.#options.clientCertificates === 'require') {
      waiting.arrival.refuse('no-client-certificate')
      return
    }
    waiting.secured(socket, isProved ? this.#options.identitiesOf(certificate.raw) : [])
  }
}

type Done = (error: Error | null, context?: import('node:tls').SecureContext) => void

/** The library calls the chooser as a method of the TLS socket. */
function chooserFor(
  choose: (name: string, socket: TLSSocket, done: Done) => void,
): (this: TLSSocket, name: string, done: Done) => void {
  return function (name, done) {
    choose(name, this, done)
  }
}

function wallMsOf({ wallMs = Date.now }: TlsOptions): number {
  return wallMs()
}

/** A full handshake looks at this itself, a resumed session would bring a certificate back that has expired. */
function isInTime({ validFromDate, validToDate }: X509Certificate, wallMs: number): boolean {
  return validFromDate.getTime() <= wallMs && wallMs <= validToDate.getTime()
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}
