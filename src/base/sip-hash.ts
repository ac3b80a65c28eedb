/**
 * Keyed digests of short text by SipHash-2-4, 128 bits: one at a time, `key.begin()`, `addPart` for each part,
 * `finishDigest()`, and then what is asked about the digest.
 *
 * The hash under way is the module's, not an object's: nothing is made for a digest, and all of it happens in one
 * turn. Lengths in front of the parts keep their borders apart, so that no two lists of parts are hashed alike.
 */
import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { DIGEST_AT, INPUT_AT, STATE_AT, sipHashModule } from './sip-hash-code.ts'

/** What we use of WebAssembly; the types of the language's library have it for browsers only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: { host: { memory: object } },
  ) => {
    readonly exports: {
      absorb(length: number, unused: number): void
      finish(length: number, total: number): void
    }
  }
}

/** One page: the longest part taken at once, with room for UTF-8, and the word that is read beyond the end. */
const PAGES = 1
const CAPACITY = PAGES * 65_536 - INPUT_AT - 8
const PIECE_CHARS = 4096

const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES })
const { absorb, finish } = new WebAssembly.Instance(new WebAssembly.Module(sipHashModule()), {
  host: { memory },
}).exports
const octets = Buffer.from(memory.buffer)
const state = new Int32Array(memory.buffer, STATE_AT, 8)
const digest = new Int32Array(memory.buffer, DIGEST_AT, 4)

/** Octets of input that wait in memory, and those that the state has taken. */
let waiting = 0
let taken = 0

/** A key of 128 bits, for one purpose; never prints. */
export class SipKey {
  readonly #state = new Int32Array(8)

  /** @param key 16 octets */
  constructor(key: Uint8Array) {
    const view = Buffer.from(key)
    // "somepseudorandomlygeneratedbytes", and what tells 128 bits of output from 64.
    const start = [
      0x70736575,
      0x736f6d65,
      0x6e646f6d ^ 0xee,
      0x646f7261,
      0x6e657261,
      0x6c796765,
      0x79746573,
      0x74656462,
    ]
    for (const [i, word] of start.entries()) this.#state[i] = word ^ view.readInt32LE((i & 3) * 4)
  }

  /** The key of one purpose: 128 bits of HMAC-SHA-256 of its label, so that no purpose tells of another. */
  static derived(secret: string | Uint8Array, label: string): SipKey {
    return new SipKey(createHmac('sha256', secret).update(label).digest().subarray(0, 16))
  }

  /** Begins a digest; one that was not finished is forgotten. */
  begin(): void {
    const from = this.#state
    for (let i = 0; i < 8; i++) state[i] = from[i] ?? 0
    waiting = 0
    taken = 0
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}

/** Below this a loop costs less than the call that writes a string to memory (30 ns, of a slice 60). */
const SHORT_CHARS = 20

/** Adds a part: its length in octets, four of them, then the text as UTF-8. */
export function addPart(text: string): void {
  const { length } = text
  if (length > PIECE_CHARS) {
    addLong(text)
    return
  }
  if (waiting + 4 + 3 * length > CAPACITY) takeWords()
  const start = INPUT_AT + waiting + 4
  const written = length < SHORT_CHARS ? writeAscii(text, start) : octets.write(text, start, 'utf8')
  addNumber(written)
  waiting += written
}

/** Longest range that is copied octet by octet. */
const SHORT_RANGE = 80

/**
 * Adds a part that is a range of latin-1 octets, the same as its text would be. A part of a message is copied from where it
 * lies in 30 ns; to write the part of a text takes 90.
 * @returns false, and nothing is added, where it is long or holds an octet that is no ASCII
 */
export function addOctets(from: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if (length > SHORT_RANGE) return false
  if (waiting + 4 + length > CAPACITY) takeWords()
  const to = INPUT_AT + waiting + 4 - start
  let seen = 0
  for (let i = start; i < end; i++) {
    const octet = from[i] ?? 0
    seen |= octet
    octets[to + i] = octet
  }
  if (seen > 127) return false
  addNumber(length)
  waiting += length
  return true
}

/** Adds a whole number of 32 bits, which needs no length. */
export function addNumber(value: number): void {
  const at = INPUT_AT + waiting
  octets[at] = value
  octets[at + 1] = value >>> 8
  octets[at + 2] = value >>> 16
  octets[at + 3] = value >>> 24
  waiting += 4
}

/** A part of more than one piece says so by its sign, or it could be taken for its pieces. */
function addLong(text: string): void {
  takeWords()
  addNumber(-text.length)
  for (let at = 0; at < text.length; at += PIECE_CHARS) addPart(text.slice(at, at + PIECE_CHARS))
}

function writeAscii(text: string, start: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) return octets.write(text, start, 'utf8')
    octets[start + i] = code
  }
  return text.length
}

