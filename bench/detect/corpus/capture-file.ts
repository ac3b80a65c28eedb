import { LINK } from '../../../src/detect/capture/link-type.ts'
import { udpPacket } from '../../../src/detect/capture/write-packet.ts'
import {
  enhancedPacket,
  interfaceDescription,
  sectionHeader,
} from '../../../src/detect/capture/write-pcapng.ts'
import { Talker } from '../../../test/support/packets.ts'
import { EDGE } from '../traffic/edge.ts'
import { WALL_MS, type Wired } from '../traffic/wire.ts'

/** What an Ethernet carries. */
const MAX_SEGMENT = 1400

/** Messages as packets of a pcapng file. */
export class CaptureFile {
  readonly #onBlock: (block: Buffer) => void
  readonly #talkers = new Map<string, Talker>()
  readonly #segmentBytes: number
  /** Packets written. */
  packets = 0

  /** @param segmentBytes of TCP; 1 to see whether streams are put together */
  constructor(onBlock: (block: Buffer) => void, segmentBytes = MAX_SEGMENT) {
    this.#onBlock = onBlock
    this.#segmentBytes = segmentBytes
    onBlock(sectionHeader('Aspis traffic generator'))
    onBlock(interfaceDescription(LINK.raw, 'edge'))
  }

  add(wired: Wired): void {
    // A sender in IPv6 talks to the edge's other address.
    const pair = wired.isInward
      ? { from: wired.from, to: edgeFor(wired.from.ip) }
      : { from: edgeFor(wired.to.ip), to: wired.to }
    if (wired.transport === 'tcp') {
      for (const octets of this.#segments(pair, wired.text)) this.#write(wired, octets)
      return
    }
    const octets = udpPacket(pair.from, pair.to, Buffer.from(wired.text, 'latin1'))
    if (octets !== undefined) this.#write(wired, octets)
  }

  #write({ atMs, isInward }: Wired, octets: Buffer): void {
    this.packets += 1
    const direction = isInward ? 'inbound' : 'outbound'
    this.#onBlock(enhancedPacket({ wallMs: WALL_MS + atMs, octets, direction }))
  }

  *#segments({ from, to }: Pick<Wired, 'from' | 'to'>, text: string): Iterable<Buffer> {
    const key = `${from.ip} ${from.port} ${to.ip} ${to.port}`
    let talker = this.#talkers.get(key)
    if (talker === undefined) {
      talker = new Talker(from, to, 1000)
      this.#talkers.set(key, talker)
      yield talker.opens()
    }
    for (let at = 0; at < text.length; at += this.#segmentBytes) {
      yield talker.says(text.slice(at, at + this.#segmentBytes))
    }
  }
}

/** The edge's addresses in a capture. */
export const EDGE_IPV6 = { ip: '2001:db8:ffff::10', port: EDGE.port }

function edgeFor(ip: string): typeof EDGE {
  return ip.includes(':') ? EDGE_IPV6 : EDGE
}
