import { type Address, type Flow, printAddress, type TransportName } from '../../src/base/flow.ts'
import type { SimClock } from './sim-clock.ts'
import type { SimRandom } from './sim-random.ts'

/** What the network does to a datagram; streams only suffer the delay. */
export interface Quality {
  /** Probability that a datagram is lost. */
  readonly loss: number
  /** Probability that a datagram arrives twice. */
  readonly duplication: number
  readonly minDelayMs: number
  /** Different delays let datagrams overtake each other. */
  readonly maxDelayMs: number
}

/** No loss, no delay: for exact instants. */
export const PERFECT: Quality = { loss: 0, duplication: 0, minDelayMs: 0, maxDelayMs: 0 }

/** A message that a host gave to the network, lost ones too. */
export interface Sent {
  readonly atMs: number
  readonly from: Address
  readonly to: Address
  readonly text: string
  readonly isLost: boolean
}

/** Receives what arrives at a host. */
export type Receiver = (text: string, flow: Flow) => void

/** Hosts with addresses, and what lies between them. */
export class SimNetwork {
  readonly clock: SimClock
  readonly random: SimRandom
  readonly sent: Sent[] = []
  quality: Quality
  readonly #hosts = new Map<string, SimHost>()
  #flows = 0

  constructor(clock: SimClock, random: SimRandom, quality: Quality = PERFECT) {
    this.clock = clock
    this.random = random
    this.quality = quality
  }

  /** Adds a host. */
  host(ip: string, receiver: Receiver): SimHost {
    const host = new SimHost(this, ip, receiver)
    this.#hosts.set(ip, host)
    return host
  }

  find(ip: string): SimHost | undefined {
    return this.#hosts.get(ip)
  }

  nextFlowId(): number {
    this.#flows += 1
    return this.#flows
  }

  /** A datagram on its way; nobody may live at its address. */
  sendDatagram(flow: SimFlow, text: string): void {
    const isLost = this.random.happens(this.quality.loss)
    this.#note(flow, text, isLost)
    if (isLost) return
    const copies = this.random.happens(this.quality.duplication) ? 2 : 1
    for (let i = 0; i < copies; i++) {
      this.clock.deadlines.set(this.clock.nowMs(), this.delayMs(), () => {
        const host = this.find(flow.remote.ip)
        host?.receive(text, host.udp(flow.remote.port, flow.local))
      })
    }
  }

  /** A frame on a connection: in order, and never lost while it is open. */
  sendFrame(flow: SimFlow, peer: SimFlow, text: string): void {
    this.#note(flow, text, false)
    const nowMs = this.clock.nowMs()
    flow.arrivalMs = Math.max(flow.arrivalMs, nowMs + this.delayMs())
    this.clock.deadlines.set(nowMs, flow.arrivalMs - nowMs, () => {
      if (peer.isOpen) this.find(flow.remote.ip)?.receive(text, peer)
    })
  }

  delayMs(): number {
    return this.random.between(this.quality.minDelayMs, this.quality.maxDelayMs)
  }

  #note(flow: SimFlow, text: string, isLost: boolean): void {
    this.sent.push({ atMs: this.clock.nowMs(), from: flow.local, to: flow.remote, text, isLost })
  }
}

/** A machine with one address. */
export class SimHost {
  readonly ip: string
  readonly receive: Receiver
  readonly #network: SimNetwork
  readonly #udp = new Map<string, SimFlow>()

  constructor(network: SimNetwork, ip: string, receiver: Receiver) {
    this.#network = network
    this.ip = ip
    this.receive = receiver
  }

  /** The one flow between a port of this host and an address. */
  udp(localPort: number, remote: Address): SimFlow {
    const key = `${localPort} ${printAddress(remote)}`
    let flow = this.#udp.get(key)
    if (flow === undefined) {
      flow = new SimFlow(this.#network, 'udp', { ip: this.ip, port: localPort }, remote)
      this.#udp.set(key, flow)
    }
    return flow
  }

  /** Opens a connection; both ends exist at once. */
  connect(transport: Exclude<TransportName, 'udp'>, localPort: number, remote: Address): SimFlow {
    const near = new SimFlow(this.#network, transport, { ip: this.ip, port: localPort }, remote)
    const far = new SimFlow(this.#network, transport, remote, near.local)
    near.join(far)
    far.join(near)
    return near
  }
}

/** One end of a flow. */
export class SimFlow implements Flow {
  readonly id: number
  readonly transport: TransportName
  readonly local: Address
  readonly remote: Address
  readonly isReliable: boolean
  readonly isSecure: boolean
  /** What the certificate of the other end proved. */
  peerIdentities: readonly string[] = []
  isOpen = true
  /** Called once when the connection closes, whoever closed it. */
  onClosed: () => void = () => {}
  isProved: boolean
  /** When the last frame arrives: the next one does not overtake it. */
  arrivalMs = 0
  readonly #network: SimNetwork
  #peer: SimFlow | undefined

  constructor(network: SimNetwork, transport: TransportName, local: Address, remote: Address) {
    this.#network = network
    this.id = network.nextFlowId()
    this.transport = transport
    this.local = local
    this.remote = remote
    this.isReliable = transport !== 'udp'
    this.isSecure = transport === 'tls' || transport === 'wss'
    this.isProved = this.isReliable
  }

  join(peer: SimFlow): void {
    this.#peer = peer
  }

  /** The other end of a connection. */
  get peer(): SimFlow | undefined {
    return this.#peer
  }

  send(text: string): boolean {
    if (!this.isOpen) return false
    if (this.#peer === undefined) this.#network.sendDatagram(this, text)
    else this.#network.sendFrame(this, this.#peer, text)
    return true
  }

  close(): void {
    if (this.transport === 'udp') return
    for (const end of [this, this.#peer]) {
      if (end?.isOpen !== true) continue
      end.isOpen = false
      end.onClosed()
    }
  }
}
