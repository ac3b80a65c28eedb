import type { TransportName } from '../../src/base/flow.ts'
import type { SimFlow, SimHost } from '../sim/sim-network.ts'
import { EDGE_IP, type SimEdge } from './sim-edge.ts'

/** Somebody who sends whatever he likes, and keeps what comes. */
export class SimStranger {
  readonly sim: SimEdge
  readonly ip: string
  readonly host: SimHost
  readonly texts: string[] = []
  /** Called for everything that comes. */
  onText: (text: string, flow: { send(text: string): boolean }) => void = () => {}

  constructor(sim: SimEdge, ip: string) {
    this.sim = sim
    this.ip = ip
    this.host = sim.network.host(ip, (text, flow) => {
      this.texts.push(text)
      this.onText(text, flow)
    })
  }

  /** Status codes of the responses that came. */
  get statuses(): readonly number[] {
    return this.texts.flatMap(text => {
      const status = /^SIP\/2\.0 (\d{3}) /.exec(text)?.[1]
      return status === undefined ? [] : [Number(status)]
    })
  }

  /** Sends a datagram, and lets it arrive. */
  async send(text: string, port = 5060): Promise<void> {
    this.host.udp(port, { ip: EDGE_IP, port: 5060 }).send(text)
    await this.sim.run(0)
  }

  /** Opens a connection to the edge. */
  connect(
    transport: Exclude<TransportName, 'udp'>,
    port = 45_000,
    identities: readonly string[] = [],
  ): SimFlow {
    return this.sim.transports.accept(this.host, transport, port, identities)
  }
}

/** Fields of a raw request; undefined leaves one out, a list writes several rows. */
export type RawFields = Readonly<Record<string, string | readonly string[] | undefined>>

let branches = 0

/** A request as text: usual fields first, each of which may be written otherwise. */
export function rawRequest(method: string, uri: string, fields: RawFields = {}, body = ''): string {
  branches += 1
  const all: RawFields = {
    Via: `SIP/2.0/UDP 203.0.113.66:5060;rport;branch=z9hG4bKraw${branches}`,
    'Max-Forwards': '70',
    From: '<sip:mallory@elsewhere.test>;tag=m1',
    To: `<${uri}>`,
    'Call-ID': `raw-${branches}`,
    CSeq: `1 ${method}`,
    Contact: '<sip:mallory@203.0.113.66>',
    'Content-Length': String(body.length),
    ...fields,
  }
  let text = `${method} ${uri} SIP/2.0\r\n`
  for (const [name, value] of Object.entries(all)) {
    if (value === undefined) continue
    for (const row of typeof value === 'string' ? [value] : value) text += `${name}: ${row}\r\n`
  }
  return `${text}\r\n${body}`
}
