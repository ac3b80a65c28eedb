import { createCipheriv, createDecipheriv } from 'node:crypto'
import { bracketed } from '../../base/flow.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { aorOf } from '../uri/equals.ts'
import type { Uri } from '../uri/uri.ts'
import type { Binding } from './binding.ts'

/**
 * GRUUs (RFC 5627): URIs that lead to one instance of a user and keep leading to it.
 *
 * The public one shows AOR and instance and needs no state. The temporary one holds epoch, AOR and instance
 * sealed with AES-256-GCM under a fresh nonce, filled up to whole blocks of 96 octets: two of them cannot be
 * told to be one user's, since every octet but the domain looks random (AORs of more than some 70 characters
 * make longer ones). Nothing is stored but the epoch in the bindings of the instance: a registration with a
 * new Call-ID draws a new epoch, and the GRUUs of the old one end.
 */
export interface GruuKeys {
  /** 32 random bytes. */
  readonly current: Buffer
  readonly previous: Buffer | undefined
}

/** What a GRUU names. */
export type Gruu = PublicGruu | TemporaryGruu

export interface PublicGruu {
  readonly kind: 'public'
  readonly aor: string
  readonly instance: string
}

export interface TemporaryGruu {
  readonly kind: 'temporary'
  readonly aor: string
  readonly instance: string
  readonly epoch: number
}

const PREFIX = 'tgruu.'
const BLOCK = 96
/** Epoch, length of the address, length of the instance. */
const HEAD_BYTES = 10
const NONCE_BYTES = 12
const TAG_BYTES = 16
const MAX_SEALED_BYTES = 512
const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"
/** What stands as it is in a parameter's value (RFC 3261 §25.1 paramchar). */
const PARAM_PLAIN = new Set(`${UNRESERVED}[]/:&+$`)
/** What stands as it is in a user part; the `%` of a canonical AOR begins an escape already. */
const USER_PLAIN = new Set(`${UNRESERVED}&=+$,;?/%`)

/** The public GRUU of an instance: the AOR with `gr=<instance>` (RFC 5627 §5.4, §A.1). */
export function makePublicGruu(aor: string, instance: string, scheme: 'sip' | 'sips'): string {
  const { user, host } = partsOf(aor)
  return `${scheme}:${percentEscape(user, USER_PLAIN)}@${bracketed(host)};gr=${percentEscape(instance, PARAM_PLAIN)}`
}

/**
 * A new temporary GRUU.
 * @param epoch 0 to 2^48-1, that of the instance's bindings
 * @param random the process's source of randomness
 * @returns undefined when AOR and instance are too long to be sealed
 */
