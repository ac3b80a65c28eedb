import { createServer, type Server, type Socket } from 'node:net'
import type { Address, TransportName } from '../base/flow.ts'
import { Arrival } from './arrival.ts'
import { listenError } from './listen-error.ts'
import { SocketFlow } from './socket-flow.ts'
import { endsOf } from './stream-flow.ts'
import type { Streams } from './streams.ts'
import type { TlsAcceptor } from './tls-acceptor.ts'
import type { WsAcceptor } from './ws-acceptor.ts'

/** TCP, TLS, WS or WSS; what an accepted connection goes through before it is a flow. */
export interface StreamListenerOptions {
  readonly transport: Exclude<TransportName, 'udp'>
  readonly address: Address
  readonly streams: Streams
  /** For `tls` and `wss`. */
  readonly tls: TlsAcceptor | undefined
  /** For `ws` and `wss`. */
  readonly webSockets: WsAcceptor | undefined
  readonly reusePort: boolean
}

/** Detects a peer that is gone without a word, in milliseconds of silence. */
export const TCP_KEEP_ALIVE_MS = 120_000
const BACKLOG = 1024

/** One listening socket of a stream transport. */
export class StreamListener {
  readonly transport: TransportName
  readonly #options: StreamListenerOptions
  readonly #server: Server
  #address: Address

  constructor(options: StreamListenerOptions) {
    this.transport = options.transport
    this.#options = options
    this.#address = options.address
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS })
    this.#server.on('connection', raw => this.#accept(raw))
  }

  get address(): Address {
    return this.#address
  }

  start(): Promise<void> {
    const { address, reusePort } = this.#options
    const server = this.#server
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(listenError(error, this.transport, address))
      server.once('error', failed)
      const where = { host: address.ip, port: address.port, backlog: BACKLOG, ipv6Only: true, reusePort }
      server.listen(where, () => {
        server.off('error', failed)
        const { callbacks } = this.#options.streams
        server.on('error', error => callbacks.onListenerError?.(this.transport, this.#address, error))
        const bound = server.address()
        if (bound !== null && typeof bound === 'object')
          this.#address = { ip: bound.address, port: bound.port }
        resolve()
      })
    })
  }

  /** Takes no more connections; resolves at once, open ones go on. */
  stop(): void {
    this.#server.close()
  }

  #accept(raw: Socket): void {
    const { streams, tls, webSockets } = this.#options
    // Nobody else listens before a flow does; the 'close' that follows tells enough.
    raw.on('error', () => {})
    const ends = endsOf(raw)
    if (ends === undefined) {
      raw.destroy()
      return
    }
    const { ip } = ends.remote
    const isAdmitted = streams.callbacks.admits?.(ip, this.transport) !== false
    const reason = isAdmitted ? streams.budget.take(ip) : 'banned'
    if (reason !== undefined) {
      // A reset leaves nothing behind on our side.
      raw.resetAndDestroy()
      streams.callbacks.onRefused?.({ transport: this.transport, ...ends, reason })
      return
    }
    raw.once('close', () => streams.budget.release(ip))
    const arrival = new Arrival(raw, this.transport, ends, streams)
    if (tls === undefined) this.#secured(raw, arrival, [], webSockets)
    else
      tls.take(raw, arrival, (socket, identities) => this.#secured(socket, arrival, identities, webSockets))
  }

  #secured(
    socket: Socket,
    arrival: Arrival,
    peerIdentities: readonly string[],
    webSockets: WsAcceptor | undefined,
  ): void {
    const { streams } = this.#options
    if (webSockets !== undefined) {
      webSockets.take(socket, arrival, peerIdentities)
      return
    }
    arrival.settle()
    const { local, remote, openedMs } = arrival
    const facts = { transport: this.transport, local, remote, openedMs, isOutbound: false, peerIdentities }
    streams.opened(new SocketFlow(socket, facts, streams))
  }
}
