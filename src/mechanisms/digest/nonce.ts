import {
  addPart,
  DIGEST_CHARS,
  digestText,
  finishDigest,
  holdsDigest,
  text24,
  value24,
} from '../../base/sip-hash.ts'
import type { Algorithm } from './algorithm.ts'
import type { DigestKeys } from './keys.ts'

/**
 * Nonces are stateless. Thirty-six characters, base64url:
 *
 *     0        16       24              36
 *     │ head   │ source │ keyed digest  │
 *
 * The head is 6 octets of time (ms), 2 of the process, 4 of chance. The source is 48 bits of a keyed hash of
 * the source class: an answer captured on its way is of no use from another address. The digest is 72 bits of
 * SipHash over head, source, algorithm and realm, so an answer can neither move to another realm nor to a weaker
 * algorithm than the one that its nonce was made for. The rows of one challenge have head and source in common.
 * @see RFC 7616 §3.3, §5.4
 */
const PROCESS_AT = 8
const HEAD_END = 16
const SOURCE_END = 24
const NONCE_LENGTH = SOURCE_END + DIGEST_CHARS

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
 * @param chance gives 32 bits of chance
 */
export function makeNonce(
  nowMs: number,
  chance: () => number,
  keys: DigestKeys,
  binding: NonceBinding,
): string {
  const { realm, algorithm, sourceClass } = binding
  return sealNonce(beginNonce(nowMs, chance, keys, sourceClass), keys, realm, algorithm)
}

/** Head and source, what the nonces of one challenge have in common. */
export function beginNonce(
  nowMs: number,
  chance: () => number,
  keys: DigestKeys,
  sourceClass: string,
): string {
  const bits = chance()
  return (
    text24((nowMs / 2 ** 24) << 8) +
    text24(nowMs << 8) +
    text24((keys.node << 16) | ((bits >>> 24) << 8)) +
    text24(bits << 8) +
    keys.sourceMark(sourceClass)
  )
}

/** The nonce of one row. @param bound from `beginNonce` */
export function sealNonce(bound: string, keys: DigestKeys, realm: string, algorithm: Algorithm): string {
  digestOf(keys, bound, realm, algorithm)
  return bound + digestText()
}

/** The length of every nonce, in characters. */
export const NONCE_CHARS = NONCE_LENGTH

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
  digestOf(keys, nonce.slice(0, SOURCE_END), binding.realm, binding.algorithm)
  if (!holdsDigest(nonce, SOURCE_END)) return 'altered'
  if (!nonce.startsWith(keys.sourceMark(binding.sourceClass), HEAD_END)) return 'other-source'
  if (value24(nonce, PROCESS_AT) >>> 8 !== keys.node) return 'other-node'
  const ageMs = nowMs - nonceMadeMs(nonce)
  return ageMs > ttlMs || ageMs < -MAX_AHEAD_MS ? 'expired' : 'fresh'
}

/** When a nonce was made, Unix time in ms; only for one that `readNonce` did not call altered. */
export function nonceMadeMs(nonce: string): number {
  return value24(nonce, 0) * 2 ** 24 + value24(nonce, 4)
}

function digestOf(keys: DigestKeys, bound: string, realm: string, algorithm: Algorithm): void {
  keys.nonce.begin()
  addPart(bound)
  addPart(algorithm)
  addPart(realm)
  finishDigest()
}
