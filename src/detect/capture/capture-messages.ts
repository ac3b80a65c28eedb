import type { BrokenStream } from '../../base/framer.ts'
import { IpReader } from './ip.ts'
import { ipStartOf } from './link.ts'
import { type CapturedPacket, type CaptureProblem, CaptureReader } from './read-capture.ts'
import { type Ends, TcpStreams } from './tcp-streams.ts'

/** What a capture is read for. Objects and octets are used again. */
export interface CaptureEvents {
  /** A datagram. */
  onDatagram(octets: Buffer, ends: Ends, nowMs: number): void
  /** A message of a stream. */
  onMessage(text: string, ends: Ends, nowMs: number): void
  /** A stream that cannot be read any further. */
  onBroken(broken: BrokenStream, ends: Ends, nowMs: number): void
  /** Whether what is said here is read even when it does not look like SIP. */
  isServed(ends: Ends): boolean
}

const UDP = 17
const TCP = 6
const UDP_HEADER = 8
/** Clocks of several processors write in an order that is a little wrong. */
const MAX_DISORDER_MS = 60_000
/** A leap of a year is a clock that was set, or a lie. */
const MAX_LEAP_MS = 366 * 86_400_000

/** The event clock at the first packet: 0 says "not yet" in many places. */
export const BEGAN_MS = 1000

/**
 * Reads a capture down to the messages in it: link, IP, UDP and TCP. What cannot be read is counted by its reason.
 * The event clock begins at `BEGAN_MS` with the first packet and never goes back.
 */
export class CaptureMessages {
  /** Packets by what they were, and by why they were not read. */
  readonly notRead = new Map<string, number>()
  readonly streams: TcpStreams
  datagrams = 0
  segments = 0
  readonly #reader: CaptureReader
  readonly #events: CaptureEvents
  readonly #ip = new IpReader()
  readonly #ends: Ends = { sourceIp: '', sourcePort: 0, destinationIp: '', destinationPort: 0 }
  #nowMs = BEGAN_MS
  #wallMs = Number.NaN
  #firstWallMs = Number.NaN

  constructor(events: CaptureEvents) {
    this.#events = events
    this.#reader = new CaptureReader(packet => this.#see(packet))
    this.streams = new TcpStreams({
      onMessage: (text, ends) => events.onMessage(text, ends, this.#nowMs),
      onBroken: (broken, ends) => events.onBroken(broken, ends, this.#nowMs),
      isServed: ends => events.isServed(ends),
    })
  }

  get packets(): number {
    return this.#reader.packets
  }

  /** Event clock, ms. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Ms since 1970 of the first packet; 0 before. */
  get firstWallMs(): number {
    return Number.isNaN(this.#firstWallMs) ? 0 : this.#firstWallMs
  }

  /** Takes the next piece of the file. */
  feed(piece: Buffer): CaptureProblem | undefined {
    return this.#reader.feed(piece)
  }

  /** The file ends here. */
  end(): CaptureProblem | undefined {
    this.streams.end()
    const { lost } = this.#ip.fragments
    if (lost > 0) this.notRead.set('fragments-missing', lost)
    if (this.#reader.passedOver > 0) this.notRead.set('no-packet', this.#reader.passedOver)
    return this.#reader.end()
  }

  #see({ wallMs, linkType, octets }: CapturedPacket): void {
    this.#advance(wallMs)
    const start = ipStartOf(linkType, octets)
    if (typeof start === 'string')
      return this.#skip(start === 'link-type-unknown' ? `link-type-${linkType}` : start)
    const payload = this.#ip.read(octets, start, this.#nowMs)
    // A fragment is no loss: it is read with the others.
    if (payload === 'fragment') return
    if (typeof payload === 'string') return this.#skip(payload)
    const ends = this.#ends
    ends.sourceIp = payload.sourceIp
    ends.destinationIp = payload.destinationIp
    if (payload.protocol === UDP) return this.#seeDatagram(payload.octets, payload.isCut)
    if (payload.protocol !== TCP) return this.#skip('no-udp-or-tcp')
    this.segments += 1
    if (payload.isCut) this.#skip('cut-short')
    if (!this.streams.take(payload.octets, ends, payload.isCut, this.#nowMs)) this.#skip('tcp-malformed')
  }

  #seeDatagram(octets: Buffer, isCut: boolean): void {
    if (octets.length < UDP_HEADER) return this.#skip(isCut ? 'cut-short' : 'udp-malformed')
    const length = octets.readUInt16BE(4) || octets.length
    if (length < UDP_HEADER) return this.#skip('udp-malformed')
    if (isCut || length > octets.length) return this.#skip('cut-short')
    const ends = this.#ends
    ends.sourcePort = octets.readUInt16BE(0)
    ends.destinationPort = octets.readUInt16BE(2)
    this.datagrams += 1
    this.#events.onDatagram(octets.subarray(UDP_HEADER, length), ends, this.#nowMs)
  }

  #advance(wallMs: number): void {
    const passedMs = wallMs - this.#wallMs
    if (passedMs >= 0 && passedMs <= MAX_LEAP_MS) {
      this.#nowMs += passedMs
      this.#wallMs = wallMs
    } else if (!(passedMs < 0 && passedMs >= -MAX_DISORDER_MS)) {
      this.#wallMs = wallMs
      if (Number.isNaN(this.#firstWallMs)) this.#firstWallMs = wallMs
    }
  }

  #skip(why: string): void {
    this.notRead.set(why, (this.notRead.get(why) ?? 0) + 1)
  }
}
