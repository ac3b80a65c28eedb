import type { BrokenStream } from '../../base/framer.ts'
import { LIMITS } from '../../base/limits.ts'
import { StreamFramer } from '../../sip/transport/framing.ts'
import { looksLikeSip, messageStartIn } from './message-start.ts'
import { TcpHalf } from './tcp-half.ts'

/** Where something went from and to. */
export interface Ends {
  sourceIp: string
  sourcePort: number
  destinationIp: string
  destinationPort: number
}

/** What the streams of a capture hold. */
export interface StreamEvents {
  onMessage(text: string, ends: Ends): void
  /** A stream that cannot be read any further. */
  onBroken(broken: BrokenStream, ends: Ends): void
  /** Whether what is said here is read even when it does not look like SIP. */
  isServed(ends: Ends): boolean
}

/** What a stream carries. */
type Carried = 'sip' | 'tls' | 'websocket' | 'other'

const TCP_HEADER = 20
const SYN = 2
const RST = 4
const ACK = 16
/** Octets by which a protocol is recognised. */
const LOOKED_AT = 512

/** One direction of a connection, and what is read of it. */
class Stream {
  readonly half: TcpHalf
  carried: Carried | 'unknown' | 'broken' = 'unknown'
  framer = new StreamFramer()
  /** Something is missing: the next message start is sought. */
  isSeeking = false
  heldBytes = 0
  readonly ends: Ends

  constructor(ends: Ends, streams: TcpStreams) {
    this.ends = { ...ends }
    this.half = new TcpHalf({
      onOctets: octets => streams.read(this, octets),
      onGap: () => streams.lose(this),
    })
  }
}

/**
 * Reads SIP over TCP (RFC 3261 §18.3) out of captured segments, each direction by itself. Where segments are missing
 * it goes on at the next start of a message. Bounded in connections and in octets held; the oldest goes first.
 */
export class TcpStreams {
  readonly #events: StreamEvents
  readonly #streams = new Map<string, Stream>()
  #heldBytes = 0
  #nowMs = 0
  /** Streams by what they carried, and gaps in those that carried SIP. */
  readonly counts = { sip: 0, tls: 0, websocket: 0, other: 0, gaps: 0, forgotten: 0 }

  constructor(events: StreamEvents) {
    this.#events = events
  }

  /**
   * Takes a segment with its TCP header.
   * @param ends the addresses; the ports are filled in here
   * @param isCut the capture holds only its beginning
   * @returns whether it could be read
   */
  take(octets: Buffer, ends: Ends, isCut: boolean, nowMs: number): boolean {
    if (octets.length < TCP_HEADER) return false
    const dataAt = ((octets[12] ?? 0) >> 4) * 4
    if (dataAt < TCP_HEADER || dataAt > octets.length) return false
    this.#nowMs = nowMs
    ends.sourcePort = octets.readUInt16BE(0)
    ends.destinationPort = octets.readUInt16BE(2)
    const flags = octets[13] ?? 0
    const sequence = octets.readUInt32BE(4)
    const from = `${ends.sourceIp} ${ends.sourcePort}`
    const to = `${ends.destinationIp} ${ends.destinationPort}`
    const key = `${from} ${to}`
    if ((flags & ACK) !== 0) this.#acknowledge(`${to} ${from}`, octets.readUInt32BE(8))
    if ((flags & SYN) !== 0) return this.#open(key, ends, sequence)
    const data = octets.subarray(dataAt)
    if (data.length > 0) {
      const stream = this.#streams.get(key) ?? this.#begin(key, ends)
      stream.half.take(sequence, data)
      if (isCut) this.lose(stream)
      this.#account(stream)
    }
    // Not at FIN: what was sent before it may still come.
    if ((flags & RST) !== 0) this.#streams.get(key)?.half.end()
    return true
  }

