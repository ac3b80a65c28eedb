import type { Socket } from 'node:net'
import type { Framer } from '../base/framer.ts'
import { readFrom } from './socket-reading.ts'
import { type ConnectionFacts, StreamFlow } from './stream-flow.ts'
import type { Streams } from './streams.ts'

/** A TCP or TLS connection: a byte stream that a framer cuts into messages. */
export class SocketFlow extends StreamFlow {
  readonly #socket: Socket
  readonly #framer: Framer
  #gathered = ''

  constructor(socket: Socket, facts: ConnectionFacts, streams: Streams) {
    super(facts, streams)
    this.#socket = socket
    this.#framer = streams.makeFramer()
    this.watch(socket)
  }

  override begin(): void {
    if (this.isOpen) readFrom(this.#socket, this.#read)
  }

  protected override gather(text: string): void {
    this.#gathered += text
  }

  protected override write(): void {
    const text = this.#gathered
    this.#gathered = ''
    this.#socket.write(text, 'latin1', this.#written)
  }

  protected override gatheredBytes(): number {
    return this.#gathered.length
  }

  protected override unsentBytes(): number {
    return this.#socket.writableLength
  }

  protected override finish(): void {
    this.countHeld(0)
    this.#socket.end()
  }

  protected override destroy(): void {
    this.#socket.destroy()
  }

  protected override pendingSinceMs(): number | undefined {
    return this.#framer.pendingSinceMs
  }

  readonly #written = (): void => this.countBacklog()

  readonly #read = (bytes: Buffer, length: number): void => {
    // What comes after our close is thrown away unread, so that the peer's FIN is seen.
    if (!this.isOpen) return
    const nowMs = this.streams.nowMs()
    const { messages, keepAlives, broken } = this.#framer.feed(bytes, nowMs, length)
    this.countHeld(this.#framer.heldBytes)
    if (messages.length > 0 || keepAlives > 0) this.active(nowMs)
    if (keepAlives > 0) this.send('\r\n'.repeat(keepAlives))
    for (const message of messages) {
      if (!this.isOpen) return
      this.received(message)
    }
    if (broken !== undefined && this.isOpen) {
      const answer = this.streams.callbacks.onBroken?.(broken, this)
      if (answer !== undefined) this.send(answer)
      this.close(`broken:${broken.error}`)
    }
    if (messages.length > 0) this.streams.callbacks.onBatchEnd?.()
  }
}
