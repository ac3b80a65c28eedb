import type { Address, Flow, Hop, TransportName } from '../../src/base/flow.ts'
import { failed, ok } from '../../src/base/result.ts'
import type { SendFailureName } from '../../src/net/callbacks.ts'
import type { Listener, Transports } from '../../src/net/transports.ts'
import type { SimFlow, SimHost } from '../sim/sim-network.ts'

/** What the edge's transports report in a simulation. */
export interface SimTransportReports {
  onOpened(flow: Flow): void
  onClosed(flow: Flow): void
}

/** The transports of the edge on the simulated network: datagrams and connections without sockets. */
export class SimTransports implements Transports {
  readonly listeners: readonly Listener[]
  readonly host: SimHost
  /** Where others take connections: `tcp:192.0.2.7:5060`. */
  readonly listening = new Set<string>()
  /** Names that the certificates of those places prove. */
  readonly identities = new Map<string, readonly string[]>()
  readonly #reports: SimTransportReports
  readonly #outgoing = new Map<string, SimFlow>()
  #nextPort = 40_000

  constructor(host: SimHost, listeners: readonly Listener[], reports: SimTransportReports) {
    this.host = host
    this.listeners = listeners
    this.#reports = reports
  }

  countElsewhere(): void {}

  steerDatagrams(): boolean {
    return false
  }

  send(hop: Hop, text: string, via?: Flow): ReturnType<typeof sentBy> {
    if (hop.flow !== undefined) return sentBy(hop.flow, text)
    if (hop.transport === 'udp') {
      const port = via?.local.port ?? this.listenerFor('udp', hop.ip)?.address.port
      if (port === undefined) return notSent('no-listener')
      return sentBy(this.host.udp(port, { ip: hop.ip, port: hop.port }), text)
    }
    if (!this.#isNamed(hop)) return notSent('certificate-name')
    const flow = this.#connection(hop)
    return flow === undefined ? notSent('connection-refused') : sentBy(flow, text)
  }

  async connect(hop: Hop): Promise<ReturnType<typeof sentBy>> {
    const flow = this.#connection(hop)
    return flow === undefined ? notSent('connection-refused') : ok(flow)
  }

  /** A connection that somebody opens to the edge; what is returned is the far end, for that host to use. */
  accept(
    from: SimHost,
    transport: Exclude<TransportName, 'udp'>,
    localPort: number,
    peerIdentities: readonly string[],
  ): SimFlow {
    const listener = this.listenerFor(transport, from.ip)
    if (listener === undefined) throw new Error(`the edge does not listen on ${transport}`)
    const far = from.connect(transport, localPort, listener.address)
    const ours = far.peer
    if (ours === undefined) throw new Error('a connection has two ends')
    ours.peerIdentities = peerIdentities
    this.#watch(ours)
    return far
  }

  datagramFlow(remote: Address): Flow | undefined {
    const port = this.listenerFor('udp', remote.ip)?.address.port
    return port === undefined || this.isOwn('udp', remote) ? undefined : this.host.udp(port, remote)
  }

  listenerFor(transport: TransportName, ip: string): Listener | undefined {
    return this.listeners.find(
      each => each.transport === transport && each.address.ip.includes(':') === ip.includes(':'),
    )
  }

  isOwn(transport: TransportName, address: Address): boolean {
    return this.listeners.some(
      each =>
        each.transport === transport && each.address.ip === address.ip && each.address.port === address.port,
    )
  }

  alias(): boolean {
    return false
  }

  keepUntil(): void {}

  flows(): readonly Flow[] {
    return [...this.#outgoing.values()]
  }

  reloadTls(): void {}

  stopAccepting(): void {}

  async close(): Promise<void> {}

  stats(): ReturnType<Transports['stats']> {
    return {
      connections: 0,
      handshakes: 0,
      handshakesWaiting: 0,
      handshakesCompleted: 0,
      handshakesResumed: 0,
      sendBacklogBytes: 0,
      heldBytes: 0,
      datagrams: [],
    }
  }

  #connection(hop: Hop): SimFlow | undefined {
    const { transport } = hop
    if (transport === 'udp') return undefined
    const key = `${transport}:${hop.ip}:${hop.port}`
    const known = this.#outgoing.get(key)
    if (known?.isOpen === true) return known
    if (!this.listening.has(key)) return undefined
    this.#nextPort += 1
    const flow = this.host.connect(transport, this.#nextPort, { ip: hop.ip, port: hop.port })
    flow.peerIdentities = this.identities.get(key) ?? []
    this.#outgoing.set(key, flow)
    this.#watch(flow)
    return flow
  }

  /** What TLS checks of a place whose certificate is known here (RFC 5922 §7.3). */
  #isNamed(hop: Hop): boolean {
    const names = this.identities.get(`${hop.transport}:${hop.ip}:${hop.port}`)
    return hop.transport !== 'tls' || names === undefined || names.includes(hop.host)
  }

  #watch(flow: SimFlow): void {
    flow.onClosed = () => this.#reports.onClosed(flow)
    this.#reports.onOpened(flow)
  }
}

function sentBy(flow: Flow, text: string) {
  return flow.send(text) ? ok(flow) : notSent('flow-closed')
}

function notSent(failure: SendFailureName) {
  return failed({ failure, detail: '' })
}
