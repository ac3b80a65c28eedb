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

/**
 * What all connections have in common: bounds on memory and on time, and one close with one reason.
 * What goes over the wire, and how, is the subclass's.
 */
export abstract class StreamFlow implements SupervisedFlow {
  readonly id = nextFlowId()
  readonly isReliable = true
  isProved = true
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
  #backlog = 0
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
    // One message always fits: the bound is on peers who do not read, not on bodies.
    if (this.#backlog > 0 && this.#backlog + text.length > this.streams.limits.maxSendBufferBytes) {
      this.abort('send-buffer-full')
      return false
    }
    if (this.#backlog === 0) this.#progressMs = this.streams.nowMs()
    this.write(text)
    this.countBacklog()
    return this.#isOpen
  }

  close(why: string): void {
    if (!this.#isOpen) return
    this.#lingerUntilMs = this.streams.nowMs() + this.streams.limits.lingerMs
    this.finish(why)
    this.#ended(why)
  }

  abort(reason: CloseReason): void {
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
    else if (this.#backlog > 0 && nowMs - this.#progressMs >= limits.slowReaderMs) this.abort('slow-reader')
    else if (nowMs - this.#activeMs >= limits.idleMs && nowMs >= this.keepUntilMs) this.close('idle')
  }

  /** Writes one message to the socket. */
  protected abstract write(text: string): void
  /** Bytes that the socket has not handed over yet. */
  protected abstract unsentBytes(): number
  /** Says goodbye as the protocol does, after what was written. */
  protected abstract finish(why: string): void
  protected abstract destroy(): void
  /** When the first byte of a message came that is not complete. */
  protected abstract pendingSinceMs(nowMs: number): number | undefined

  /** A message is complete. */
  protected received(text: string): void {
    this.#isFirstMessageDue = false
    this.active()
    this.streams.callbacks.onMessage(text, this)
  }

  /** The peer showed that it lives. */
  protected active(): void {
    this.#activeMs = this.streams.nowMs()
  }

  /** Looks again at what waits; called after each write and when the socket took one. */
  protected countBacklog(): void {
    const unsent = this.#isGone ? 0 : this.unsentBytes()
    if (unsent < this.#backlog) this.#progressMs = this.streams.nowMs()
    this.#count(unsent, this.#held)
  }

  protected countHeld(bytes: number): void {
    this.#count(this.#backlog, this.#isOpen ? bytes : 0)
  }

  /** Takes the events of the socket that mean the end. */
  protected watch(socket: Socket): void {
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
