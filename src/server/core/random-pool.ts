import { randomFillSync } from 'node:crypto'
import { hex32 } from '../../base/sip-hash.ts'

const POOL_BYTES = 64 * 1024
const POOL_WORDS = POOL_BYTES / 4

/**
 * Cryptographic chance, drawn from the system 64 KiB at a time: one call for each branch and nonce was 5 % of the time
 * of a call. Octets are handed out once.
 */
const pool = Buffer.alloc(POOL_BYTES)
const words = new Uint32Array(pool.buffer, pool.byteOffset, POOL_WORDS)
let at = POOL_WORDS

/** A number of 32 bits, 0 to 2^32-1. A word of the pool costs 2 ns, a Buffer of it 60. */
export function random32(): number {
  if (at === POOL_WORDS) {
    randomFillSync(pool)
    at = 0
  }
  const word = words[at] ?? 0
  words[at] = 0
  at += 1
  return word
}

/** 64 bits in hexadecimal: sixteen digits. */
export function randomHex64(): string {
  return hex32(random32()) + hex32(random32())
}

/** As many octets, in a Buffer of their own. */
export function pooledRandom(bytes: number): Buffer {
  const out = Buffer.allocUnsafe(bytes)
  for (let i = 0; i < bytes; i += 4) {
    const word = random32()
    for (let j = i; j < Math.min(bytes, i + 4); j++) out[j] = word >>> (8 * (j - i))
  }
  return out
}
