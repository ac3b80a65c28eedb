import type { Flow, Hop } from '../base/flow.ts'
import { failed, ok, type Result } from '../base/result.ts'
import type { SendFailure, SendFailureName } from './callbacks.ts'
import { type Dialled, type Dialling, dial } from './dial.ts'
import { SocketFlow } from './socket-flow.ts'
import { endsOf } from './stream-flow.ts'
import type { Streams, Swept } from './streams.ts'
import type { TlsOptions } from './tls-options.ts'

/** The flow that a message went by, or why it did not. */
export type Sent = Result<Flow, SendFailure>

export interface ConnectionsOptions {
  readonly streams: Streams
  readonly tls: () => TlsOptions | undefined
  /** The address to leave from for a destination, when listeners are bound to one. */
  readonly localIpFor: (hop: Hop) => string | undefined
}

/**
 * The streams that lead somewhere: opened by us, or by a peer who asked for reuse (RFC 5923).
 *
 * A TLS connection is found by the domain that was asked for, as well as by its address: two domains at one
 * address never share a connection, whatever certificate the other end showed.
 */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #open = new Map<string, Flow>()
  readonly #opening = new Map<string, Opening>()
  readonly #keys = new Map<Flow, Set<string>>()
  #isClosed = false

  constructor(options: ConnectionsOptions) {
    this.#options = options
    options.streams.forget = flow => this.#forget(flow)
  }

  /** The open connection to a hop, or a new one; attempts for the same hop are one. */
  connect(hop: Hop): Promise<Sent> {
    const open = this.#openTo(hop)
    return open === undefined ? this.#openingTo(hop, 0) : Promise.resolve(ok(open))
  }

  /** Sends by the open connection at once, or by a new one when it is open; messages keep their order. */
  send(hop: Hop, text: string): Sent | Promise<Sent> {
    const open = this.#openTo(hop)
    if (open !== undefined) return sendBy(open, text)
    return this.#openingTo(hop, text.length).then(opened => (opened.ok ? sendBy(opened.value, text) : opened))
  }

  /**
   * Lets requests for the peer's own domains go back by a connection that it opened (RFC 5923 §8.2, §9.3).
   * @param port the sent-by port of the Via with `alias`, or the transport's default
   * @returns false when the peer did not prove a domain by mutual TLS: then the alias is ignored
   */
  alias(flow: Flow, port: number): boolean {
    if (flow.transport !== 'tls' || !flow.isOpen || flow.peerIdentities.length === 0) return false
    // One port a connection: the keys of a flow are as bounded as its certificate.
    if ((this.#keys.get(flow)?.size ?? 0) > 0) return false
    for (const host of flow.peerIdentities) {
      const key = keyOf({ transport: flow.transport, ip: flow.remote.ip, port, host })
      if (!this.#open.has(key)) this.#remember(key, flow)
    }
    return true
  }

  close(): void {
    this.#isClosed = true
    for (const opening of this.#opening.values()) opening.fail('shutdown')
  }

  #openTo(hop: Hop): Flow | undefined {
    const flow = this.#open.get(keyOf(hop))
    return flow?.isOpen ? flow : undefined
  }

  #openingTo(hop: Hop, bytes: number): Promise<Sent> {
    if (this.#isClosed) return refusal('shutdown')
    const key = keyOf(hop)
    const { streams, tls } = this.#options
    const under = this.#opening.get(key)
    if (under !== undefined) return under.wait(bytes) ?? refusal('too-many-waiting')
    if (hop.transport !== 'tcp' && (hop.transport !== 'tls' || tls() === undefined)) {
      return refusal('transport-unsupported')
    }
    if (streams.budget.take(hop.ip) !== undefined) return refusal('too-many-connections')
    const opening = new Opening(hop, this.#options, result => {
      this.#opening.delete(key)
      if (!result.ok) streams.budget.release(hop.ip)
      return result.ok ? this.#opened(hop, key, result.value) : result
    })
    this.#opening.set(key, opening)
    return opening.wait(bytes) ?? refusal('too-many-waiting')
  }

  #opened(hop: Hop, key: string, { socket, peerIdentities }: Dialled): Sent {
    const { streams } = this.#options
    const release = (): void => streams.budget.release(hop.ip)
    const ends = endsOf(socket)
    if (ends === undefined || socket.destroyed) {
      release()
      return failed({ failure: 'connection-failed', detail: 'closed' })
    }
    socket.once('close', release)
    const facts = {
      transport: hop.transport,
      ...ends,
      openedMs: streams.nowMs(),
      isOutbound: true,
      peerIdentities,
    }
    const flow = new SocketFlow(socket, facts, streams)
    this.#remember(key, flow)
    streams.opened(flow)
    return ok(flow)
  }

  #remember(key: string, flow: Flow): void {
    this.#open.set(key, flow)
    const keys = this.#keys.get(flow)
    if (keys === undefined) this.#keys.set(flow, new Set([key]))
    else keys.add(key)
  }

  #forget(flow: Flow): void {
    for (const key of this.#keys.get(flow) ?? []) if (this.#open.get(key) === flow) this.#open.delete(key)
    this.#keys.delete(flow)
  }
}

/** One attempt, and those who wait for it. */
class Opening implements Swept {
  readonly #streams: Streams
  readonly #dueMs: number
  readonly #dialling: Dialling
  readonly #outcome: Promise<Sent>
  readonly #finish: (result: Result<Dialled, SendFailure>) => Sent
  #resolve: (sent: Sent) => void = () => {}
  #waiting = 0
  #waitingBytes = 0

  constructor(
    hop: Hop,
    { streams, tls, localIpFor }: ConnectionsOptions,
    finish: (result: Result<Dialled, SendFailure>) => Sent,
  ) {
    this.#streams = streams
    this.#finish = finish
    this.#dueMs = streams.nowMs() + streams.limits.connectMs
    this.#outcome = new Promise(resolve => {
      this.#resolve = resolve
    })
    streams.swept.add(this)
    this.#dialling = dial(hop, localIpFor(hop), tls(), result => this.#end(result))
  }

  /** Undefined when too many wait already. */
  wait(bytes: number): Promise<Sent> | undefined {
    const { maxWaitingPerConnection, maxSendBufferBytes } = this.#streams.limits
    const isFull =
      this.#waiting >= maxWaitingPerConnection ||
      (this.#waitingBytes > 0 && this.#waitingBytes + bytes > maxSendBufferBytes)
    if (isFull) return undefined
    this.#waiting += 1
    this.#waitingBytes += bytes
    return this.#outcome
  }

  sweep(nowMs: number): void {
    if (nowMs >= this.#dueMs) this.fail('connection-timeout')
  }

  fail(failure: SendFailureName): void {
    this.#dialling.abort()
    this.#end(failed({ failure, detail: '' }))
  }

  #end(result: Result<Dialled, SendFailure>): void {
    this.#streams.swept.delete(this)
    this.#resolve(this.#finish(result))
  }
}

function sendBy(flow: Flow, text: string): Sent {
  return flow.send(text) ? ok(flow) : failed({ failure: 'flow-closed', detail: '' })
}

function refusal(failure: SendFailureName): Promise<Sent> {
  return Promise.resolve(failed({ failure, detail: '' }))
}

/** TLS connections belong to a domain, TCP connections to an address (RFC 5923 §9.3). */
function keyOf({ transport, ip, port, host }: Hop): string {
  return transport === 'tls' ? `tls ${ip} ${port} ${host.toLowerCase()}` : `${transport} ${ip} ${port}`
}