  /** The capture ends. */
  end(): void {
    for (const key of [...this.#streams.keys()]) this.#end(key)
  }

  /** The next octets of a stream. */
  read(stream: Stream, octets: Buffer): void {
    const { carried } = stream
    if (carried === 'unknown') this.#recognise(stream, octets)
    else if (carried === 'sip') this.#frame(stream, octets)
  }

  /** Octets of a stream are missing. */
  lose(stream: Stream): void {
    if (stream.carried === 'sip') this.counts.gaps += 1
    else if (stream.carried !== 'unknown') return
    stream.isSeeking = true
    stream.framer = new StreamFramer()
  }

  #open(key: string, ends: Ends, sequence: number): boolean {
    const known = this.#streams.get(key)
    // Said twice: nothing came yet.
    if (known !== undefined) this.#end(key)
    this.#begin(key, ends).half.open(sequence)
    return true
  }

  #begin(key: string, ends: Ends): Stream {
    if (this.#streams.size >= LIMITS.maxCaptureStreams) this.#forgetOldest()
    const stream = new Stream(ends, this)
    this.#streams.set(key, stream)
    return stream
  }

  #end(key: string): void {
    const stream = this.#streams.get(key)
    if (stream === undefined) return
    stream.half.end()
    this.#remove(key, stream)
  }

  #remove(key: string, stream: Stream): void {
    this.#streams.delete(key)
    this.#heldBytes -= stream.heldBytes
  }

  #forgetOldest(): void {
    const oldest = this.#streams.entries().next()
    if (oldest.done === true) return
    this.counts.forgotten += 1
    this.#remove(...oldest.value)
  }

  #acknowledge(key: string, number: number): void {
    const stream = this.#streams.get(key)
    if (stream === undefined || stream.half.heldBytes === 0) return
    stream.half.acknowledged(number)
    this.#account(stream)
  }

  /** Keeps the sum of what is held; who holds most when it is too much loses it. */
  #account(stream: Stream): void {
    const held = stream.half.heldBytes + stream.framer.heldBytes
    this.#heldBytes += held - stream.heldBytes
    stream.heldBytes = held
    if (this.#heldBytes <= LIMITS.maxReceiveBuffersBytes) return
    stream.half.drop()
    this.lose(stream)
    this.#heldBytes -= stream.heldBytes
    stream.heldBytes = 0
  }

  #recognise(stream: Stream, octets: Buffer): void {
    const carried = carriedBy(octets)
    if (carried === 'unknown') return
    const isServed = this.#events.isServed(stream.ends)
    stream.carried = carried === 'other' && (isServed || hasMessageStart(stream, octets)) ? 'sip' : carried
    this.counts[stream.carried] += 1
    if (stream.carried === 'sip') this.#frame(stream, octets)
  }

  #frame(stream: Stream, octets: Buffer): void {
    let chunk = octets
    if (stream.isSeeking) {
      const start = messageStartIn(octets.latin1Slice(0, octets.length))
      if (start < 0) return
      chunk = octets.subarray(start)
      stream.isSeeking = false
    }
    const { messages, broken } = stream.framer.feed(chunk, this.#nowMs)
    for (const message of messages) this.#events.onMessage(message, stream.ends)
    if (broken === undefined) return
    stream.carried = 'broken'
    stream.framer = new StreamFramer()
    this.#events.onBroken(broken, stream.ends)
  }
}

/** What the first octets say; `unknown` while there are none but line ends. */
function carriedBy(octets: Buffer): Carried | 'unknown' {
  let at = 0
  while (at < octets.length && (octets[at] === 13 || octets[at] === 10)) at += 1
  if (at === octets.length) return 'unknown'
  const first = octets[at] ?? 0
  // Content types of TLS records (RFC 8446 §5.1), and the version that they all say.
  if (first >= 0x14 && first <= 0x17 && (at + 1 === octets.length || octets[at + 1] === 3)) return 'tls'
  const text = octets.latin1Slice(at, Math.min(octets.length, at + LOOKED_AT))
  if (text.startsWith('GET ')) return 'websocket'
  return looksLikeSip(text) ? 'sip' : 'other'
}

function hasMessageStart({ isSeeking }: Stream, octets: Buffer): boolean {
  return isSeeking && messageStartIn(octets.latin1Slice(0, octets.length)) >= 0
}
