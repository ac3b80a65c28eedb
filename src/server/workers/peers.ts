import type { Address, Flow } from '../../base/flow.ts'
import type { TransportCallbacks } from '../../net/callbacks.ts'
import type { Transports } from '../../net/transports.ts'
import type { Companions } from '../core/companions.ts'
import type { Core } from '../core/core.ts'
import type { FlowTable } from '../core/flows.ts'
import type { Counter, Counters, Metrics } from '../metrics.ts'
import { type FrameReader, KIND } from './frame.ts'
import type { Link, LinkUser } from './link.ts'
import { workerOfBranch, workerOfResponse, workerOfTokenMark } from './mark.ts'
import { type FlowFacts, RemoteFlow } from './remote-flow.ts'

/** What the edge of this process lends to its peers. */
export interface PeersGround {
  readonly core: () => Core | undefined
  readonly transports: () => Transports | undefined
  readonly flows: FlowTable
}

/** Octets of a handed message beside its text. */
const HEAD_BYTES = 64
/** A dialog token has its mark behind two characters of version and key each. */
const TOKEN_MARK_AT = 4

/**
 * The other workers of this server, as this one uses them: it hands over a response whose branch another one made,
 * sends by connections that another one holds, and tells what it holds itself.
 *
 * What was handed over goes to the core and never on to somebody else, so that no message bounces.
 */
export class Peers implements Companions {
  readonly #worker: number
  readonly #node: number
  readonly #links: (Peer | undefined)[] = []
  readonly #own = new Map<number, Flow>()
  readonly #handed: Counters
  readonly #lost: Counter
  #primary: Link | undefined
  #ground: PeersGround | undefined

