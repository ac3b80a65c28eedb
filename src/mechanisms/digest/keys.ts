import { AspisError } from '../../base/errors.ts'
import { ALGORITHMS, type HashName } from './algorithm.ts'
import { type KeyedHash, keyedHash } from './keyed-hash.ts'

/** What the server's one secret gives to digest: nothing here can be made without it. */
export interface DigestKeys {
  /** 0…65535: which process made a nonce; the others do not know its count (DIG-16). */
  readonly node: number
  readonly nonceMac: KeyedHash
  readonly sourceMark: KeyedHash
  readonly opaque: KeyedHash
  /** Stands for the HA1 of a user that does not exist, so that the work is the same (DIG-31). */
  readonly dummyHa1: Readonly<Record<HashName, string>>
}

/**
 * Derives the keys of digest.
 * @param secret at least 32 octets, shared by all processes that serve the domain
 * @param node 0…65535, different in each of them
 * @throws AspisError `ERR_ASPIS_DIGEST_KEY` when the secret is short or the node out of range
 */
export function digestKeys(secret: Uint8Array, node: number): DigestKeys {
  if (secret.length < 32)
    throw new AspisError('ERR_ASPIS_DIGEST_KEY', 'digest: the key must have 32 octets or more')
  if (!Number.isInteger(node) || node < 0 || node > 65_535)
    throw new AspisError('ERR_ASPIS_DIGEST_KEY', `digest: node ${node} is not in 0…65535`)
  const dummy = keyedHash(secret, 'aspis digest dummy')
  return {
    node,
    nonceMac: keyedHash(secret, 'aspis digest nonce'),
    sourceMark: rememberLast(keyedHash(secret, 'aspis digest source')),
    opaque: keyedHash(secret, 'aspis digest opaque'),
    dummyHa1: {
      md5: dummyHex(dummy('md5'), ALGORITHMS.MD5.hexDigits),
      sha256: dummyHex(dummy('sha256'), ALGORITHMS['SHA-256'].hexDigits),
      sha512_256: dummyHex(dummy('sha512_256'), ALGORITHMS['SHA-512-256'].hexDigits),
    },
  }
}

function dummyHex(mac: string, hexDigits: number): string {
  return Buffer.from(mac, 'base64url').toString('hex').slice(0, hexDigits)
}

/** The rows of one challenge, and of most requests in a row, ask for the same mark. */
function rememberLast(make: KeyedHash): KeyedHash {
  let lastText: string | undefined
  let last = ''
  return text => {
    if (text !== lastText) {
      last = make(text)
      lastText = text
    }
    return last
  }
}
