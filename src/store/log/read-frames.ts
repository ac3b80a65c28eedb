import { readSync } from 'node:fs'
import { areRecords, endOfRecord } from '../record/frame.ts'
import { type Octets, octetsOf } from '../record/layout.ts'
import { FILE_HEAD_BYTES, FRAME_HEAD_BYTES, sumOf } from './format.ts'

/** What the frames of a file say. */
export type Reading =
  /** Everything up to `end` fits, and nothing but zeros follows; whether the last frame is an empty one. */
  | { readonly kind: 'whole'; readonly end: number; readonly endsEmpty: boolean }
  /** The last frame was not written to its end: nothing behind `end` fits, and `size` octets are not zero. */
  | { readonly kind: 'torn'; readonly end: number; readonly size: number }
  /** What stands at `offset` does not fit although there are frames behind it. */
  | { readonly kind: 'damaged'; readonly offset: number }

/** Told of each record in turn; the octets are good during the call only. */
export type SeeRecord = (octets: Octets, at: number) => void

const WINDOW_BYTES = 4 * 1024 * 1024
/** A frame that was not written to its end leaves less than this behind: more is damage. */
const MAX_TORN_BYTES = 64 * 1024 * 1024

/**
 * Reads all frames of an open file.
 * @param size of the file, octets
 * @param mark of its frames
 */
export function readFrames(file: number, size: number, mark: number, see: SeeRecord): Reading {
  const window = new FileWindow(file, size)
  let offset = FILE_HEAD_BYTES
  let endsEmpty = false
  while (offset < size) {
    const frame = window.frameAt(offset, mark)
    if (frame === undefined) return judgeRest(window, offset, size, mark, endsEmpty)
    const octets = octetsOf(frame)
    if (!areRecords(octets, FRAME_HEAD_BYTES, frame.length)) return { kind: 'damaged', offset }
    for (let at = FRAME_HEAD_BYTES; at < frame.length; at = endOfRecord(octets, at)) see(octets, at)
    endsEmpty = frame.length === FRAME_HEAD_BYTES
    offset += frame.length
  }
  return { kind: 'whole', end: offset, endsEmpty }
}

/** One frame is written at a time, so what is torn is the last one: where another follows, something broke. */
function judgeRest(
  window: FileWindow,
  offset: number,
  size: number,
  mark: number,
  endsEmpty: boolean,
): Reading {
  if (size - offset > MAX_TORN_BYTES) return { kind: 'damaged', offset }
  const pattern = Buffer.alloc(4)
  pattern.writeUInt32LE(mark)
  const rest = Buffer.from(window.read(offset, size - offset) ?? [])
  const torn = rest.findLastIndex(octet => octet !== 0) + 1
  if (torn === 0) return { kind: 'whole', end: offset, endsEmpty }
  for (let at = rest.indexOf(pattern, 1); at >= 0; at = rest.indexOf(pattern, at + 1)) {
    if (window.frameAt(offset + at, mark) !== undefined) return { kind: 'damaged', offset }
  }
  return { kind: 'torn', end: offset, size: torn }
}

/** A part of a file in memory, which moves on as it is read. */
class FileWindow {
  readonly #file: number
  readonly #size: number
  #bytes = Buffer.alloc(0)
  #start = 0

  constructor(file: number, size: number) {
    this.#file = file
    this.#size = size
  }

  /** The frame at `offset`; undefined when what stands there is none. */
  frameAt(offset: number, mark: number): Buffer | undefined {
    const head = this.read(offset, FRAME_HEAD_BYTES)
    if (head === undefined || head.readUInt32LE(0) !== mark) return undefined
    const frame = this.read(offset, FRAME_HEAD_BYTES + head.readUInt32LE(8))
    return frame !== undefined && frame.readUInt32LE(4) === sumOf(frame, offset) ? frame : undefined
  }

  /** Octets from `offset` on, good until the next call; undefined when the file is shorter. */
  read(offset: number, length: number): Buffer | undefined {
    if (offset + length > this.#size) return undefined
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) this.#load(offset, length)
    const at = offset - this.#start
    return at + length > this.#bytes.length ? undefined : this.#bytes.subarray(at, at + length)
  }

  #load(offset: number, length: number): void {
    const wanted = Math.min(Math.max(length, WINDOW_BYTES), this.#size - offset)
    if (this.#bytes.buffer.byteLength < wanted) this.#bytes = Buffer.allocUnsafeSlow(wanted)
    const room = Buffer.from(this.#bytes.buffer, 0, wanted)
    let filled = 0
    while (filled < wanted) {
      const read = readSync(this.#file, room, filled, wanted - filled, offset + filled)
      if (read === 0) break
      filled += read
    }
    this.#bytes = room.subarray(0, filled)
    this.#start = offset
  }
}