  constructor(worker: number, node: number, metrics: Metrics) {
    this.#worker = worker
    this.#node = node
    this.#handed = metrics.counters(
      'aspis_handed_over_total',
      'Messages that went to another worker, by kind',
      'kind',
      ['response', 'request'],
    )
    this.#lost = metrics.counter(
      'aspis_handed_over_lost_total',
      'Messages for another worker that it did not take, or that came for a connection that is gone',
    )
  }

  /** Of whom connections are told first: when this process dies it drops the bindings that they carried. */
  set primary(link: Link) {
    this.#primary = link
  }

  use(ground: PeersGround): void {
    this.#ground = ground
  }

  /** Puts itself between the transports and the core. */
  routed(callbacks: TransportCallbacks): TransportCallbacks {
    return {
      ...callbacks,
      onMessage: (text, flow) => {
        const worker = workerOfResponse(text, this.#node)
        if (worker === undefined || !this.#handOver(worker, text, flow)) callbacks.onMessage(text, flow)
      },
      onOpened: flow => {
        this.#own.set(flow.id, flow)
        this.#tell(link => tellOpened(link, flow))
        callbacks.onOpened?.(flow)
      },
      onClosed: (flow, reason) => {
        this.#own.delete(flow.id)
        this.#tell(link => tellClosed(link, flow.id))
        callbacks.onClosed?.(flow, reason)
      },
    }
  }

  /** A worker is there; it hears of every connection that this one holds. */
  joined(worker: number, link: Link): LinkUser {
    const peer = new Peer(worker, link)
    this.#links[worker] = peer
    for (const flow of this.#own.values()) tellOpened(link, flow)
    return {
      onFrame: (kind, frame) => this.#receive(peer, kind, frame),
      onClosed: () => this.#left(peer),
    }
  }

  handOver(branch: string, text: string, flow: Flow): boolean {
    const worker = workerOfBranch(branch, this.#node)
    return worker !== undefined && this.#handOver(worker, text, flow)
  }

  callEnded(token: string): void {
    const mark = token.slice(TOKEN_MARK_AT, TOKEN_MARK_AT + 2)
    const link = this.#links[workerOfTokenMark(mark, this.#node) ?? -1]?.link
    const frame = link?.begin(KIND.callEnded, token.length)
    frame?.latin1(token)
    if (frame !== undefined) link?.end()
  }

  #handOver(worker: number, text: string, flow: Flow): boolean {
    if (worker === this.#worker) return false
    const link = this.#links[worker]?.link
    if (link === undefined) return false
    const isDatagram = flow.transport === 'udp'
    const frame = link.begin(isDatagram ? KIND.datagram : KIND.streamed, text.length + HEAD_BYTES)
    if (frame === undefined) {
      this.#lost.add()
      return true
    }
    if (isDatagram) {
      frame.u8(this.#listenerOf(flow.local))
      frame.u16(flow.remote.port)
      frame.short(flow.remote.ip)
    } else frame.f64(flow.id)
    frame.latin1(text)
    link.end()
    this.#handed.add('response')
    return true
  }

  #receive(peer: Peer, kind: number, frame: FrameReader): void {
    switch (kind) {
      case KIND.datagram:
        return this.#receiveDatagram(frame)
      case KIND.streamed:
        return this.#deliver(peer.flows.get(frame.f64()), frame)
      case KIND.send:
        if (this.#own.get(frame.f64())?.send(frame.restLatin1()) !== true) this.#lost.add()
        return
      case KIND.flowOpened: {
        const facts: FlowFacts = JSON.parse(frame.restUtf8())
        const flow = new RemoteFlow(facts, (id, text) => this.#sendBy(peer, id, text))
        peer.flows.set(facts.id, flow)
        this.#ground?.flows.opened(flow)
        return
      }
      case KIND.flowClosed:
        return this.#closed(peer, frame.f64())
      case KIND.callEnded:
        this.#ground?.core()?.calls.ended(frame.restLatin1())
        return
    }
  }

  #receiveDatagram(frame: FrameReader): void {
    const transports = this.#ground?.transports()
    const listener = transports?.listeners[frame.u8()]
    const port = frame.u16()
    const ip = frame.short()
    this.#deliver(transports?.datagramFlow({ ip, port }, listener?.address), frame)
  }

  #deliver(flow: Flow | undefined, frame: FrameReader): void {
    if (flow === undefined) this.#lost.add()
    else this.#ground?.core()?.receive(frame.restLatin1(), flow)
  }

  #sendBy({ link }: Peer, id: number, text: string): boolean {
    const frame = link.begin(KIND.send, text.length + HEAD_BYTES)
    if (frame === undefined) {
      this.#lost.add()
      return false
    }
    frame.f64(id)
    frame.latin1(text)
    link.end()
    this.#handed.add('request')
    return true
  }

  #listenerOf(local: Address): number {
    const listeners = this.#ground?.transports()?.listeners ?? []
    return listeners.findIndex(
      ({ transport, address }) =>
        transport === 'udp' && address.port === local.port && address.ip === local.ip,
    )
  }

  #closed(peer: Peer, id: number): void {
    const flow = peer.flows.get(id)
    if (flow === undefined) return
    peer.flows.delete(id)
    flow.isOpen = false
    this.#ground?.flows.closed(flow)
  }

  #left(peer: Peer): void {
    if (this.#links[peer.worker] === peer) this.#links[peer.worker] = undefined
    for (const id of [...peer.flows.keys()]) this.#closed(peer, id)
  }

  #tell(tell: (link: Link) => void): void {
    if (this.#primary !== undefined) tell(this.#primary)
    for (const peer of this.#links) if (peer !== undefined) tell(peer.link)
  }
}

/** Another worker, and the connections that it told of. */
class Peer {
  readonly worker: number
  readonly link: Link
  readonly flows = new Map<number, RemoteFlow>()

  constructor(worker: number, link: Link) {
    this.worker = worker
    this.link = link
  }
}

function tellOpened(link: Link, { id, transport, local, remote, peerIdentities }: Flow): void {
  const facts: FlowFacts = { id, transport, local, remote, peerIdentities }
  const text = JSON.stringify(facts)
  const frame = link.begin(KIND.flowOpened, 3 * text.length)
  frame?.utf8(text)
  if (frame !== undefined) link.end()
}

function tellClosed(link: Link, id: number): void {
  const frame = link.begin(KIND.flowClosed, 8)
  frame?.f64(id)
  if (frame !== undefined) link.end()
}