export function makeTemporaryGruu(
  of: { readonly aor: string; readonly instance: string; readonly epoch: number },
  keys: GruuKeys,
  random: (bytes: number) => Buffer,
  scheme: 'sip' | 'sips',
): string | undefined {
  const address = Buffer.from(of.aor.slice(4), 'latin1')
  const instance = packInstance(of.instance)
  const bytes = Math.ceil((HEAD_BYTES + address.length + instance.length) / BLOCK) * BLOCK
  if (bytes > MAX_SEALED_BYTES || !of.aor.startsWith('sip:')) return undefined
  const plain = Buffer.alloc(bytes)
  plain.writeUIntBE(of.epoch, 0, 6)
  plain.writeUInt16BE(address.length, 6)
  plain.writeUInt16BE(instance.length, 8)
  address.copy(plain, HEAD_BYTES)
  instance.copy(plain, HEAD_BYTES + address.length)
  const nonce = random(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keys.current, nonce)
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${scheme}:${PREFIX}${sealed.toString('base64url')}@${bracketed(partsOf(of.aor).host)};gr`
}

/** Whether a URI claims to be a GRUU. */
export function isGruu(uri: Uri): boolean {
  return (uri.scheme === 'sip' || uri.scheme === 'sips') && uri.params.has('gr')
}

/**
 * Reads a GRUU of one of our domains.
 * @returns undefined when it is none that we made: 404 (RFC 5627 §6.1)
 */
export function resolveGruu(uri: Uri, keys: GruuKeys): Gruu | undefined {
  const value = uri.params.get('gr')
  if (value === undefined || uri.user === undefined) return undefined
  if (value !== '') return { kind: 'public', aor: aorOf(uri), instance: unescapeParam(value) }
  if (!uri.user.startsWith(PREFIX)) return undefined
  const token = uri.user.slice(PREFIX.length)
  const named = open(token, keys.current) ?? (keys.previous && open(token, keys.previous))
  // The domain stands outside the seal; elsewhere than in its own domain the GRUU was never made.
  return named?.aor.endsWith(`@${uri.host}`) === true ? named : undefined
}

/**
 * The bindings that a GRUU leads to: those of its instance only.
 * @param bindings live bindings of `gruu.aor`
 * @returns 480 when the instance of a public GRUU is not registered, 404 when a temporary one has ended
 */
export function bindingsOfGruu(
  bindings: readonly Binding[],
  gruu: Gruu,
): Result<readonly Binding[], 404 | 480> {
  const found = bindings.filter(
    binding =>
      binding.instance === gruu.instance && (gruu.kind === 'public' || binding.tempGruuEpoch === gruu.epoch),
  )
  if (found.length > 0) return ok(found)
  return failed(gruu.kind === 'public' ? 480 : 404)
}

function open(token: string, key: Buffer): TemporaryGruu | undefined {
  const bytes = Buffer.from(token, 'base64url')
  const sealedBytes = bytes.length - NONCE_BYTES - TAG_BYTES
  if (sealedBytes < BLOCK || sealedBytes > MAX_SEALED_BYTES) return undefined
  // The decoder skips what is no base64url; only the one spelling that we write is ours.
  if (bytes.toString('base64url') !== token) return undefined
  const plain = unseal(bytes, key)
  if (plain === undefined) return undefined
  const instanceAt = HEAD_BYTES + plain.readUInt16BE(6)
  return {
    kind: 'temporary',
    aor: `sip:${plain.toString('latin1', HEAD_BYTES, instanceAt)}`,
    instance: unpackInstance(plain.subarray(instanceAt, instanceAt + plain.readUInt16BE(8))),
    epoch: plain.readUIntBE(0, 6),
  }
}

function unseal(bytes: Buffer, key: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  try {
    const plain = decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES))
    return Buffer.concat([plain, decipher.final()])
  } catch {
    // OpenSSL reports a wrong tag by throwing: a GRUU that we did not make.
    return undefined
  }
}

const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** No instance begins with a control character, so this one tells a packed UUID from text. */
const PACKED = 1

/** Nearly every instance is a UUID: 17 octets for 45. */
function packInstance(instance: string): Buffer {
  if (!UUID.test(instance)) return Buffer.from(instance, 'latin1')
  const hex = instance.slice('urn:uuid:'.length).replaceAll('-', '')
  return Buffer.concat([Buffer.of(PACKED), Buffer.from(hex, 'hex')])
}

function unpackInstance(packed: Buffer): string {
  if (packed[0] !== PACKED) return packed.toString('latin1')
  const hex = packed.toString('hex', 1)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
  return `urn:uuid:${parts.join('-')}`
}

function partsOf(aor: string): { user: string; host: string } {
  const at = aor.lastIndexOf('@')
  return { user: aor.slice(aor.indexOf(':') + 1, at), host: aor.slice(at + 1) }
}

function percentEscape(text: string, plain: ReadonlySet<string>): string {
  let out = ''
  for (const char of text) {
    const code = char.charCodeAt(0)
    out += plain.has(char) ? char : `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

/** Decodes once; the URI parser saw that escapes are whole. */
function unescapeParam(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) === '%') {
      out += String.fromCharCode(Number.parseInt(text.slice(i + 1, i + 3), 16))
      i += 2
    } else out += text.charAt(i)
  }
  return out
}
