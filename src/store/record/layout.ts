import { constants } from 'node:buffer'

/**
 * A change as octets: what one address-of-record has from now on. The same octets stand in the log, lie in memory
 * and travel between processes.
 *
 * All numbers are little-endian. A head of `HEAD_BYTES`, then for each binding
 * `flags u8 · expires f64 · cseq u32 · q u16 · [reg-id u32] · [epoch f64] · lengths`, then all texts without gaps:
 * the address-of-record, then those of each binding in the order of their lengths. A length counts characters, in
 * groups of seven bits, lowest first. Texts are latin-1, or UTF-16 where one of them needs that.
 */
export const HEAD = {
  /** u32: octets of the record, head included. */
  length: 0,
  /** u32: where the texts begin. */
  textAt: 4,
  /** u32: characters of the address-of-record. */
  aorLength: 8,
  /** u32: how many changes the address-of-record had, modulo 2^32. */
  version: 12,
  /** f64: when its first binding expires, ms, wall clock; infinite without bindings. */
  earliestMs: 16,
  /** u16 */
  count: 24,
  /** u8 */
  flags: 26,
  /** u32, in memory only: the place in the index. */
  slot: 28,
} as const

/** Octets of the head. */
export const HEAD_BYTES = 32

/** Fewest octets of a binding's numbers, its lengths not counted. */
export const BINDING_BYTES = 15

/** Flags of a record. */
export const RECORD_FLAG = { isWide: 1 } as const

/** Flags of a binding. */
export const BINDING_FLAG = {
  instance: 1,
  regId: 2,
  flowToken: 4,
  pubGruu: 8,
  epoch: 16,
  /** The key is the contact. */
  keyIsContact: 32,
  /** The key is `instance;reg-id=n`. */
  keyIsFlow: 64,
} as const

/** No text of a record is longer. */
export const MAX_TEXT_CHARS = Math.min(constants.MAX_STRING_LENGTH, 0x0fff_ffff)

/** Octets with both ways to read them. */
export interface Octets {
  readonly bytes: Buffer
  readonly view: DataView
}

/** Wraps a buffer. */
export function octetsOf(bytes: Buffer): Octets {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}
