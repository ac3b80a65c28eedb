import type { TransportName } from '../../base/flow.ts'
import { ipWords } from '../../base/ip-address.ts'

/** A message, or a verdict, for a collector that speaks HEP (Homer). */
export interface HepPacket {
  readonly fromIp: string
  readonly fromPort: number
  readonly toIp: string
  readonly toPort: number
  readonly transport: TransportName
  /** Ms since 1970. */
  readonly wallMs: number
  /** `sip`: a message as it came. `log`: text about it. */
  readonly payload: 'sip' | 'log'
  readonly octets: Uint8Array
  /** Number of this capture point. */
  readonly captureId: number
  /** Key that the collector asks for; '' none. */
  readonly password: string
  /** Call-ID: ties messages and verdicts together. */
  readonly correlation: string
  /** JSON of the verdict, in a chunk of our own; '' none. */
  readonly verdict: string
}

/** Generic chunks of HEP version 3. */
const CHUNK = {
  family: 1,
  protocol: 2,
  from4: 3,
  to4: 4,
  from6: 5,
  to6: 6,
  fromPort: 7,
  toPort: 8,
  seconds: 9,
  micros: 10,
  payloadType: 11,
  captureId: 12,
  password: 14,
  payload: 15,
  correlation: 17,
} as const
const GENERIC = 0
/** Chunks of a vendor outside those that have a number: the verdict is type 1. */
const OURS = 0x7ffe
const AF_INET = 2
const AF_INET6 = 10
const UDP = 17
const TCP = 6
const SIP = 1
const LOG = 100
/** HEP counts its length in 16 bits; the payload is cut to what is left. */
const MAX_PACKET = 65_000
const MAX_VERDICT = 4096
const MAX_CORRELATION = 256

/** A packet of HEP version 3. */
export function hepPacket(packet: HepPacket): Buffer {
  const isV6 = packet.fromIp.includes(':') || packet.toIp.includes(':')
  const chunks = [
    chunk(GENERIC, CHUNK.family, [isV6 ? AF_INET6 : AF_INET]),
    chunk(GENERIC, CHUNK.protocol, [packet.transport === 'udp' ? UDP : TCP]),
    chunk(GENERIC, isV6 ? CHUNK.from6 : CHUNK.from4, addressOctets(packet.fromIp, isV6)),
    chunk(GENERIC, isV6 ? CHUNK.to6 : CHUNK.to4, addressOctets(packet.toIp, isV6)),
    chunk(GENERIC, CHUNK.fromPort, word16(packet.fromPort)),
    chunk(GENERIC, CHUNK.toPort, word16(packet.toPort)),
    chunk(GENERIC, CHUNK.seconds, word32(Math.floor(packet.wallMs / 1000))),
    chunk(GENERIC, CHUNK.micros, word32(Math.floor((packet.wallMs % 1000) * 1000))),
    chunk(GENERIC, CHUNK.payloadType, [packet.payload === 'sip' ? SIP : LOG]),
    chunk(GENERIC, CHUNK.captureId, word32(packet.captureId)),
  ]
  if (packet.password !== '')
    chunks.push(chunk(GENERIC, CHUNK.password, Buffer.from(packet.password, 'utf8')))
  const { correlation, verdict } = packet
  if (correlation !== '') {
    chunks.push(
      chunk(GENERIC, CHUNK.correlation, Buffer.from(correlation, 'latin1').subarray(0, MAX_CORRELATION)),
    )
  }
  if (verdict !== '') chunks.push(chunk(OURS, 1, Buffer.from(verdict, 'latin1').subarray(0, MAX_VERDICT)))
  const used = chunks.reduce((sum, { length }) => sum + length, HEAD + CHUNK_HEAD)
  chunks.push(chunk(GENERIC, CHUNK.payload, packet.octets.subarray(0, MAX_PACKET - used)))
  const length = chunks.reduce((sum, each) => sum + each.length, HEAD)
  return Buffer.concat([Buffer.from('HEP3', 'latin1'), Buffer.from(word16(length)), ...chunks])
}

const HEAD = 6
const CHUNK_HEAD = 6

function chunk(vendor: number, type: number, value: ArrayLike<number>): Buffer {
  const octets = Buffer.alloc(CHUNK_HEAD + value.length)
  octets.writeUInt16BE(vendor, 0)
  octets.writeUInt16BE(type, 2)
  octets.writeUInt16BE(octets.length, 4)
  octets.set(value, CHUNK_HEAD)
  return octets
}

function word16(value: number): number[] {
  return [(value >> 8) & 255, value & 255]
}

function word32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

/** In network order; an IPv4 address among IPv6 ones is mapped (RFC 4291 §2.5.5.2). */
function addressOctets(ip: string, isV6: boolean): number[] {
  const words = ipWords(ip.split('/')[0] ?? '') ?? [0]
  if (words.length === 4) return words.flatMap(word32)
  const four = word32(words[0] ?? 0)
  return isV6 ? [...new Array<number>(10).fill(0), 255, 255, ...four] : four
}
