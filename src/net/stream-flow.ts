import type { Socket } from 'node:net'
import type { Address, TransportName } from '../base/flow.ts'
import type { CloseReason } from './callbacks.ts'
import { nextFlowId } from './flow-id.ts'
import type { Streams, SupervisedFlow } from './streams.ts'

/** What a connection is, once TCP and TLS are done. */
export interface ConnectionFacts {
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  readonly isOutbound: boolean
  /** When it was accepted or opened. */
  readonly openedMs: number
  readonly peerIdentities: readonly string[]
}

/** What is gathered for one connection; more goes out before the turn ends. A TLS record carries as much. */
const MAX_GATHERED_BYTES = 16 * 1024

/**
 * What all connections have in common: bounds on memory and on time, and one close with one reason.
 * What goes over the wire, and how, is the subclass's.
 *
 * What a turn of the event loop sends by one connection is gathered and written once, at the end of the turn: a
 * write costs 4 µs, and under load four messages share one.
 */
export abstract class StreamFlow implements SupervisedFlow {
  readonly id = nextFlowId()
  readonly isReliable = true
  isProved = true
  seenAs: unknown = undefined
  keepUntilMs = 0
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  readonly isSecure: boolean
  readonly peerIdentities: readonly string[]
  protected readonly streams: Streams
  readonly #openedMs: number
  #activeMs: number
  #progressMs: number
  #isFirstMessageDue: boolean
  #isOpen = true
  #isGone = false
  #lingerUntilMs = 0
  #isGathering = false
  /** Bytes gathered, and those that the socket has not handed over. */
  #backlog = 0
  /** Those that the socket had not handed over when it was last looked at. */
  #unsent = 0
  #held = 0

  constructor(facts: ConnectionFacts, streams: Streams) {
    this.transport = facts.transport
    this.local = facts.local
    this.remote = facts.remote
    this.isSecure = facts.transport === 'tls' || facts.transport === 'wss'
    this.peerIdentities = facts.peerIdentities
    this.streams = streams
    this.#openedMs = facts.openedMs
    this.#activeMs = streams.nowMs()
    this.#progressMs = this.#activeMs
    this.#isFirstMessageDue = !facts.isOutbound
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get sendBacklogBytes(): number {
    return this.#backlog
  }

  get heldBytes(): number {
    return this.#held
  }

  send(text: string): boolean {
    if (!this.#isOpen) return false
    if (this.#backlog > 0 && this.#backlog + text.length > MAX_GATHERED_BYTES) {
      this.flush()
      // One message always fits: the bound is on peers who do not read, not on bodies.
      if (this.#backlog > 0 && this.#backlog + text.length > this.streams.limits.maxSendBufferBytes) {
        this.abort('send-buffer-full')
        return false
      }
    }
    if (!this.#isGathering) {
      this.#isGathering = true
      this.streams.gathers(this)
    }
    this.gather(text)
    this.#count(this.#backlog + text.length, this.#held)
    if (this.#backlog > MAX_GATHERED_BYTES) this.flush()
    return this.#isOpen
  }

  abstract begin(): void

  /** Hands what was gathered to the socket. */
  flush(): void {
    if (!this.#isGathering || this.#isGone) return
    this.#isGathering = false
    if (this.#unsent === 0) this.#progressMs = this.streams.nowMs()
    this.write()
    this.countBacklog()
  }

  close(why: string): void {
    if (!this.#isOpen) return
    this.#lingerUntilMs = this.streams.nowMs() + this.streams.limits.lingerMs
    this.flush()
    this.finish(why)
    this.#ended(why)
  }

  abort(reason: CloseReason): void {
    this.#isGathering = false
    this.destroy()
    this.#ended(reason)
    this.#count(0, 0)
  }

  sweep(nowMs: number): void {
    const { limits } = this.streams
    if (!this.#isOpen) {
      if (nowMs >= this.#lingerUntilMs) this.destroy()
      return
    }
    const pendingSinceMs = this.pendingSinceMs(nowMs)
    if (pendingSinceMs !== undefined && nowMs - pendingSinceMs >= limits.messageMs) this.abort('slow-message')
    else if (this.#isFirstMessageDue && nowMs - this.#openedMs >= limits.firstMessageMs)
      this.abort('no-first-message')
    else if (this.#unsent > 0 && nowMs - this.#progressMs >= limits.slowReaderMs) this.abort('slow-reader')
    else if (nowMs - this.#activeMs >= limits.idleMs && nowMs >= this.keepUntilMs) this.close('idle')
  }

  /** Takes one message for the next `write`. */
  protected abstract gather(text: string): void
  /** Writes what was gathered to the socket. */
  protected abstract write(): void
  /** Bytes gathered that were not written yet. */
  protected abstract gatheredBytes(): number
  /** Bytes written that the socket has not handed over yet. */
  protected abstract unsentBytes(): number
  /** Says goodbye as the protocol does, after what was written. */
  protected abstract finish(why: string): void
  protected abstract destroy(): void
  /** When the first byte of a message came that is not complete. */
  protected abstract pendingSinceMs(nowMs: number): number | undefined

  /** A message is complete. */
  protected received(text: string): void {
    this.#isFirstMessageDue = false
    this.streams.callbacks.onMessage(text, this)
  }

  /** The peer showed that it lives. */
  protected active(nowMs: number): void {
    this.#activeMs = nowMs
  }

  /** Looks again at what waits; called after each write and when the socket took one. */
  protected countBacklog(): void {
    const unsent = this.#isGone ? 0 : this.unsentBytes()
    if (unsent < this.#unsent) this.#progressMs = this.streams.nowMs()
    this.#unsent = unsent
    this.#count(this.#isGone ? 0 : unsent + this.gatheredBytes(), this.#held)
  }

  protected countHeld(bytes: number): void {
    if (bytes !== this.#held) this.#count(this.#backlog, this.#isOpen ? bytes : 0)
  }

  /** Takes the events of the socket that mean the end. */
  protected watch(socket: Socket): void {
    // Before the library's own listener, which ends our side too: who asks and says goodbye gets the answers.
    socket.prependListener('end', () => this.flush())
    socket.on('end', () => this.#ended('peer-closed'))
    socket.on('error', error => this.#ended(reasonOf(error)))
    socket.on('close', () => {
      this.#ended('peer-closed')
      this.#isGone = true
      this.#count(0, 0)
      this.streams.gone(this)
    })
  }

  #ended(reason: string): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (this.#lingerUntilMs === 0) this.#lingerUntilMs = this.streams.nowMs() + this.streams.limits.lingerMs
    this.streams.closed(this, reason)
  }

  #count(backlog: number, held: number): void {
    const moreBacklog = backlog - this.#backlog
    const moreHeld = held - this.#held
    this.#backlog = backlog
    this.#held = held
    if (moreBacklog !== 0) this.streams.countSendBacklog(moreBacklog)
    if (moreHeld !== 0) this.streams.countHeld(moreHeld)
  }
}

function reasonOf(error: Error): CloseReason {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ETIMEDOUT') return 'peer-gone'
  return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') ? 'tls-error' : 'peer-reset'
}

/** A socket's two ends; undefined when the peer was faster than we. */
export function endsOf(socket: Socket): { readonly local: Address; readonly remote: Address } | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket
  if (localAddress === undefined || localPort === undefined) return undefined
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  return {
    local: { ip: localAddress, port: localPort },
    remote: { ip: remoteAddress, port: remotePort },
  }
}
