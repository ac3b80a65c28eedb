import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * A file of the log: a head of 64 octets, then frames. A frame is `mark u32 · checksum u32 · length u32` and as many
 * octets of records (`record/layout.ts`); its checksum covers length and records and begins with the frame's place
 * in the file, so that a frame that moved is none. The mark is drawn for each file: it is how frames are found
 * again behind damage. All numbers are little-endian.
 */
export const FILE_HEAD_BYTES = 64
export const FRAME_HEAD_BYTES = 12

const MAGIC = 'ASPISLOC'
const FORMAT = 1
const ID_BYTES = 16
const SUM_AT = 60

/** A log goes on; a snapshot is complete and ends with an empty frame. */
export type FileKind = 'log' | 'snapshot'

/** What the head of a file says. */
export interface FileHead {
  readonly kind: FileKind
  readonly sequence: number
  /** Hex name of the database that it belongs to. */
  readonly databaseId: string
  readonly mark: number
}

/** A head with a new mark. */
export function makeHead(kind: FileKind, sequence: number, databaseId: string): FileHead {
  return { kind, sequence, databaseId, mark: randomBytes(4).readUInt32LE(0) }
}

export function writeHead(head: FileHead): Buffer {
  const bytes = Buffer.alloc(FILE_HEAD_BYTES)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt32LE(FORMAT, 8)
  bytes.writeUInt32LE(head.kind === 'log' ? 1 : 2, 12)
  bytes.writeUInt32LE(head.sequence, 16)
  bytes.write(head.databaseId, 20, ID_BYTES, 'hex')
  bytes.writeUInt32LE(head.mark, 36)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SUM_AT)), SUM_AT)
  return bytes
}

/** @returns undefined when it is no head, `newer` when a later version wrote it */
export function readHead(bytes: Buffer): FileHead | 'newer' | undefined {
  if (bytes.length < FILE_HEAD_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
  if (crc32(bytes.subarray(0, SUM_AT)) !== bytes.readUInt32LE(SUM_AT)) return undefined
  if (bytes.readUInt32LE(8) > FORMAT) return 'newer'
  const kind = bytes.readUInt32LE(12)
  if (kind !== 1 && kind !== 2) return undefined
  return {
    kind: kind === 1 ? 'log' : 'snapshot',
    sequence: bytes.readUInt32LE(16),
    databaseId: bytes.toString('hex', 20, 20 + ID_BYTES),
    mark: bytes.readUInt32LE(36),
  }
}

/**
 * Fills in the head of a frame that stands at the beginning of `frame`, records included.
 * @param offset its place in the file
 */
export function sealFrame(frame: Buffer, mark: number, offset: number): void {
  frame.writeUInt32LE(mark, 0)
  frame.writeUInt32LE(frame.length - FRAME_HEAD_BYTES, 8)
  frame.writeUInt32LE(sumOf(frame, offset), 4)
}

/** The checksum of a frame at this place of the file. */
export function sumOf(frame: Buffer, offset: number): number {
  return crc32(frame.subarray(8), offset % 0x1_0000_0000)
}
