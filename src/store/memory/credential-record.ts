import { Secret } from '../../base/secret.ts'
import type { Credential, Ha1s } from '../credentials.ts'
import type { Octets } from '../record/layout.ts'
import { isTextAt } from '../record/text-hash.ts'

/**
 * An account as octets: length u32 · characters of the name u32 · number of its domain u32 · addresses-of-record
 * u16 · flags u8 · free u8, then the characters of each address-of-record as u32, then the HA1 values that there are
 * in hex, then name and addresses-of-record in latin-1 or UTF-16. An account that has nothing but
 * `sip:user@domain` keeps none.
 */
const HEAD_BYTES = 16
const NAME_CHARS_AT = 4
const DOMAIN_AT = 8
const AORS_AT = 12
const FLAGS_AT = 14

const FLAG = {
  md5Allowed: 1,
  disabled: 2,
  md5: 4,
  sha256: 8,
  sha512_256: 16,
  isWide: 32,
  isPlain: 64,
} as const

const MD5_CHARS = 32
const SHA_CHARS = 64
const WIDE = /[\u0100-\uffff]/

/** The octets of an account. @param domainNumber what stands for its domain */
export function packCredential(credential: Credential, domainNumber: number): Buffer {
  const { user, domain, ha1, aors } = credential
  const isPlain = aors.length === 1 && aors[0] === `sip:${user}@${domain}`
  const kept = isPlain ? [] : aors
  const text = user + kept.join('')
  const isWide = WIDE.test(text)
  const sums = textOf(ha1.md5) + textOf(ha1.sha256) + textOf(ha1.sha512_256)
  const sumsAt = HEAD_BYTES + 4 * kept.length
  const textAt = sumsAt + sums.length
  const bytes = Buffer.alloc(textAt + (isWide ? 2 : 1) * text.length)
  bytes.writeUInt32LE(bytes.length, 0)
  bytes.writeUInt32LE(user.length, NAME_CHARS_AT)
  bytes.writeUInt32LE(domainNumber, DOMAIN_AT)
  bytes.writeUInt16LE(kept.length, AORS_AT)
  bytes[FLAGS_AT] =
    (credential.md5Allowed ? FLAG.md5Allowed : 0) |
    (credential.disabled ? FLAG.disabled : 0) |
    (ha1.md5 === undefined ? 0 : FLAG.md5) |
    (ha1.sha256 === undefined ? 0 : FLAG.sha256) |
    (ha1.sha512_256 === undefined ? 0 : FLAG.sha512_256) |
    (isWide ? FLAG.isWide : 0) |
    (isPlain ? FLAG.isPlain : 0)
  for (const [i, aor] of kept.entries()) bytes.writeUInt32LE(aor.length, HEAD_BYTES + 4 * i)
  bytes.write(sums, sumsAt, 'latin1')
  bytes.write(text, textAt, isWide ? 'utf16le' : 'latin1')
  return bytes
}

function textOf(sum: Secret | undefined): string {
  return sum === undefined ? '' : sum.reveal()
}

/** The octets that the account at `at` takes. */
export function lengthOf({ view }: Octets, at: number): number {
  return view.getUint32(at, true)
}

export function domainNumberOf({ view }: Octets, at: number): number {
  return view.getUint32(at + DOMAIN_AT, true)
}

/** Whether it may log in with MD5. */
export function wantsMd5({ bytes }: Octets, at: number): boolean {
  const flags = bytes[at + FLAGS_AT] ?? 0
  return (flags & FLAG.md5Allowed) !== 0 && (flags & FLAG.disabled) === 0
}

/** Whether it has `sip:user@domain` and nothing else, which stands in its name. */
export function isPlain({ bytes }: Octets, at: number): boolean {
  return ((bytes[at + FLAGS_AT] ?? 0) & FLAG.isPlain) !== 0
}

/** Whether the account has this name. */
export function isNamed({ bytes, view }: Octets, at: number, user: string): boolean {
  const flags = bytes[at + FLAGS_AT] ?? 0
  const textAt = at + HEAD_BYTES + 4 * view.getUint16(at + AORS_AT, true) + sumCharsOf(flags)
  const isWide = (flags & FLAG.isWide) !== 0
  return isTextAt(user, bytes, textAt, view.getUint32(at + NAME_CHARS_AT, true), isWide)
}

/** The account itself. */
export function unpackCredential({ bytes, view }: Octets, at: number, domain: string): Credential {
  const flags = bytes[at + FLAGS_AT] ?? 0
  const aorCount = view.getUint16(at + AORS_AT, true)
  const sumsAt = at + HEAD_BYTES + 4 * aorCount
  const textAt = sumsAt + sumCharsOf(flags)
  const end = at + view.getUint32(at, true)
  const isWide = (flags & FLAG.isWide) !== 0
  // One text, whose parts are all that is asked for: a read of the buffer costs more than a part.
  const sums = bytes.latin1Slice(sumsAt, isWide ? textAt : end)
  const text = isWide ? bytes.toString('utf16le', textAt, end) : sums
  let start = isWide ? 0 : textAt - sumsAt
  const nameEnd = start + view.getUint32(at + NAME_CHARS_AT, true)
  const user = text.substring(start, nameEnd)
  start = nameEnd
  const aors: string[] = (flags & FLAG.isPlain) === 0 ? [] : [`sip:${user}@${domain}`]
  for (let i = 0; i < aorCount; i++) {
    const chars = view.getUint32(at + HEAD_BYTES + 4 * i, true)
    aors.push(text.substring(start, start + chars))
    start += chars
  }
  return {
    user,
    domain,
    ha1: ha1sIn(sums, flags),
    md5Allowed: (flags & FLAG.md5Allowed) !== 0,
    disabled: (flags & FLAG.disabled) !== 0,
    aors,
  }
}

function ha1sIn(sums: string, flags: number): Ha1s {
  const sha256At = (flags & FLAG.md5) === 0 ? 0 : MD5_CHARS
  const sha512At = sha256At + ((flags & FLAG.sha256) === 0 ? 0 : SHA_CHARS)
  const sha256 =
    (flags & FLAG.sha256) === 0 ? undefined : new Secret(sums.substring(sha256At, sha256At + SHA_CHARS))
  const sha512_256 =
    (flags & FLAG.sha512_256) === 0 ? undefined : new Secret(sums.substring(sha512At, sha512At + SHA_CHARS))
  if ((flags & FLAG.md5) === 0) return { sha256, sha512_256 }
  return { md5: new Secret(sums.substring(0, MD5_CHARS)), sha256, sha512_256 }
}

function sumCharsOf(flags: number): number {
  return (
    ((flags & FLAG.md5) === 0 ? 0 : MD5_CHARS) +
    ((flags & FLAG.sha256) === 0 ? 0 : SHA_CHARS) +
    ((flags & FLAG.sha512_256) === 0 ? 0 : SHA_CHARS)
  )
}
