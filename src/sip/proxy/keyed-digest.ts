import { createHmac } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import type { Secret } from '../../base/secret.ts'
import { SipKey } from '../../base/sip-hash.ts'

/** One key with the two characters by which a token names it, and what is derived from it, one key a purpose. */
export interface DigestKey {
  readonly id: string
  /** For dialog proofs. */
  readonly dialog: SipKey
  /** For the loop part of branches. */
  readonly loop: SipKey
  /** For the To tags that we give. */
  readonly tag: SipKey
}

/** Keys of one purpose; the first one makes, all of them check, so that a key can be changed while calls last. */
export type Keyring = readonly [DigestKey, ...DigestKey[]]

const MIN_KEY_CHARS = 32

/**
 * @param secrets keys of at least 32 characters each, the current one first
 * @throws AspisError when there is no key or one is too short
 */
export function makeKeyring(secrets: readonly Secret[]): Keyring {
  const [current, ...older] = secrets.map(keyOf)
  if (current === undefined) throw new AspisError('ERR_ASPIS_NO_KEY', 'a keyring holds at least one key')
  return [current, ...older]
}

function keyOf(secret: Secret): DigestKey {
  const text = secret.reveal()
  if (text.length < MIN_KEY_CHARS) {
    throw new AspisError('ERR_ASPIS_KEY_TOO_SHORT', `a key has at least ${MIN_KEY_CHARS} characters`)
  }
  return {
    id: createHmac('sha256', text).update('aspis key id').digest('base64url').slice(0, 2),
    dialog: SipKey.derived(text, 'aspis dialog proof'),
    loop: SipKey.derived(text, 'aspis loop part'),
    tag: SipKey.derived(text, 'aspis to tag'),
  }
}
