import { LIMITS } from '../../base/limits.ts'
import { type CapturedPacket, type CaptureFault, isTooLong, type RecordReader } from './read-capture.ts'

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6

const LITTLE_MAGIC = 0x4d3c2b1a
const BIG_MAGIC = 0x1a2b3c4d
const MIN_BLOCK = 12
const MIN_SECTION = 28
const OPTION_COMMENT = 1
const OPTION_RESOLUTION = 9
const OPTION_OFFSET = 14
const WORD = 2 ** 32

interface Interface {
  readonly linkType: number
  /** Longest packet kept; 0: any. */
  readonly snapLength: number
  readonly ticksPerMs: number
  readonly offsetMs: number
}

/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng): sections of either byte order, each with its own interfaces.
 * Blocks of other kinds are passed over, of any length; a block that contradicts itself ends the reading.
 */
export class PcapngBlocks implements RecordReader {
  passedOver = 0
  readonly #see: (packet: CapturedPacket) => void
  readonly #packet: CapturedPacket
  #isLittle = true
  #interfaces: Interface[] = []

  constructor(see: (packet: CapturedPacket) => void) {
    this.#see = see
    this.#packet = { wallMs: 0, linkType: 0, octets: Buffer.alloc(0), originalLength: 0, comment: '' }
  }

  take(bytes: Buffer, start: number, end: number): number | CaptureFault {
    // The type of a section header reads the same in both orders; only what follows says which it is.
    const isSection = bytes.readUInt32BE(start) === SECTION_HEADER
    if (isSection) {
      if (end - start < MIN_SECTION) return 0
      const magic = bytes.readUInt32BE(start + 8)
      if (magic !== LITTLE_MAGIC && magic !== BIG_MAGIC) return 'block-malformed'
      this.#isLittle = magic === LITTLE_MAGIC
    }
    const type = this.#word(bytes, start)
    const length = this.#word(bytes, start + 4)
    if (length < MIN_BLOCK || length % 4 !== 0) return 'block-malformed'
    if (isTooLong(length)) {
      if (isPacketBlock(type)) return 'packet-too-long'
      this.passedOver += 1
      return length
    }
    if (start + length > end) return 0
    const blockEnd = start + length - 4
    if (this.#word(bytes, blockEnd) !== length) return 'block-malformed'
    const fault = isSection
      ? this.#readSection(bytes, start, length)
      : this.#read(type, bytes, start + 8, blockEnd)
    return fault ?? length
  }

  #readSection(bytes: Buffer, start: number, length: number): CaptureFault | undefined {
    if (length < MIN_SECTION) return 'block-malformed'
    this.#interfaces = []
    return this.#half(bytes, start + 12) === 1 ? undefined : 'version-unknown'
  }

  #read(type: number, bytes: Buffer, at: number, end: number): CaptureFault | undefined {
    switch (type) {
      case INTERFACE_DESCRIPTION:
        return this.#readInterface(bytes, at, end)
      case ENHANCED_PACKET:
        return this.#readPacket(bytes, at, end, 4)
      case PACKET:
        return this.#readPacket(bytes, at, end, 2)
      case SIMPLE_PACKET:
        return this.#readSimple(bytes, at, end)
      default:
        this.passedOver += 1
        return undefined
    }
  }

  #readInterface(bytes: Buffer, at: number, end: number): CaptureFault | undefined {
    if (end - at < 8) return 'block-malformed'
    if (this.#interfaces.length >= LIMITS.maxCaptureInterfaces) {
      this.passedOver += 1
      return undefined
    }
    const resolution = this.#option(bytes, at + 8, end, OPTION_RESOLUTION)
    const offset = this.#option(bytes, at + 8, end, OPTION_OFFSET)
    this.#interfaces.push({
      linkType: this.#half(bytes, at),
      snapLength: this.#word(bytes, at + 4),
      ticksPerMs: resolution?.length === 1 ? ticksPerMs(resolution[0] ?? 6) : 1000,
      offsetMs: offset?.length === 8 ? this.#seconds(offset) * 1000 : 0,
    })
    return undefined
  }

  /** An Enhanced Packet Block, or its obsolete kin, whose interface has sixteen bits and a count behind it. */
  #readPacket(bytes: Buffer, at: number, end: number, numberBytes: 2 | 4): CaptureFault | undefined {
    if (end - at < 20) return 'block-malformed'
    const number = numberBytes === 4 ? this.#word(bytes, at) : this.#half(bytes, at)
    const length = this.#word(bytes, at + 12)
    if (length > end - at - 20) return 'block-malformed'
    const from = this.#interfaces[number]
    if (from === undefined) {
      this.passedOver += 1
      return undefined
    }
    const high = this.#word(bytes, at + 4)
    const low = this.#word(bytes, at + 8)
    const packet = this.#packet
    // Nanoseconds since 1970 are more than a number holds: each half by itself.
    packet.wallMs = from.offsetMs + high * (WORD / from.ticksPerMs) + low / from.ticksPerMs
    packet.linkType = from.linkType
    packet.octets = bytes.subarray(at + 20, at + 20 + length)
    packet.originalLength = this.#word(bytes, at + 16)
    const optionsAt = at + 20 + padded(length)
    const comment = optionsAt < end ? this.#option(bytes, optionsAt, end, OPTION_COMMENT) : undefined
    packet.comment = comment === undefined ? '' : comment.toString('utf8')
    this.#see(packet)
    return undefined
  }

  /** A Simple Packet Block is of the first interface and has no time: that of the packet before it. */
  #readSimple(bytes: Buffer, at: number, end: number): CaptureFault | undefined {
    if (end - at < 4) return 'block-malformed'
    const from = this.#interfaces[0]
    if (from === undefined) {
      this.passedOver += 1
      return undefined
    }
    const packet = this.#packet
    packet.originalLength = this.#word(bytes, at)
    const kept =
      from.snapLength === 0 ? packet.originalLength : Math.min(packet.originalLength, from.snapLength)
    packet.octets = bytes.subarray(at + 4, Math.min(end, at + 4 + kept))
    packet.linkType = from.linkType
    packet.comment = ''
    this.#see(packet)
    return undefined
  }

  /** Value of the first option with this code; undefined when it is not there or the options make no sense. */
  #option(bytes: Buffer, start: number, end: number, wanted: number): Buffer | undefined {
    let at = start
    while (at + 4 <= end) {
      const code = this.#half(bytes, at)
      const length = this.#half(bytes, at + 2)
      if (code === 0 || at + 4 + length > end) return undefined
      if (code === wanted) return bytes.subarray(at + 4, at + 4 + length)
      at += 4 + padded(length)
    }
    return undefined
  }

  #seconds(offset: Buffer): number {
    return Number(this.#isLittle ? offset.readBigInt64LE(0) : offset.readBigInt64BE(0))
  }

  #word(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }

  #half(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)
  }
}

function isPacketBlock(type: number): boolean {
  return type === ENHANCED_PACKET || type === PACKET || type === SIMPLE_PACKET
}

/** The highest bit tells powers of two from powers of ten. */
function ticksPerMs(resolution: number): number {
  return ((resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f)) / 1000
}

function padded(length: number): number {
  return (length + 3) & ~3
}
