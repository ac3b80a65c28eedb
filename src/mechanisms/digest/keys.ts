import { createHmac } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import { addPart, digestWord, finishDigest, SipKey, text24 } from '../../base/sip-hash.ts'
import { ALGORITHMS, type HashName } from './algorithm.ts'

/** What the server's one secret gives to digest: nothing here can be made without it. */
export interface DigestKeys {
  /** 0…65535: which process made a nonce; the others do not know its count (DIG-16). */
  readonly node: number
  readonly nonce: SipKey
  /** 48 bits of keyed hash of where a request came from: eight characters of base64url. */
  readonly sourceMark: (sourceClass: string) => string
  /** The same of a realm. */
  readonly opaque: (realm: string) => string
  /** For tables of what strangers name: nonces, users, sources. */
  readonly memory: SipKey
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
  const dummyHa1 = (name: HashName, { hexDigits }: { readonly hexDigits: number }): string =>
    createHmac('sha256', secret).update(`aspis digest dummy ${name}`).digest('hex').slice(0, hexDigits)
  return {
    node,
    nonce: SipKey.derived(secret, 'aspis digest nonce'),
    sourceMark: rememberLast(SipKey.derived(secret, 'aspis digest source')),
    opaque: rememberLast(SipKey.derived(secret, 'aspis digest opaque')),
    memory: SipKey.derived(secret, 'aspis digest memory'),
    dummyHa1: {
      md5: dummyHa1('md5', ALGORITHMS.MD5),
      sha256: dummyHa1('sha256', ALGORITHMS['SHA-256']),
      sha512_256: dummyHa1('sha512_256', ALGORITHMS['SHA-512-256']),
    },
  }
}

/** 48 bits of keyed hash. The rows of one challenge, and of most requests in a row, ask for the same mark. */
function rememberLast(key: SipKey): (text: string) => string {
  let lastText: string | undefined
  let last = ''
  return text => {
    if (text !== lastText) {
      key.begin()
      addPart(text)
      finishDigest()
      last = text24(digestWord(0)) + text24(digestWord(1))
      lastText = text
    }
    return last
  }
}
