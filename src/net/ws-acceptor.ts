import { createServer, type IncomingHttpHeaders, type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Address } from '../base/flow.ts'
import type { Arrival } from './arrival.ts'
import type { RefusalReason } from './callbacks.ts'
import type { Streams } from './streams.ts'
import { WsFlow } from './ws-flow.ts'

/** Which WebSocket handshakes are taken. */
export interface WebSocketOptions {
  /** Origins of web pages that may open a connection, as `https://phone.example`; undefined: any. */
  readonly allowedOrigins?: readonly string[]
  /** Judges the HTTP request (RFC 7118 §7); undefined takes it. */
  readonly authorize?: (request: WebSocketRequest) => WebSocketRefusal | undefined
}

/** The HTTP request of a WebSocket handshake. */
export interface WebSocketRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly remote: Address
  readonly isSecure: boolean
}

/** How a WebSocket handshake is refused. */
export interface WebSocketRefusal {
  readonly status: 401 | 403
  /** Value of WWW-Authenticate, for 401. */
  readonly challenge?: string
}

const SUBPROTOCOL = 'sip'
const MAX_HTTP_HEADER_BYTES = 8 * 1024

interface Waiting {
  readonly arrival: Arrival
  readonly peerIdentities: readonly string[]
}

/** The server side of the WebSocket handshake; only SIP is spoken here (RFC 7118 §4). */
export class WsAcceptor {
  readonly #http = createServer({ maxHeaderSize: MAX_HTTP_HEADER_BYTES, keepAlive: false })
  readonly #webSockets: WebSocketServer
  readonly #options: WebSocketOptions
  readonly #streams: Streams
  readonly #waiting = new WeakMap<Duplex, Waiting>()

  constructor(options: WebSocketOptions, streams: Streams) {
    this.#options = options
    this.#streams = streams
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: streams.limits.maxMessageBytes,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    })
    this.#webSockets.on('wsClientError', (_error, socket) => {
      this.#refuse(socket, 'websocket-not-an-upgrade', 400)
    })
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#http.on('request', request => this.#refuse(request.socket, 'websocket-not-an-upgrade', 426))
    this.#http.on('clientError', (_error, socket) => {
      this.#waiting.get(socket)?.arrival.refuse('websocket-not-an-upgrade')
      socket.destroy()
    })
  }

  /** Begins the handshake on a TCP or TLS connection. */
  take(socket: Socket, arrival: Arrival, peerIdentities: readonly string[]): void {
    arrival.endsWithin(this.#streams.limits.firstMessageMs)
    this.#waiting.set(socket, { arrival, peerIdentities })
    this.#http.emit('connection', socket)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const waiting = this.#waiting.get(socket)
    if (waiting === undefined || waiting.arrival.isSettled) {
      socket.destroy()
      return
    }
    const { arrival } = waiting
    const { origin } = request.headers
    const { allowedOrigins } = this.#options
    // Only browsers send an Origin, and only they can be made to by a foreign page (RFC 6455 §10.2).
    if (origin !== undefined && allowedOrigins !== undefined && !allowedOrigins.includes(origin)) {
      this.#refuse(socket, 'websocket-origin', 403)
      return
    }
    if (!offersSip(request.headers['sec-websocket-protocol'])) {
      this.#refuse(socket, 'websocket-subprotocol', 400)
      return
    }
    const refusal = this.#options.authorize?.({
      path: request.url ?? '/',
      headers: request.headers,
      remote: arrival.remote,
      isSecure: arrival.transport === 'wss',
    })
    if (refusal !== undefined) {
      this.#refuse(socket, 'websocket-unauthorized', refusal.status, refusal.challenge)
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, webSocket => {
      arrival.settle()
      const { transport, local, remote, openedMs } = arrival
      const facts = {
        transport,
        local,
        remote,
        openedMs,
        isOutbound: false,
        peerIdentities: waiting.peerIdentities,
      }
      this.#streams.opened(new WsFlow(webSocket, request.socket, facts, this.#streams))
    })
  }

  #refuse(socket: Duplex, reason: RefusalReason, status: number, challenge?: string): void {
    const rows = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      'Content-Length: 0',
      ...(status === 426 ? ['Upgrade: websocket', `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`] : []),
      ...(challenge === undefined ? [] : [`WWW-Authenticate: ${challenge}`]),
    ]
    socket.end(`${rows.join('\r\n')}\r\n\r\n`)
    this.#waiting.get(socket)?.arrival.refuse(reason, undefined, true)
  }
}

function offersSip(protocols: string | undefined): boolean {
  return protocols?.split(',').some(protocol => protocol.trim() === SUBPROTOCOL) ?? false
}
