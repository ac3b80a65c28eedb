import { BoundedMap } from '../../base/bounded-map.ts'
import { type Address, type Flow, type Hop, printAddress, type TransportName } from '../../base/flow.ts'
import { ipVersion } from '../../base/ip-address.ts'
import { flowKeyOf } from '../../sip/registrar/flow-token.ts'

/** The key of a flow: `tcp:192.0.2.7:40112`. */
export function keyOfFlow(flow: Flow): string {
  return flowKeyOf(flow.transport, flow.remote)
}

/** Remembered places of datagram peers: a registered phone is looked up for each of its calls. */
const PLACES_KEPT = 20_000

/** The open streams by key, and what a key says of a datagram peer. */
export class FlowTable {
  readonly #open = new Map<string, Hop & { readonly flow: Flow }>()
  readonly #places = new BoundedMap<string, Hop>(PLACES_KEPT)
  readonly #datagramFlow: (remote: Address) => Flow | undefined

  /** @param datagramFlow the flow to a datagram peer; none when that would be ourselves */
  constructor(datagramFlow: (remote: Address) => Flow | undefined = () => undefined) {
    this.#datagramFlow = datagramFlow
  }

  get size(): number {
    return this.#open.size
  }

  opened(flow: Flow): void {
    const { transport, remote } = flow
    this.#open.set(keyOfFlow(flow), { transport, ip: remote.ip, port: remote.port, host: remote.ip, flow })
  }

  closed(flow: Flow): void {
    const key = keyOfFlow(flow)
    if (this.#open.get(key)?.flow === flow) this.#open.delete(key)
  }

  /** The hop that a key leads to now: a datagram peer always, a stream while it is open. */
  hopOf(key: string): Hop | undefined {
    const known = this.#places.get(key)
    if (known !== undefined) return known
    const open = this.#open.get(key)
    if (open !== undefined) return open.flow.isOpen ? open : undefined
    const place = parseFlowKey(key)
    return place?.transport === 'udp' ? this.#datagramHop(key, place) : undefined
  }

  #datagramHop(key: string, { ip, port }: Address): Hop {
    const flow = this.#datagramFlow({ ip, port })
    const hop: Hop = { transport: 'udp', ip, port, host: ip, ...(flow === undefined ? {} : { flow }) }
    if (flow !== undefined) this.#places.set(key, hop)
    return hop
  }
}

const TRANSPORTS: ReadonlySet<string> = new Set(['udp', 'tcp', 'tls', 'ws', 'wss'])

function isTransport(text: string): text is TransportName {
  return TRANSPORTS.has(text)
}

function parseFlowKey(key: string): (Address & { readonly transport: TransportName }) | undefined {
  const first = key.indexOf(':')
  const last = key.lastIndexOf(':')
  const transport = key.slice(0, first)
  if (first < 0 || last <= first || !isTransport(transport)) return undefined
  const host = key.slice(first + 1, last)
  const ip = host.startsWith('[') ? host.slice(1, -1) : host
  const port = Number(key.slice(last + 1))
  if (ipVersion(ip) === 0 || !(port > 0 && port < 65536)) return undefined
  return { transport, ip, port }
}

/** Remembered names: a token is read for every message of its dialog. */
const NAMES_KEPT = 10_000

/**
 * Flow names inside dialog tokens: the key in base64url, since a user part cannot hold what IPv6 needs. The token's
 * digest covers the name, so nobody else makes one.
 */
export class FlowNames {
  readonly #keys = new BoundedMap<string, string>(NAMES_KEPT)
  readonly #names = new BoundedMap<string, string>(NAMES_KEPT)
  readonly #ofFlows = new WeakMap<Flow, string>()

  nameOfFlow(flow: Flow): string {
    let name = this.#ofFlows.get(flow)
    if (name === undefined) {
      name = this.nameOf(flow.transport, flow.remote)
      this.#ofFlows.set(flow, name)
    }
    return name
  }

  nameOf(transport: TransportName, remote: Address): string {
    const key = `${transport}:${printAddress(remote)}`
    let name = this.#names.get(key)
    if (name === undefined) {
      name = Buffer.from(key, 'latin1').toString('base64url')
      this.#names.set(key, name)
    }
    return name
  }

  keyOf(name: string): string | undefined {
    let key = this.#keys.get(name)
    if (key === undefined) {
      key = Buffer.from(name, 'base64url').toString('latin1')
      if (parseFlowKey(key) === undefined) return undefined
      this.#keys.set(name, key)
    }
    return key
  }
}
