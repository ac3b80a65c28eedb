import { equalInConstantTime } from '../../base/secret.ts'
import type { Algorithm } from './algorithm.ts'
import type { DigestKeys } from './keys.ts'

/**
 * Nonces are stateless. Forty characters, base64url:
 *
 *     0        16       24              40
 *     │ head   │ source │ keyed digest  │
 *
 * The head is 6 octets of time (ms), 2 of the process, 4 of chance. The source is 48 bits of a keyed hash of
 * the source class: an answer captured on its way is of no use from another address. The digest is 96 bits
 * of HMAC-SHA-256 over head, source, algorithm and realm, so an answer can neither move to another realm nor
 * to a weaker algorithm than the one that its nonce was made for.
 * @see RFC 7616 §3.3, §5.4
 */
const HEAD_OCTETS = 12
const HEAD_END = 16
const SOURCE_END = 24
const NONCE_LENGTH = 40

/** A clock that was set back a little makes no nonce invalid. */
const MAX_AHEAD_MS = 10_000

/** What the nonce is bound to; `sourceClass` is any text that names where the request came from. */
export interface NonceBinding {
  readonly realm: string
  readonly algorithm: Algorithm
  readonly sourceClass: string
}

/** `altered` is also what we never made; all others were made by a holder of the key. */
export type NonceState = 'fresh' | 'expired' | 'altered' | 'other-source' | 'other-node'

/**
 * A new nonce.
 * @param nowMs Unix time in ms
 * @param random gives that many octets of chance
 */
export function makeNonce(
  nowMs: number,
  random: (bytes: number) => Buffer,
  keys: DigestKeys,
  binding: NonceBinding,
): string {
  const head = Buffer.allocUnsafe(HEAD_OCTETS)
  head.writeUIntBE(nowMs, 0, 6)
  head.writeUInt16BE(keys.node, 6)
  head.set(random(4), 8)
  const bound = head.toString('base64url') + sourceMark(keys, binding.sourceClass)
  return bound + macOf(keys, bound, binding)
}

/**
 * Judges a nonce that came back.
 * @param ttlMs how long a nonce is good, in ms
 */
export function readNonce(
  nonce: string,
  nowMs: number,
  ttlMs: number,
  keys: DigestKeys,
  binding: NonceBinding,
): NonceState {
  if (nonce.length !== NONCE_LENGTH) return 'altered'
  const bound = nonce.slice(0, SOURCE_END)
  if (!equalInConstantTime(nonce.slice(SOURCE_END), macOf(keys, bound, binding))) return 'altered'
  if (nonce.slice(HEAD_END, SOURCE_END) !== sourceMark(keys, binding.sourceClass)) return 'other-source'
  const head = Buffer.from(nonce.slice(0, HEAD_END), 'base64url')
  if (head.readUInt16BE(6) !== keys.node) return 'other-node'
  const ageMs = nowMs - head.readUIntBE(0, 6)
  return ageMs > ttlMs || ageMs < -MAX_AHEAD_MS ? 'expired' : 'fresh'
}

/** When a nonce was made, Unix time in ms; only for one that `readNonce` did not call altered. */
export function nonceMadeMs(nonce: string): number {
  return Buffer.from(nonce.slice(0, 8), 'base64url').readUIntBE(0, 6)
}

function sourceMark(keys: DigestKeys, sourceClass: string): string {
  return keys.sourceMark(sourceClass).slice(0, SOURCE_END - HEAD_END)
}

function macOf(keys: DigestKeys, bound: string, binding: NonceBinding): string {
  return keys.nonceMac(`${bound}${binding.algorithm}:${binding.realm}`).slice(0, NONCE_LENGTH - SOURCE_END)
}
