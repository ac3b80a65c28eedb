import { type CapturedPacket, type CaptureFault, isTooLong, type RecordReader } from './read-capture.ts'

const FILE_HEADER = 24
const RECORD_HEADER = 16
const MICROS = 0xa1b2c3d4
const MICROS_SWAPPED = 0xd4c3b2a1
const NANOS = 0xa1b23c4d
const NANOS_SWAPPED = 0x4d3cb2a1
const PATCHED = 0xa1b2cd34
const PATCHED_SWAPPED = 0x34cdb2a1
/** The upper half of the field says how long the frame check sequence is. */
const LINK_TYPE = 0xffff

/** Records of a classic pcap file (draft-ietf-opsawg-pcap), version 2.4, of either byte order, in µs or ns. */
export class PcapRecords implements RecordReader {
  readonly passedOver = 0
  readonly #isLittle: boolean
  readonly #fractionsPerMs: number
  readonly #see: (packet: CapturedPacket) => void
  readonly #packet: CapturedPacket
  #isBegun = false

  private constructor(isLittle: boolean, fractionsPerMs: number, see: (packet: CapturedPacket) => void) {
    this.#isLittle = isLittle
    this.#fractionsPerMs = fractionsPerMs
    this.#see = see
    this.#packet = { wallMs: 0, linkType: 0, octets: Buffer.alloc(0), originalLength: 0, comment: '' }
  }

  /** @param magic the first four octets, read as big endian */
  static of(magic: number, see: (packet: CapturedPacket) => void): PcapRecords | CaptureFault {
    switch (magic) {
      case MICROS:
        return new PcapRecords(false, 1000, see)
      case MICROS_SWAPPED:
        return new PcapRecords(true, 1000, see)
      case NANOS:
        return new PcapRecords(false, 1_000_000, see)
      case NANOS_SWAPPED:
        return new PcapRecords(true, 1_000_000, see)
      case PATCHED:
      case PATCHED_SWAPPED:
        return 'patched-pcap'
      default:
        return 'no-capture'
    }
  }

  take(bytes: Buffer, start: number, end: number): number | CaptureFault {
    if (!this.#isBegun) return this.#begin(bytes, start, end)
    if (end - start < RECORD_HEADER) return 0
    const length = this.#word(bytes, start + 8)
    if (isTooLong(length)) return 'packet-too-long'
    const next = start + RECORD_HEADER + length
    if (next > end) return 0
    const packet = this.#packet
    packet.wallMs = this.#word(bytes, start) * 1000 + this.#word(bytes, start + 4) / this.#fractionsPerMs
    packet.octets = bytes.subarray(start + RECORD_HEADER, next)
    packet.originalLength = this.#word(bytes, start + 12)
    this.#see(packet)
    return next - start
  }

  #begin(bytes: Buffer, start: number, end: number): number | CaptureFault {
    if (end - start < FILE_HEADER) return 0
    const major = this.#isLittle ? bytes.readUInt16LE(start + 4) : bytes.readUInt16BE(start + 4)
    if (major !== 2) return 'version-unknown'
    this.#packet.linkType = this.#word(bytes, start + 20) & LINK_TYPE
    this.#isBegun = true
    return FILE_HEADER
  }

  #word(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
  }
}
