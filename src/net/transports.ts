import { isIP } from 'node:net'
import type { Deadline, Deadlines } from '../base/deadlines.ts'
import type { Address, Flow, Hop, TransportName } from '../base/flow.ts'
import type { Framer } from '../base/framer.ts'
import { failed, ok } from '../base/result.ts'
import type { SendFailureName, TransportCallbacks } from './callbacks.ts'
import { Connections, type Sent } from './connections.ts'
import {
  type DatagramCounts,
  type DatagramTransport,
  MAX_PAYLOAD_BYTES,
  type MakeDatagramTransport,
} from './datagrams.ts'
import { Handshakes } from './handshakes.ts'
import { addressesOfThisHost, chooseLocal, isWildcard, subnetsOfThisHost } from './local-address.ts'
import { StreamFlow } from './stream-flow.ts'
import { type StreamLimits, streamLimits } from './stream-limits.ts'
import { StreamListener } from './stream-listener.ts'
import { Streams } from './streams.ts'
import { TlsAcceptor } from './tls-acceptor.ts'
import type { TlsOptions } from './tls-options.ts'
import { UdpSocket } from './udp.ts'
import { type WebSocketOptions, WsAcceptor } from './ws-acceptor.ts'

/** A socket to listen on, or one that listens: then with its port. */
export interface Listener {
  readonly transport: TransportName
  readonly address: Address
}

/** Everything that the transports need from outside. */
export interface TransportOptions {
  readonly listen: readonly Listener[]
  /** The queue that its owner runs; one deadline of `limits.sweepMs` is set in it again and again. */
  readonly deadlines: Deadlines
  /** Monotonic clock of those deadlines, in milliseconds. */
  readonly nowMs: () => number
  /** Cuts one stream into messages. */
  readonly makeFramer: () => Framer
  /** Needed to listen on `tls` or `wss`, and to connect by TLS. */
  readonly tls?: TlsOptions
  readonly webSockets?: WebSocketOptions
  /** Overrides of single bounds. */
  readonly limits?: Partial<StreamLimits>
  /** UDP flows remembered for each listener. */
  readonly maxUdpFlows?: number
  /** Several processes may share the ports. */
  readonly reusePort?: boolean
  /** Default: `node:dgram`. */
  readonly makeDatagramTransport?: MakeDatagramTransport
}

/** Figures of this moment, and counts since the start. */
export interface TransportStats {
  /** Connections that hold a place of the budget, handshakes among them. */
  readonly connections: number
  /** TLS handshakes that did not end yet. */
  readonly handshakes: number
  /** Those of them whose client greeted and waits for its turn. */
  readonly handshakesWaiting: number
  readonly handshakesCompleted: number
  /** Those of them that resumed a session. */
  readonly handshakesResumed: number
  readonly sendBacklogBytes: number
  readonly heldBytes: number
  readonly datagrams: readonly (DatagramCounts & { readonly address: Address })[]
}

/** All listeners and connections of the process. */
export interface Transports {
  /** Bound addresses, in the order of `listen`. */
  readonly listeners: readonly Listener[]
  /**
   * Sends one message: by `hop.flow` and nothing else when it is set, else to the address.
   * A connection that is open, and UDP, answer at once; a new connection answers later.
   * @param via UDP: send from the local address of this flow, as responses must (RFC 3581 §4)
   */
  send(hop: Hop, text: string, via?: Flow): Sent | Promise<Sent>
  /** The flow to a hop, opened when need be. */
  connect(hop: Hop): Promise<Sent>
  /**
   * The flow of our datagrams to an address; undefined when no socket reaches it, or it is one of ours (TRN-05).
   * @param local the listener to send from, where one has this address
   */
  datagramFlow(remote: Address, local?: Address): Flow | undefined
  /** The listener whose address belongs into the Via of a request to this hop. */
  listenerFor(transport: TransportName, ip: string): Listener | undefined
  /** True for an address that reaches one of our listeners: nothing is sent there (TRN-05). */
  isOwn(transport: TransportName, address: Address): boolean
  /** Lets requests for the peer's domains reuse its connection; false when it proved none (CRU-01). */
  alias(flow: Flow, port: number): boolean
  /** A registration lives on the flow until then: silence does not close it. */
  keepUntil(flow: Flow, untilMs: number): void
  /** Open streams. */
  flows(): readonly Flow[]
  /** @throws AspisError when the material cannot be used; then the old one stays */
  reloadTls(options: TlsOptions): void
  /**
   * Lets a program of the packet filter divide datagrams among the processes that share our ports.
   * @returns whether it does
   */
  steerDatagrams(program: Uint8Array): boolean
  /** Counts a connection that another process of this server took, 1, or lost, -1: bounds hold for all. */
  countElsewhere(ip: string, change: 1 | -1): void
  /** Takes no more connections; UDP and open connections go on, to end what is under way. */
  stopAccepting(): void
  /** Closes everything; what was written to peers that read is delivered. */
  close(): Promise<void>
  stats(): TransportStats
}

