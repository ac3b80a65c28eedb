import { hash } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import type { Secret } from '../../base/secret.ts'

/** One key with the two characters by which a token names it. */
export interface DigestKey {
  readonly id: string
  readonly secret: Secret
}

/** Keys of one purpose; the first one makes, all of them check, so that a key can be changed while calls last. */
export type Keyring = readonly [DigestKey, ...DigestKey[]]

const MIN_KEY_CHARS = 32

/**
 * @param secrets keys of at least 32 characters each, the current one first
 * @throws AspisError when there is no key or one is too short
 */
export function makeKeyring(secrets: readonly Secret[]): Keyring {
  const [current, ...older] = secrets.map(secret => {
    if (secret.reveal().length < MIN_KEY_CHARS) {
      throw new AspisError('ERR_ASPIS_KEY_TOO_SHORT', `a key has at least ${MIN_KEY_CHARS} characters`)
    }
    return { id: keyedDigest(secret, ['key id']).slice(0, 2), secret }
  })
  if (current === undefined) throw new AspisError('ERR_ASPIS_NO_KEY', 'a keyring holds at least one key')
  return [current, ...older]
}

/**
 * A keyed digest over the parts, as 43 characters of base64url or 64 of hexadecimal.
 *
 * Nested as HMAC nests, so that knowing one digest extends to no other; the one-call `crypto.hash` costs about
 * 1.1 µs in all where `createHmac` costs 4 and more. Lengths in front of the parts keep their borders apart.
 * @see RFC 2104 §2
 */
export function keyedDigest(
  secret: Secret,
  parts: readonly string[],
  encoding: 'base64url' | 'hex' = 'base64url',
): string {
  const key = secret.reveal()
  let message = ''
  for (const part of parts) message += `${part.length}:${part}`
  return hash('sha256', `outer ${key}${hash('sha256', `inner ${key}${message}`, 'hex')}`, encoding)
}

/**
 * Whether `text` holds the first `length` characters of the digest at `at`; in time that does not depend on how many
 * of them are right. A loop over characters costs a tenth of two buffers and `timingSafeEqual`.
 */
export function holdsDigest(text: string, at: number, digest: string, length: number): boolean {
  let difference = text.length < at + length ? 1 : 0
  for (let i = 0; i < length; i++) difference |= text.charCodeAt(at + i) ^ digest.charCodeAt(i)
  return difference === 0
}
