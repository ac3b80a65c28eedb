import { hash } from 'node:crypto'

/** The algorithms of RFC 8760 §2.2 and their session variants (RFC 7616 §3.4.2). */
export type Algorithm = 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256' | 'SHA-512-256-sess'

/** The hash functions below the algorithms, as credentials are stored by. */
export type HashName = 'md5' | 'sha256' | 'sha512_256'

/** Quality of protection: what the digest covers (RFC 7616 §3.4.3). */
export type Qop = 'auth' | 'auth-int'

interface AlgorithmFacts {
  readonly hash: HashName
  readonly isSession: boolean
  /** Hexadecimal digits of a value (DIG-05). */
  readonly hexDigits: number
}

export const ALGORITHMS: Readonly<Record<Algorithm, AlgorithmFacts>> = {
  MD5: { hash: 'md5', isSession: false, hexDigits: 32 },
  'MD5-sess': { hash: 'md5', isSession: true, hexDigits: 32 },
  'SHA-256': { hash: 'sha256', isSession: false, hexDigits: 64 },
  'SHA-256-sess': { hash: 'sha256', isSession: true, hexDigits: 64 },
  'SHA-512-256': { hash: 'sha512_256', isSession: false, hexDigits: 64 },
  'SHA-512-256-sess': { hash: 'sha512_256', isSession: true, hexDigits: 64 },
}

/** SHA-512/256 is a function of its own (FIPS 180-4), not SHA-512 cut short (DIG-06). */
export const NODE_NAMES: Readonly<Record<HashName, string>> = {
  md5: 'md5',
  sha256: 'sha256',
  sha512_256: 'sha512-256',
}

const BY_NAME: ReadonlyMap<string, Algorithm> = new Map([
  ['md5', 'MD5'],
  ['md5-sess', 'MD5-sess'],
  ['sha-256', 'SHA-256'],
  ['sha-256-sess', 'SHA-256-sess'],
  ['sha-512-256', 'SHA-512-256'],
  ['sha-512-256-sess', 'SHA-512-256-sess'],
])

/** The algorithm of that name, without case; MD5 when the parameter is missing (DIG-05); else undefined. */
export function algorithmNamed(name: string | undefined): Algorithm | undefined {
  if (name === undefined) return 'MD5'
  // As nearly everyone writes it, before the letters are made small.
  return name === 'SHA-256' || name === 'MD5' ? name : BY_NAME.get(name.toLowerCase())
}

/**
 * The hash of latin-1 text as lower-case hex.
 *
 * `crypto.hash` costs half of what `createHash` costs; it takes a string as UTF-8, which is right for ASCII only.
 */
export function hexHash(name: HashName, text: string): string {
  return hash(NODE_NAMES[name], isAscii(text) ? text : Buffer.from(text, 'latin1'))
}

/** Whether latin-1 text and its UTF-8 form are the same octets. */
export function isAscii(text: string): boolean {
  // Most texts are names; a regular expression begins to pay for hundreds of characters.
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}