/**
 * Opens all listeners, or none.
 * @throws AspisError `ERR_ASPIS_PORT_IN_USE`, `ERR_ASPIS_PORT_FORBIDDEN`, `ERR_ASPIS_ADDRESS_UNAVAILABLE`,
 *   `ERR_ASPIS_LISTEN_FAILED`, `ERR_ASPIS_TLS_CERTIFICATE_MISSING`, `ERR_ASPIS_TLS_MATERIAL`
 */
export async function openTransports(
  options: TransportOptions,
  callbacks: TransportCallbacks,
): Promise<Transports> {
  const transports = new OpenTransports(options, callbacks)
  await transports.open()
  return transports
}

class OpenTransports implements Transports {
  readonly #options: TransportOptions
  readonly #streams: Streams
  readonly #connections: Connections
  readonly #handshakes: Handshakes
  readonly #acceptors: TlsAcceptor[] = []
  readonly #datagrams: DatagramTransport[] = []
  readonly #streamListeners: StreamListener[] = []
  readonly #all: (Listener & { start(): Promise<void> })[] = []
  readonly #isOnLink = subnetsOfThisHost()
  /** Read with each sweep: asking the system for each message took 40 µs. */
  #ownAddresses = addressesOfThisHost()
  readonly #byTransport = new Map<TransportName, Listener[]>()
  #listeners: readonly Listener[] = []
  #tls: TlsOptions | undefined
  #sweep: Deadline | undefined

