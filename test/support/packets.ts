import type { Address } from '../../src/base/flow.ts'
import { LINK } from '../../src/detect/capture/link-type.ts'
import { udpPacket } from '../../src/detect/capture/write-packet.ts'
import { enhancedPacket, interfaceDescription, sectionHeader } from '../../src/detect/capture/write-pcapng.ts'

/** A packet of a capture that a test makes. */
export interface MadePacket {
  readonly wallMs: number
  readonly octets: Buffer
}

/** How a classic pcap file is written. */
export interface PcapForm {
  readonly isLittle?: boolean
  readonly isNanoseconds?: boolean
  readonly linkType?: number
}

/** When the captures of tests begin. */
export const BEGAN_MS = Date.UTC(2026, 0, 1)

/** A classic pcap file. */
export function pcapFile(packets: readonly MadePacket[], form: PcapForm = {}): Buffer {
  const { isLittle = true, isNanoseconds = false, linkType = LINK.raw } = form
  const word = (value: number): Buffer => {
    const octets = Buffer.alloc(4)
    if (isLittle) octets.writeUInt32LE(value)
    else octets.writeUInt32BE(value)
    return octets
  }
  const half = (value: number): Buffer => {
    const octets = Buffer.alloc(2)
    if (isLittle) octets.writeUInt16LE(value)
    else octets.writeUInt16BE(value)
    return octets
  }
  const parts = [word(isNanoseconds ? 0xa1b23c4d : 0xa1b2c3d4), half(2), half(4)]
  parts.push(word(0), word(0), word(262_144), word(linkType))
  for (const { wallMs, octets } of packets) {
    const fraction = Math.round((wallMs % 1000) * (isNanoseconds ? 1_000_000 : 1000))
    parts.push(
      word(Math.floor(wallMs / 1000)),
      word(fraction),
      word(octets.length),
      word(octets.length),
      octets,
    )
  }
  return Buffer.concat(parts)
}

/** A pcapng file with one interface. */
export function pcapngFile(packets: readonly MadePacket[], linkType: number = LINK.raw): Buffer {
  return Buffer.concat([
    sectionHeader('test'),
    interfaceDescription(linkType, 'test0'),
    ...packets.map(packet => enhancedPacket(packet)),
  ])
}

/** A datagram of text, in IP. */
export function datagram(from: Address, to: Address, text: string): Buffer {
  const packet = udpPacket(from, to, Buffer.from(text, 'latin1'))
  if (packet === undefined) throw new Error(`no packet from ${from.ip} to ${to.ip}`)
  return packet
}

/** An IP packet inside another protocol, with the same addresses. */
export function ipWith(protocol: number, from: Address, to: Address, payload: Buffer): Buffer {
  const packet = datagram(from, to, ' '.repeat(Math.max(0, payload.length - 8)))
  const isIpv4 = packet[0] === 0x45
  packet.writeUInt8(protocol, isIpv4 ? 9 : 6)
  const start = isIpv4 ? 20 : 40
  const whole = Buffer.concat([packet.subarray(0, start), payload])
  if (isIpv4) whole.writeUInt16BE(whole.length, 2)
  else whole.writeUInt16BE(payload.length, 4)
  return whole
}

/** Octets of the same packet under another link type. */
export function linked(linkType: number, ip: Buffer, tags: readonly number[] = []): Buffer {
  const type = ip[0] === 0x45 ? 0x0800 : 0x86dd
  if (linkType === LINK.null || linkType === LINK.loop) {
    const family = Buffer.alloc(4)
    family.writeUInt32BE(type === 0x0800 ? 2 : 30)
    return Buffer.concat([family, ip])
  }
  if (linkType === LINK.linuxCooked2) {
    const head = Buffer.alloc(20)
    head.writeUInt16BE(type)
    return Buffer.concat([head, ip])
  }
  if (linkType !== LINK.ethernet && linkType !== LINK.linuxCooked) return ip
  const head = Buffer.alloc(linkType === LINK.ethernet ? 12 : 14)
  const types = Buffer.alloc(2 + tags.length * 4)
  for (const [i, tag] of tags.entries()) types.writeUInt16BE(tag, i * 4)
  types.writeUInt16BE(type, tags.length * 4)
  return Buffer.concat([head, types, ip])
}

/** Flags of TCP. */
export const FLAG = { fin: 1, syn: 2, rst: 4, ack: 16 } as const

/** One direction of a connection that a test plays. */
export class Talker {
  readonly from: Address
  readonly to: Address
  sequence: number

  constructor(from: Address, to: Address, sequence = 0xffff_ff00) {
    this.from = from
    this.to = to
    this.sequence = sequence
  }

  opens(): Buffer {
    const packet = this.#segment(this.sequence, FLAG.syn, 0, '')
    this.sequence = (this.sequence + 1) >>> 0
    return packet
  }

  /** The next octets of the stream. */
  says(text: string): Buffer {
    const packet = this.#segment(this.sequence, FLAG.ack, 0, text)
    this.sequence = (this.sequence + Buffer.byteLength(text, 'latin1')) >>> 0
    return packet
  }

  /** Octets at any place. */
  saysAt(sequence: number, text: string): Buffer {
    return this.#segment(sequence >>> 0, FLAG.ack, 0, text)
  }

  acknowledges(number: number): Buffer {
    return this.#segment(this.sequence, FLAG.ack, number, '')
  }

  resets(): Buffer {
    return this.#segment(this.sequence, FLAG.rst, 0, '')
  }

  #segment(sequence: number, flags: number, acknowledgement: number, text: string): Buffer {
    const head = Buffer.alloc(20)
    head.writeUInt16BE(this.from.port, 0)
    head.writeUInt16BE(this.to.port, 2)
    head.writeUInt32BE(sequence, 4)
    head.writeUInt32BE(acknowledgement >>> 0, 8)
    head.writeUInt8(5 << 4, 12)
    head.writeUInt8(flags, 13)
    return ipWith(6, this.from, this.to, Buffer.concat([head, Buffer.from(text, 'latin1')]))
  }
}

/** Packets a millisecond apart. */
export function timed(octets: readonly Buffer[]): MadePacket[] {
  return octets.map((each, i) => ({ wallMs: BEGAN_MS + i, octets: each }))
}
