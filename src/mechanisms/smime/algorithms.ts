import { constants, type KeyObject, verify } from 'node:crypto'
import { type Element, elementsOf, objectIdentifier, TAG } from '../../base/x509/der.ts'

/** Digests that a signature may rest on; SHA-1 and MD5 are history (RFC 8551 App. B). */
export type DigestName = 'sha256' | 'sha384' | 'sha512'

/** An AlgorithmIdentifier (RFC 5280 §4.1.1.2). */
export interface Algorithm {
  /** Dotted. */
  readonly id: string
  readonly parameters: Element | undefined
}

export const DIGESTS: Readonly<Record<string, DigestName>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** Object identifiers that we write. */
export const ALGORITHM = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha512: '2.16.840.1.101.3.4.2.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ed25519: '1.3.101.112',
} as const

/** What an algorithm identifier asks of the key, and of the digest of the message. */
interface SignatureRule {
  readonly key: 'ec' | 'ed25519' | 'rsa'
  /** Undefined: the one of the signer info. */
  readonly digest: DigestName | undefined
}

const RULES: Readonly<Record<string, SignatureRule>> = {
  '1.2.840.10045.4.3.2': { key: 'ec', digest: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', digest: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', digest: 'sha512' },
  '1.2.840.113549.1.1.1': { key: 'rsa', digest: undefined },
  '1.2.840.113549.1.1.11': { key: 'rsa', digest: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', digest: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', digest: 'sha512' },
  // RFC 8419 §3.1: with signed attributes Ed25519 goes with SHA-512.
  '1.3.101.112': { key: 'ed25519', digest: 'sha512' },
}
const RSASSA_PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'

/** Reads an AlgorithmIdentifier. */
export function readAlgorithm(element: Element | undefined): Algorithm | undefined {
  if (element?.tag !== TAG.sequence) return undefined
  const [type, parameters, ...rest] = elementsOf(element.bytes) ?? []
  const id = type?.tag === TAG.objectIdentifier ? objectIdentifier(type.bytes) : undefined
  return id === undefined || rest.length > 0 ? undefined : { id, parameters }
}

/**
 * Checks a signature over bytes.
 * @param digest the one that the signer info names; the signature's own must be the same
 * @returns false, or that the algorithm is none that is taken
 */
export function verifySignature(
  bytes: Buffer,
  signature: Buffer,
  key: KeyObject,
  algorithm: Algorithm,
  digest: DigestName,
): boolean | 'algorithm-unknown' {
  if (algorithm.id === RSASSA_PSS) return verifyPss(bytes, signature, key, algorithm, digest)
  const rule = RULES[algorithm.id]
  if (rule === undefined || key.asymmetricKeyType !== rule.key) return 'algorithm-unknown'
  if (rule.digest !== undefined && rule.digest !== digest) return 'algorithm-unknown'
  return quietly(() =>
    verify(rule.key === 'ed25519' ? null : digest, bytes, { key, dsaEncoding: 'der' }, signature),
  )
}

/** RFC 4056: the parameters must name what is used; the defaults (SHA-1) are not taken. */
function verifyPss(
  bytes: Buffer,
  signature: Buffer,
  key: KeyObject,
  algorithm: Algorithm,
  digest: DigestName,
): boolean | 'algorithm-unknown' {
  const type = key.asymmetricKeyType
  const parts = algorithm.parameters === undefined ? undefined : elementsOf(algorithm.parameters.bytes)
  if ((type !== 'rsa' && type !== 'rsa-pss') || parts === undefined) return 'algorithm-unknown'
  const inside = (tag: number): Element | undefined => {
    const part = parts.find(each => each.tag === tag)
    return part === undefined ? undefined : elementsOf(part.bytes)?.[0]
  }
  const hash = readAlgorithm(inside(0xa0))
  const mask = readAlgorithm(inside(0xa1))
  const maskHash = readAlgorithm(mask?.parameters)
  const salt = inside(0xa2)
  const isAsNamed =
    hash !== undefined &&
    DIGESTS[hash.id] === digest &&
    mask?.id === MGF1 &&
    maskHash?.id === hash.id &&
    salt?.tag === TAG.integer &&
    salt.bytes.length <= 2
  if (!isAsNamed) return 'algorithm-unknown'
  const saltLength = salt.bytes.reduce((sum, octet) => sum * 256 + octet, 0)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return quietly(() => verify(digest, bytes, { key, padding, saltLength }, signature))
}

/** Of a signature that is no DER, or does not fit the key, OpenSSL may throw. */
function quietly(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}
