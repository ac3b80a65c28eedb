import { LIMITS } from '../../base/limits.ts'
import { PcapRecords } from './pcap.ts'
import { PcapngBlocks } from './pcapng.ts'

/** One packet of a capture; the object and its octets are used again for the next. */
export interface CapturedPacket {
  /** Ms since 1970, with fractions. */
  wallMs: number
  /** Of `LINK`, or one that is not read. */
  linkType: number
  octets: Buffer
  /** On the wire; more than there are octets when the capture cut it. */
  originalLength: number
  /** What somebody wrote beside it; '' nothing. Text of a stranger. */
  comment: string
}

/** Why a capture cannot be read, or not to its end. One a line, sorted. */
export type CaptureFault =
  | 'block-malformed'
  | 'compressed'
  | 'ends-inside-a-packet'
  | 'no-capture'
  | 'packet-too-long'
  | 'patched-pcap'
  | 'version-unknown'

/** A fault and where: the octet of the file, from 0. */
export interface CaptureProblem {
  readonly fault: CaptureFault
  readonly at: number
}

/** Reads the records of one format. */
export interface RecordReader {
  /** Packets that no interface of the section describes, and other things that were passed over. */
  readonly passedOver: number
  /**
   * Reads one record.
   * @param bytes holds at least eight octets from `start` on
   * @returns octets taken; 0: more are needed; more than there are: the rest is skipped; or a fault
   */
  take(bytes: Buffer, start: number, end: number): number | CaptureFault
}

const EMPTY = Buffer.alloc(0)
/** A record says its length in its first octets. */
const MIN_RECORD = 8
const MAGIC_BYTES = 4
const PCAPNG_MAGIC = 0x0a0d0d0a
const GZIP_MAGIC = 0x1f8b
const ZSTD_MAGIC = 0x28b52ffd

/**
 * Reads a pcap or pcapng file from the pieces that it comes in, and tells each packet. What is held is one record
 * that is not complete, at most. The work is linear in the octets, whatever they say; the first fault is final.
 */
export class CaptureReader {
  /** Packets told. */
  packets = 0
  readonly #see: (packet: CapturedPacket) => void
  #records: RecordReader | undefined
  #held: Buffer = EMPTY
  #heldLength = 0
  #skip = 0
  /** Place in the file of the first octet that is held, or of the next piece. */
  #offset = 0
  #problem: CaptureProblem | undefined

  constructor(see: (packet: CapturedPacket) => void) {
    this.#see = packet => {
      this.packets += 1
      see(packet)
    }
  }

  /** Records that say nothing of a packet, or of none that can be placed. */
  get passedOver(): number {
    return this.#records?.passedOver ?? 0
  }

  /** Takes the next piece; what follows a fault is not looked at. */
  feed(piece: Buffer): CaptureProblem | undefined {
    if (this.#problem !== undefined) return this.#problem
    let from = 0
    if (this.#skip > 0) {
      from = Math.min(this.#skip, piece.length)
      this.#skip -= from
      this.#offset += from
      if (from === piece.length) return undefined
    }
    if (this.#heldLength === 0) {
      const used = this.#take(piece, from, piece.length)
      this.#hold(piece, used)
    } else {
      this.#hold(piece, from)
      const used = this.#take(this.#held, 0, this.#heldLength)
      this.#held.copyWithin(0, used, this.#heldLength)
      this.#heldLength -= used
    }
    return this.#problem
  }

  /** Says that the file ends here. */
  end(): CaptureProblem | undefined {
    if (this.#problem !== undefined) return this.#problem
    if (this.#records === undefined) return this.#fail('no-capture', 0)
    if (this.#heldLength > 0 || this.#skip > 0) return this.#fail('ends-inside-a-packet', this.#offset)
    return undefined
  }

  #fail(fault: CaptureFault, at: number): CaptureProblem {
    this.#problem = { fault, at }
    return this.#problem
  }

  /** Reads whole records; the place of the first octet that was not used. */
  #take(bytes: Buffer, start: number, end: number): number {
    let at = start
    const base = this.#offset - start
    while (this.#problem === undefined && at < end) {
      const records = this.#records ?? this.#recognise(bytes, at, end)
      if (records === undefined || end - at < MIN_RECORD) break
      const taken = records.take(bytes, at, end)
      if (typeof taken === 'string') {
        this.#fail(taken, base + at)
        break
      }
      if (taken === 0) break
      at += taken
      if (at > end) {
        this.#skip = at - end
        at = end
      }
    }
    this.#offset = base + at
    return at
  }

  #recognise(bytes: Buffer, at: number, end: number): RecordReader | undefined {
    if (end - at < MAGIC_BYTES) return undefined
    const magic = bytes.readUInt32BE(at)
    if (magic === PCAPNG_MAGIC) {
      this.#records = new PcapngBlocks(this.#see)
    } else {
      const records = PcapRecords.of(magic, this.#see)
      if (typeof records === 'string') {
        const isPacked = magic >>> 16 === GZIP_MAGIC || magic === ZSTD_MAGIC
        this.#fail(isPacked ? 'compressed' : records, 0)
        return undefined
      }
      this.#records = records
    }
    return this.#records
  }

  #hold(piece: Buffer, from: number): void {
    const more = piece.length - from
    if (more <= 0 || this.#problem !== undefined) return
    const length = this.#heldLength + more
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#held.length * 2))
      this.#held.copy(larger, 0, 0, this.#heldLength)
      this.#held = larger
    }
    piece.copy(this.#held, this.#heldLength, from)
    this.#heldLength = length
  }
}

/** Whether a record of so many octets is more than any packet is. */
export function isTooLong(length: number): boolean {
  return length > LIMITS.maxCapturedPacketBytes
}
