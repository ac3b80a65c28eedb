import type { Address } from '../../base/flow.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { CaptureMessages } from './capture-messages.ts'
import { looksLikeSip } from './message-start.ts'
import type { Ends } from './tcp-streams.ts'

/** What came to one place. */
interface Tally {
  readonly ip: string
  readonly port: number
  requests: number
  /** Who sent some; at most `MAX_PEERS`. */
  readonly peers: Set<string>
  /** The same of requests that passed no proxy before. */
  firstHand: number
  readonly firstHandPeers: Set<string>
}

const MAX_PEERS = 256
const MAX_PLACES = 10_000
/** So many requests say who is the server. */
const ENOUGH_REQUESTS = 50_000
const LOOKED_AT = 512
const OWN_PORTS: readonly number[] = [5060, 5061]
/** Another address is a server too when so many send to it, at least a tenth of what the first gets. */
const MIN_PEERS = 3
const MIN_SHARE = 0.1

/**
 * Finds the server of a capture: where most peers send requests to, those that passed no proxy before counting first.
 * Pieces of the file go in until it has seen enough.
 */
export class ServerFinder {
  readonly #tallies = new Map<string, Tally>()
  readonly #messages: CaptureMessages
  #requests = 0

  constructor() {
    this.#messages = new CaptureMessages({
      onDatagram: (octets, ends) => {
        if (!looksLikeSip(octets.latin1Slice(0, Math.min(octets.length, LOOKED_AT)))) return
        this.#see(octets.latin1Slice(0, octets.length), ends)
      },
      onMessage: (text, ends) => this.#see(text, ends),
      onBroken: () => {},
      isServed: () => false,
    })
  }

  /** @returns whether more is of use */
  feed(piece: Buffer): boolean {
    return this.#messages.feed(piece) === undefined && this.#requests < ENOUGH_REQUESTS
  }

  /** The addresses found; none where nobody was sent a request. */
  found(): readonly Address[] {
    const ranked = [...this.#tallies.values()].sort(inRank)
    const [first] = ranked
    if (first === undefined) return []
    const places = new Map<string, Address>()
    const add = (ip: string, port: number): void => {
      places.set(`${ip} ${port}`, { ip, port })
    }
    add(first.ip, first.port)
    for (const port of OWN_PORTS) add(first.ip, port)
    for (const { ip, port, firstHand, firstHandPeers } of ranked) {
      if (!OWN_PORTS.includes(port) || firstHandPeers.size < MIN_PEERS) continue
      if (firstHand >= first.firstHand * MIN_SHARE) add(ip, port)
    }
    return [...places.values()]
  }

  #see(text: string, { sourceIp, sourcePort, destinationIp, destinationPort }: Ends): void {
    const parsed = parseMessage(text, true)
    const message = parsed.ok ? parsed.value : parsed.error.partial
    if (message?.kind !== 'request') return
    this.#requests += 1
    const key = `${destinationIp} ${destinationPort}`
    let tally = this.#tallies.get(key)
    if (tally === undefined) {
      if (this.#tallies.size >= MAX_PLACES) return
      tally = {
        ...{ ip: destinationIp, port: destinationPort, requests: 0, peers: new Set() },
        ...{ firstHand: 0, firstHandPeers: new Set() },
      }
      this.#tallies.set(key, tally)
    }
    const peer = `${sourceIp} ${sourcePort}`
    tally.requests += 1
    if (tally.peers.size < MAX_PEERS) tally.peers.add(peer)
    if (!message.topViaResult.ok || !message.hasOneVia) return
    tally.firstHand += 1
    if (tally.firstHandPeers.size < MAX_PEERS) tally.firstHandPeers.add(peer)
  }
}

/** Most peers first, then most requests, then the port of SIP; what came first stays first. */
function inRank(a: Tally, b: Tally): number {
  return (
    b.firstHandPeers.size - a.firstHandPeers.size ||
    b.firstHand - a.firstHand ||
    b.peers.size - a.peers.size ||
    b.requests - a.requests ||
    Number(b.port === OWN_PORTS[0]) - Number(a.port === OWN_PORTS[0])
  )
}
