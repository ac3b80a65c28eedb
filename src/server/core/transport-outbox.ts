import { BoundedMap } from '../../base/bounded-map.ts'
import type { Address, Flow, Hop, TransportName } from '../../base/flow.ts'
import { ipKind } from '../../base/ip-address.ts'
import type { Transports } from '../../net/transports.ts'
import { parseVia } from '../../sip/headers/via.ts'
import type { OwnSide } from '../../sip/proxy/own-side.ts'
import { responseAddress } from '../../sip/proxy/via-stamp.ts'
import type { FlowFriend } from '../detect/flow-friend.ts'
import type { Outbox } from './outbox.ts'

/** Addresses of one machine under which it is known. */
const SIDES_KEPT = 256

/** How we name ourselves to others. */
export interface Naming {
  /** Host of Via, Record-Route and Path; undefined: the address of the listener. */
  advertisedHost(): string | undefined
  /** The address that stands for a listener on all addresses, towards that peer. */
  localAddressFor(ip: string): string
  isKnownPeer(flow: Flow): boolean
  /** A response as it goes out: with what neighbours are asked for (RFC 7339). */
  completed?(text: string, flow: Flow): string
  /** Told of every place that a request goes to over UDP. */
  readonly friend?: FlowFriend | undefined
}

interface MadeSide {
  readonly advertisedHost: string | undefined
  readonly side: OwnSide
}

/** The transports in the shape that the core asks for. */
export class TransportOutbox implements Outbox {
  readonly #transports: Transports
  readonly #naming: Naming
  /** By the local address of a listener or of a connection. */
  readonly #sides = new WeakMap<Address, MadeSide>()
  /** The address that was asked for last: all datagrams of a listener have one. */
  #lastLocal: Address | undefined
  #lastMade: MadeSide | undefined

  /** By address and port: as many as this machine has. */
  readonly #named = new BoundedMap<string, OwnSide>(SIDES_KEPT)

  constructor(transports: Transports, naming: Naming) {
    this.#transports = transports
    this.#naming = naming
  }

  send(text: string, hop: Hop, failed: (why: string) => void): void {
    if (this.#naming.friend !== undefined) this.#tell(hop, this.#naming.friend)
    // By a flow that is there nothing else has to be asked: nearly all messages.
    if (hop.flow?.send(text) === true) return
    const sent = this.#transports.send(hop, text)
    if (sent instanceof Promise) {
      sent.then(
        late => late.ok || failed(late.error.failure),
        () => failed('send-failed'),
      )
    } else if (!sent.ok) failed(sent.error.failure)
  }

  #tell({ transport, flow, ip, port }: Hop, friend: FlowFriend): void {
    if (transport !== 'udp') return
    const to = flow === undefined ? { ip, port } : flow.remote
    friend.spoken(to.ip, to.port)
  }

  respond(response: string, flow: Flow, asksForSource: boolean): boolean {
    const text = this.#naming.completed?.(response, flow) ?? response
    if (flow.isReliable && flow.isOpen && flow.send(text)) return true
    if (!flow.isReliable && asksForSource) return flow.send(text)
    return this.#respondByVia(text, flow)
  }

  sideOf(flow: Flow): OwnSide {
    return this.#side(flow.transport, flow.local, flow.remote.ip)
  }

  sideFor(hop: Hop): OwnSide | undefined {
    if (hop.flow !== undefined) return this.sideOf(hop.flow)
    const listener = this.#transports.listenerFor(hop.transport, hop.ip)
    return listener === undefined ? undefined : this.#side(hop.transport, listener.address, hop.ip)
  }

  isSelf(hop: Hop): boolean {
    return hop.flow === undefined && this.#transports.isOwn(hop.transport, hop)
  }

  keepUntil(flow: Flow, untilMs: number): void {
    this.#transports.keepUntil(flow, untilMs)
  }

  alias(flow: Flow, port: number): void {
    this.#transports.alias(flow, port)
  }

  /**
   * We are named by the address and port that we listen at, not by the port of a connection that we opened: a peer
   * may have to come back after it closed (RFC 3261 §18.1.1).
   */
  #side(transport: TransportName, local: Address, remote: string): OwnSide {
    const advertisedHost = this.#naming.advertisedHost()
    // Two sides are made for each message: a flow keeps its own, a listener that of its datagrams.
    const made = local === this.#lastLocal ? this.#lastMade : this.#sides.get(local)
    if (made !== undefined && made.advertisedHost === advertisedHost) return made.side
    const isEverywhere = isAny(local.ip)
    const ip = isEverywhere ? this.#naming.localAddressFor(remote) : local.ip
    const isDatagrams = transport === 'udp'
    if (isEverywhere && isDatagrams) return this.#sideAt(advertisedHost ?? ip, local.port)
    const listener = isDatagrams ? undefined : this.#transports.listenerFor(transport, remote)
    const side = { transport, host: advertisedHost ?? ip, port: listener?.address.port ?? local.port }
    if (!isEverywhere) {
      this.#lastLocal = local
      this.#lastMade = { advertisedHost, side }
      this.#sides.set(local, this.#lastMade)
    }
    return side
  }

  /** A datagram listener on all addresses, as it is named by one of them. */
  #sideAt(host: string, port: number): OwnSide {
    const name = `${host} ${port}`
    let side = this.#named.get(name)
    if (side === undefined) {
      side = { transport: 'udp', host, port }
      this.#named.set(name, side)
    }
    return side
  }

  /** The flow is gone, or the sender did not ask for its source port (RFC 3261 §18.2.2). */
  #respondByVia(text: string, flow: Flow): boolean {
    const via = topViaOf(text)
    // A Via that nobody can read names no port: only the source itself may be answered (MSG-18).
    if (via === undefined) return !flow.isReliable && flow.send(text)
    const address = responseAddress({
      via,
      source: flow.remote,
      isReliable: flow.isReliable,
      isKnownPeer: this.#naming.isKnownPeer(flow),
    })
    if (address === undefined || !canConnectBack(flow.transport)) return false
    const hop: Hop = { transport: flow.transport, ...address, host: via.host }
    if (this.isSelf(hop)) return false
    const sent = this.#transports.send(hop, text, flow)
    return sent instanceof Promise || sent.ok
  }
}

/** A WebSocket is opened by the client only (RFC 7118 §5). */
function canConnectBack(transport: TransportName): boolean {
  return transport === 'udp' || transport === 'tcp' || transport === 'tls'
}

const SPACE = 32

function topViaOf(text: string): ReturnType<typeof viaOrNothing> {
  const line = topViaLine(text)
  return line === undefined ? undefined : viaOrNothing(line)
}

function viaOrNothing(value: string) {
  const via = parseVia(value)
  return via.ok ? via.value : undefined
}

/** Our own responses and those that we pass on begin with the Via fields, or nearly so. */
function topViaLine(text: string): string | undefined {
  // Nearly all of them: the expression below took 3 % of the time of an OPTIONS.
  const at = text.indexOf('\r\n') + 2
  const end = text.indexOf('\r\n', at)
  if (at > 1 && end > 0 && text.startsWith('Via: ', at) && text.charCodeAt(end + 2) > SPACE) {
    const comma = text.indexOf(',', at)
    return text.slice(at + 5, comma < 0 || comma > end ? end : comma).trim()
  }
  const match = /^(?:Via|v)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/im.exec(text)
  const value = match?.[1]?.trim()
  return value?.split(',')[0]
}

function isAny(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::' || ipKind(ip) === 'unusable'
}