/** Makes room: the state takes all whole words. */
function takeWords(): void {
  const whole = waiting & -8
  absorb(whole, 0)
  for (let i = whole; i < waiting; i++) octets[INPUT_AT + i - whole] = octets[INPUT_AT + i] ?? 0
  taken += whole
  waiting -= whole
}

/** What was added so far begins every digest until the next `begin`: it is hashed once for all of them. */
export function sharePrefix(): void {
  while ((waiting & 7) !== 0) {
    octets[INPUT_AT + waiting] = 0
    waiting += 1
  }
  takeWords()
}

/** Finishes the digest; with a shared prefix the next one may follow at once. */
export function finishDigest(): void {
  finish(waiting, taken + waiting)
  waiting = 0
}

/** One of the digest's four words of 32 bits, signed. */
export function digestWord(index: 0 | 1 | 2 | 3): number {
  return digest[index] ?? 0
}

/** Characters of `digestText`: 72 bits. */
export const DIGEST_CHARS = 12

/** The digest's first 72 bits as base64url: the upper 24 of three words, so that a table of pairs gives the text. */
export function digestText(): string {
  return text24(digest[0] ?? 0) + text24(digest[1] ?? 0) + text24(digest[2] ?? 0)
}

/** Writes the digest's text, `DIGEST_CHARS` octets: where several follow, one text of all is made faster than of pieces. */
export function writeDigest(into: Uint8Array, at: number): void {
  for (let i = 0; i < 3; i++) {
    const word = digest[i] ?? 0
    const start = at + 4 * i
    into[start] = CODES[word >>> 26] ?? 0
    into[start + 1] = CODES[(word >>> 20) & 63] ?? 0
    into[start + 2] = CODES[(word >>> 14) & 63] ?? 0
    into[start + 3] = CODES[(word >>> 8) & 63] ?? 0
  }
}

/** 64 bits in hexadecimal: sixteen characters. */
export function digestHex(): string {
  return hex32(digest[0] ?? 0) + hex32(digest[1] ?? 0)
}

/**
 * Whether `text` holds the digest's text at `at`; in time that does not depend on how many characters are right, and
 * without making the text.
 */
export function holdsDigest(text: string, at: number): boolean {
  if (text.length < at + DIGEST_CHARS) return false
  let difference = 0
  for (let i = 0; i < 3; i++) {
    const word = digest[i] ?? 0
    const start = at + 4 * i
    difference |= (CODES[word >>> 26] ?? 0) ^ text.charCodeAt(start)
    difference |= (CODES[(word >>> 20) & 63] ?? 0) ^ text.charCodeAt(start + 1)
    difference |= (CODES[(word >>> 14) & 63] ?? 0) ^ text.charCodeAt(start + 2)
    difference |= (CODES[(word >>> 8) & 63] ?? 0) ^ text.charCodeAt(start + 3)
  }
  return difference === 0
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const CODES = Uint8Array.from(ALPHABET, character => character.charCodeAt(0))
const PAIRS = Array.from({ length: 4096 }, (_, i) => ALPHABET.charAt(i >> 6) + ALPHABET.charAt(i & 63))

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** The upper 24 bits as four characters of base64url. */
export function text24(word: number): string {
  return (PAIRS[word >>> 20] ?? '') + (PAIRS[(word >>> 8) & 4095] ?? '')
}

/** 32 bits as eight hexadecimal digits, the highest first. */
export function hex32(word: number): string {
  return (
    (HEX[word >>> 24] ?? '') +
    (HEX[(word >>> 16) & 255] ?? '') +
    (HEX[(word >>> 8) & 255] ?? '') +
    (HEX[word & 255] ?? '')
  )
}

const VALUES = new Uint8Array(256)
for (const [value, code] of CODES.entries()) VALUES[code] = value

/** What `text24` wrote at a place: 0 to 2^24-1. Only for text of ours: any other character counts as `A`. */
export function value24(text: string, at: number): number {
  return (
    ((VALUES[text.charCodeAt(at)] ?? 0) << 18) |
    ((VALUES[text.charCodeAt(at + 1)] ?? 0) << 12) |
    ((VALUES[text.charCodeAt(at + 2)] ?? 0) << 6) |
    (VALUES[text.charCodeAt(at + 3)] ?? 0)
  )
}
