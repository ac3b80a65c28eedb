import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Arrival } from './arrival.ts'
import type { Streams } from './streams.ts'
import { type ServerContexts, SIP_PROTOCOL, serverContexts, type TlsOptions } from './tls-options.ts'

/** Fatal alert 112, unrecognized_name (RFC 6066 §3), as a plain record: the server has not answered yet. */
const UNRECOGNIZED_NAME = Buffer.from([0x15, 3, 3, 0, 2, 2, 112])
/** Ours is the shorter one and ends the handshake first. */
const LIBRARY_TIMEOUT_MS = 120_000

interface Waiting {
  readonly raw: Socket
  readonly arrival: Arrival
  readonly secured: (socket: TLSSocket, peerIdentities: readonly string[]) => void
}

/**
 * The server side of TLS: takes accepted connections and hands them back when the handshake is done. It listens
 * nowhere itself, so that admission, caps and times are the same for all transports.
 */
export class TlsAcceptor {
  #server: Server
  readonly #streams: Streams
  readonly #handshakes: Set<Arrival>
  /** By remote address: the library does not say which connection a TLS socket was made of. */
  readonly #waiting = new Map<string, Waiting>()
  readonly #asksCertificate: boolean
  #options: TlsOptions
  #contexts: ServerContexts

  /**
   * @param handshakes those under way over all listeners, oldest first
   * @param purpose `wss` asks for no certificate: a browser would ask its user which one to show
   */
  constructor(options: TlsOptions, purpose: 'tls' | 'wss', streams: Streams, handshakes: Set<Arrival>) {
    this.#options = options
    this.#asksCertificate = purpose === 'tls'
    this.#streams = streams
    this.#handshakes = handshakes
    this.#contexts = serverContexts(options)
    this.#server = this.#makeServer()
  }

  /** Begins a handshake; `secured` is called when it succeeds. */
  take(raw: Socket, arrival: Arrival, secured: Waiting['secured']): void {
    this.#makeRoom()
    arrival.endsWithin(this.#streams.limits.handshakeMs)
    const key = keyOf(raw)
    this.#waiting.set(key, { raw, arrival, secured })
    this.#handshakes.add(arrival)
    raw.once('close', () => {
      this.#handshakes.delete(arrival)
      if (this.#waiting.get(key)?.raw === raw) this.#waiting.delete(key)
    })
    this.#server.emit('connection', raw)
  }

  /**
   * New connections get the new certificates; open ones stay.
   * @throws AspisError when the material cannot be used; then the old one stays
   */
  reload(options: TlsOptions): void {
    const contexts = serverContexts(options)
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
      ALPNProtocols: [this.#asksCertificate ? SIP_PROTOCOL : 'http/1.1'],
      handshakeTimeout: LIBRARY_TIMEOUT_MS,
      requestCert: this.#asksCertificate && this.#options.clientCertificates !== 'none',
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

  /** The oldest half-open handshake makes room, as in a SYN backlog: an honest one takes no time. */
  #makeRoom(): void {
    for (const oldest of this.#handshakes) {
      if (this.#handshakes.size < this.#streams.limits.maxTlsHandshakes) return
      this.#handshakes.delete(oldest)
      oldest.refuse('too-many-handshakes')
    }
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
    this.#handshakes.delete(waiting.arrival)
    const der = socket.authorized ? socket.getPeerX509Certificate()?.raw : undefined
    if (der === undefined && this.#asksCertificate && this.#options.clientCertificates === 'require') {
      waiting.arrival.refuse('no-client-certificate')
      return
    }
    // A resumed session counts as authorized without a certificate: no certificate, no identity.
    waiting.secured(socket, der === undefined ? [] : this.#options.identitiesOf(der))
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

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}
