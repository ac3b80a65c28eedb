import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { type ConnectionFacts, StreamFlow } from './stream-flow.ts'
import type { Streams } from './streams.ts'

const PING = '\r\n\r\n'
const PONG = '\r\n'
const GOING_AWAY = 1001
const POLICY_VIOLATION = 1008

/** A WebSocket connection: each WebSocket message is one SIP message (RFC 7118 §5). */
export class WsFlow extends StreamFlow {
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  /** What the socket had read when the last frame was complete; more than that is a frame under way. */
  #bytesReadBefore = 0
  #pendingSinceMs: number | undefined
  #pingedMs: number
  #isPongDue = false
  #isCorked = false

  constructor(webSocket: WebSocket, socket: Socket, facts: ConnectionFacts, streams: Streams) {
    super(facts, streams)
    this.#webSocket = webSocket
    this.#socket = socket
    this.#pingedMs = streams.nowMs()
    this.#bytesReadBefore = socket.bytesRead
    this.watch(socket)
    webSocket.on('message', bytes => {
      if (Buffer.isBuffer(bytes)) this.#read(bytes.toString('latin1'))
    })
    webSocket.on('ping', () => {
      this.#heard()
      this.active(streams.nowMs())
      // The answer went out by itself: a peer that pings and does not read must not fill our memory.
      this.countBacklog()
      if (this.sendBacklogBytes > streams.limits.maxSendBufferBytes) this.abort('send-buffer-full')
    })
    webSocket.on('pong', () => this.#heard())
    // The library has sent the close frame with the right code by now.
    webSocket.on('error', () => this.close('websocket-error'))
  }

  /** The library reads. */
  override begin(): void {}

  override sweep(nowMs: number): void {
    this.countHeld(this.#socket.bytesRead - this.#bytesReadBefore)
    super.sweep(nowMs)
    if (!this.isOpen || nowMs - this.#pingedMs < this.streams.limits.pingMs) return
    if (this.#isPongDue) {
      this.abort('pong-missing')
      return
    }
    this.#pingedMs = nowMs
    this.#isPongDue = true
    this.#webSocket.ping()
    this.countBacklog()
  }

  protected override gather(text: string): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) {
      this.close('peer-closed')
      return
    }
    if (!this.#isCorked) this.#socket.cork()
    this.#isCorked = true
    const bytes = Buffer.from(text, 'latin1')
    // A text frame must be UTF-8 (RFC 6455 §5.6); what is not goes as binary (RFC 7118 §5).
    this.#webSocket.send(bytes, { binary: !isUtf8(bytes) }, this.#written)
  }

  protected override write(): void {
    if (this.#isCorked) this.#socket.uncork()
    this.#isCorked = false
  }

  /** The frames are in the socket already, which is corked. */
  protected override gatheredBytes(): number {
    return 0
  }

  protected override unsentBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  protected override finish(why: string): void {
    this.#webSocket.close(why === 'shutdown' ? GOING_AWAY : POLICY_VIOLATION, why.slice(0, 100))
  }

  protected override destroy(): void {
    this.#webSocket.terminate()
  }

  protected override pendingSinceMs(nowMs: number): number | undefined {
    if (this.#socket.bytesRead === this.#bytesReadBefore) return undefined
    this.#pendingSinceMs ??= nowMs
    return this.#pendingSinceMs
  }

  readonly #written = (): void => this.countBacklog()

  #heard(): void {
    this.#isPongDue = false
    this.#bytesReadBefore = this.#socket.bytesRead
    this.#pendingSinceMs = undefined
    this.countHeld(0)
  }

  #read(text: string): void {
    this.#heard()
    if (!this.isOpen) return
    this.active(this.streams.nowMs())
    if (text === PING) this.send(PONG)
    if (text === PING || text === PONG) return
    this.received(text)
    this.streams.callbacks.onBatchEnd?.()
  }
}