  constructor(options: TransportOptions, callbacks: TransportCallbacks) {
    this.#options = options
    this.#tls = options.tls
    const limits = { ...streamLimits, ...options.limits }
    const { nowMs, makeFramer } = options
    this.#streams = new Streams({ limits, callbacks, nowMs, makeFramer })
    this.#handshakes = new Handshakes(limits, nowMs)
    this.#streams.swept.add(this.#handshakes)
    this.#connections = new Connections({
      streams: this.#streams,
      tls: () => this.#tls,
      localIpFor: hop => this.#localIpFor(hop),
    })
    for (const listener of options.listen) this.#all.push(this.#make(listener, callbacks))
  }

  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  async open(): Promise<void> {
    try {
      for (const listener of this.#all) await listener.start()
    } catch (error) {
      await this.close()
      throw error
    }
    this.#listeners = this.#all.map(({ transport, address }) => ({ transport, address }))
    for (const listener of this.#listeners) {
      this.#byTransport.set(listener.transport, [
        ...(this.#byTransport.get(listener.transport) ?? []),
        listener,
      ])
    }
    this.#armSweep()
  }

  send(hop: Hop, text: string, via?: Flow): Sent | Promise<Sent> {
    if (!isReachable(hop)) return no('unreachable')
    if (hop.flow === undefined && hop.transport !== 'udp') return this.#connections.send(hop, text)
    const flow = hop.flow ?? this.#udpFlow(hop, via?.transport === 'udp' ? via.local : undefined)
    if (flow === undefined) return no('no-listener')
    if (flow.send(text)) return ok(flow)
    if (flow.transport === 'udp' && text.length > MAX_PAYLOAD_BYTES) return no('message-too-large')
    return no('flow-closed')
  }

  connect(hop: Hop): Promise<Sent> {
    if (hop.flow !== undefined) return Promise.resolve(hop.flow.isOpen ? ok(hop.flow) : no('flow-closed'))
    if (!isReachable(hop)) return Promise.resolve(no('unreachable'))
    if (hop.transport !== 'udp') return this.#connections.connect(hop)
    const flow = this.#udpFlow(hop, undefined)
    return Promise.resolve(flow === undefined ? no('no-listener') : ok(flow))
  }

  datagramFlow({ ip, port }: Address, local?: Address): Flow | undefined {
    const hop: Hop = { transport: 'udp', ip, port, host: ip }
    return isReachable(hop) && !this.isOwn('udp', hop) ? this.#udpFlow(hop, local) : undefined
  }

  listenerFor(transport: TransportName, ip: string): Listener | undefined {
    return chooseLocal(this.#byTransport.get(transport) ?? [], ip, this.#isOnLink)
  }

  isOwn(transport: TransportName, { ip, port }: Address): boolean {
    return this.#listeners.some(({ transport: own, address }) => {
      if (own !== transport || address.port !== port) return false
      return address.ip === ip || (isWildcard(address.ip) && this.#ownAddresses.has(ip))
    })
  }

  alias(flow: Flow, port: number): boolean {
    return this.#connections.alias(flow, port)
  }

  keepUntil(flow: Flow, untilMs: number): void {
    if (flow instanceof StreamFlow) flow.keepUntilMs = untilMs
  }

  flows(): readonly Flow[] {
    return [...this.#streams.flows].filter(flow => flow.isOpen)
  }

  reloadTls(options: TlsOptions): void {
    for (const acceptor of this.#acceptors) acceptor.reload(options)
    this.#tls = options
  }

  steerDatagrams(program: Uint8Array): boolean {
    return this.#datagrams.length > 0 && this.#datagrams.every(socket => socket.steer?.(program) === true)
  }

  countElsewhere(ip: string, change: 1 | -1): void {
    this.#streams.budget.elsewhere(ip, change)
  }

  stopAccepting(): void {
    for (const listener of this.#streamListeners) listener.stop()
  }

  async close(): Promise<void> {
    this.#options.deadlines.cancel(this.#sweep)
    this.#sweep = undefined
    this.#connections.close()
    this.stopAccepting()
    const { flows, swept } = this.#streams
    for (const flow of flows) flow.close('shutdown')
    // What a peer takes now it gets; for one that does not read nobody waits.
    for (let turn = 0; turn < 2; turn += 1) await new Promise(resolve => setImmediate(resolve))
    for (const flow of flows) flow.abort('shutdown')
    for (const one of swept) one.sweep(Number.POSITIVE_INFINITY)
    await Promise.all(this.#datagrams.map(socket => socket.stop()))
    await new Promise(resolve => setImmediate(resolve))
  }

  stats(): TransportStats {
    return {
      connections: this.#streams.budget.open,
      handshakes: this.#handshakes.size,
      handshakesWaiting: this.#handshakes.waiting,
      handshakesCompleted: this.#handshakes.completed,
      handshakesResumed: this.#handshakes.resumed,
      sendBacklogBytes: this.#streams.sendBacklogBytes,
      heldBytes: this.#streams.heldBytes,
      datagrams: this.#datagrams.map(socket => ({ address: socket.address, ...socket.counts })),
    }
  }

  #make(
    { transport, address }: Listener,
    callbacks: TransportCallbacks,
  ): Listener & { start(): Promise<void> } {
    const { makeDatagramTransport, maxUdpFlows, reusePort = false, webSockets = {} } = this.#options
    if (transport === 'udp') {
      const options = {
        callbacks,
        reusePort,
        ...(maxUdpFlows === undefined ? {} : { maxFlows: maxUdpFlows }),
      }
      const socket = makeDatagramTransport?.(address, options) ?? new UdpSocket(address, options)
      this.#datagrams.push(socket)
      return socket
    }
    const isTls = transport === 'tls' || transport === 'wss'
    const listener = new StreamListener({
      transport,
      address,
      streams: this.#streams,
      tls: isTls ? this.#acceptor(transport) : undefined,
      webSockets:
        transport === 'ws' || transport === 'wss' ? new WsAcceptor(webSockets, this.#streams) : undefined,
      reusePort,
    })
    this.#streamListeners.push(listener)
    return listener
  }

  #acceptor(purpose: 'tls' | 'wss'): TlsAcceptor {
    const { tls } = this.#options
    const none = { certificates: [], identitiesOf: () => [], verifyServer: () => 'no TLS' }
    const acceptor = new TlsAcceptor(tls ?? none, purpose, this.#streams, this.#handshakes)
    this.#acceptors.push(acceptor)
    return acceptor
  }

  #udpFlow(hop: Hop, local: Address | undefined): Flow | undefined {
    const own = this.#datagrams.find(
      ({ address }) => local !== undefined && address.port === local.port && address.ip === local.ip,
    )
    const socket = own ?? chooseLocal(this.#datagrams, hop.ip, this.#isOnLink)
    return socket?.flowTo(hop.ip, hop.port)
  }

  #localIpFor(hop: Hop): string | undefined {
    const listener = this.listenerFor(hop.transport, hop.ip)
    return listener === undefined || isWildcard(listener.address.ip) ? undefined : listener.address.ip
  }

  #armSweep(): void {
    const { deadlines, nowMs } = this.#options
    this.#sweep = deadlines.set(nowMs(), this.#streams.limits.sweepMs, () => {
      this.#streams.sweep()
      this.#ownAddresses = addressesOfThisHost()
      this.#armSweep()
    })
  }
}

/** A port may come from a peer's URI, and a name is no address: neither may reach the system's calls. */
function isReachable({ flow, ip, port }: Hop): boolean {
  return flow !== undefined || (port > 0 && port < 65_536 && isIP(ip) !== 0)
}

function no(failure: SendFailureName): Sent {
  return failed({ failure, detail: '' })
}
