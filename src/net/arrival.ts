import type { Socket } from 'node:net'
import type { Address, TransportName } from '../base/flow.ts'
import type { RefusalReason } from './callbacks.ts'
import type { Streams, Swept } from './streams.ts'

/** An accepted connection that is no flow yet: TLS or the WebSocket handshake is under way (DOS-06). */
export class Arrival implements Swept {
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  readonly openedMs: number
  readonly #raw: Socket
  readonly #streams: Streams
  #dueMs: number
  #isSettled = false

  constructor(
    raw: Socket,
    transport: TransportName,
    ends: { readonly local: Address; readonly remote: Address },
    streams: Streams,
  ) {
    this.#raw = raw
    this.#streams = streams
    this.transport = transport
    this.local = ends.local
    this.remote = ends.remote
    this.openedMs = streams.nowMs()
    this.#dueMs = this.openedMs + streams.limits.firstMessageMs
    streams.swept.add(this)
    raw.once('close', () => {
      this.refuse('handshake-failed')
      streams.swept.delete(this)
    })
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  /** The stage that comes now must end within this time, counted from accept. */
  endsWithin(ms: number): void {
    this.#dueMs = this.openedMs + ms
  }

  /** It became a flow, which looks after itself. */
  settle(): void {
    this.#isSettled = true
    this.#streams.swept.delete(this)
  }

  /** Ends it at once, unless the peer is to read why: then it gets some time to. */
  refuse(reason: RefusalReason, detail?: string, isAnswered = false): void {
    if (this.#isSettled) return
    this.#isSettled = true
    if (isAnswered) this.#dueMs = this.#streams.nowMs() + this.#streams.limits.lingerMs
    else this.#raw.destroy()
    const { transport, remote, local } = this
    this.#streams.callbacks.onRefused?.({
      transport,
      remote,
      local,
      reason,
      ...(detail === undefined ? {} : { detail }),
    })
  }

  sweep(nowMs: number): void {
    if (nowMs < this.#dueMs) return
    if (this.#isSettled) this.#raw.destroy()
    else this.refuse('handshake-timeout')
  }
}
