import type { Address } from '../../base/flow.ts'

/**
 * STUN as a keep-alive on the SIP port (RFC 5626 §8): Binding requests are answered with the address that
 * they came from, everything else with silence. No credentials, no state.
 *
 * A forged source gets at most 44 bytes for the 20 that the forger sent (IPv6, no attributes); the caller
 * limits how often.
 */
const MAGIC_COOKIE = 0x2112a442
const FINGERPRINT_XOR = 0x5354554e
const HEADER_BYTES = 20
/** Larger than any Binding request of the keep-alive usage; above it the check of a FINGERPRINT is no gift. */
const MAX_REQUEST_BYTES = 548
const MAX_UNKNOWN = 8

const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const BINDING_ERROR = 0x0111

const XOR_MAPPED_ADDRESS = 0x0020
const ERROR_CODE = 0x0009
const UNKNOWN_ATTRIBUTES = 0x000a
const FINGERPRINT = 0x8028
/** Attributes below 0x8000 that RFC 5389 §18.2 defines: known here, though none changes the answer. */
const KNOWN = new Set([0x0001, 0x0006, 0x0008, ERROR_CODE, UNKNOWN_ATTRIBUTES, 0x0014, 0x0015, 0x0020])

/**
 * Answers a STUN Binding request.
 * @param bytes one datagram whose first byte is 0 to 3
 * @param remote where it came from
 * @returns the response; undefined when it is no Binding request of RFC 5389, which gets no answer
 * @see RFC 5389 §7.3.1, RFC 5626 §8
 */
export function answerBinding(bytes: Buffer, remote: Address): Buffer | undefined {
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_REQUEST_BYTES) return undefined
  if (bytes.readUInt16BE(0) !== BINDING_REQUEST || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined
  if (bytes.readUInt16BE(2) !== bytes.length - HEADER_BYTES) return undefined
  const attributes = readAttributes(bytes)
  if (attributes === undefined) return undefined
  const transaction = bytes.subarray(4, HEADER_BYTES)
  if (attributes.unknown.length > 0) {
    const parts = [errorCode420(), unknownAttributes(attributes.unknown)]
    return write(BINDING_ERROR, transaction, parts, attributes.hasFingerprint)
  }
  const mapped = xorMappedAddress(remote, transaction)
  return write(BINDING_SUCCESS, transaction, [mapped], attributes.hasFingerprint)
}

interface Attributes {
  readonly unknown: readonly number[]
  readonly hasFingerprint: boolean
}

/** Walks the attributes; undefined when one leaves the message or the FINGERPRINT is wrong or not the last. */
function readAttributes(bytes: Buffer): Attributes | undefined {
  const unknown: number[] = []
  let at = HEADER_BYTES
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined
    const type = bytes.readUInt16BE(at)
    const length = bytes.readUInt16BE(at + 2)
    const next = at + 4 + ((length + 3) & ~3)
    if (next > bytes.length) return undefined
    if (type === FINGERPRINT) {
      if (length !== 4 || next !== bytes.length) return undefined
      const isRight = bytes.readUInt32BE(at + 4) === fingerprintOf(bytes.subarray(0, at))
      return isRight ? { unknown, hasFingerprint: true } : undefined
    }
    if (type < 0x8000 && !KNOWN.has(type) && unknown.length < MAX_UNKNOWN) unknown.push(type)
    at = next
  }
  return { unknown, hasFingerprint: false }
}

function write(
  type: number,
  transaction: Buffer,
  parts: readonly Buffer[],
  withFingerprint: boolean,
): Buffer {
  const attributes = Buffer.concat(parts)
  const bytes = Buffer.alloc(HEADER_BYTES + attributes.length + (withFingerprint ? 8 : 0))
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(bytes.length - HEADER_BYTES, 2)
  transaction.copy(bytes, 4)
  attributes.copy(bytes, HEADER_BYTES)
  if (withFingerprint) {
    const at = bytes.length - 8
    bytes.writeUInt16BE(FINGERPRINT, at)
    bytes.writeUInt16BE(4, at + 2)
    bytes.writeUInt32BE(fingerprintOf(bytes.subarray(0, at)), at + 4)
  }
  return bytes
}

/** The address XOR magic cookie and transaction, so that no NAT on the way rewrites it (RFC 5389 §15.2). */
function xorMappedAddress(remote: Address, transaction: Buffer): Buffer {
  const octets = octetsOf(remote.ip)
  const attribute = Buffer.alloc(8 + octets.length)
  attribute.writeUInt16BE(XOR_MAPPED_ADDRESS, 0)
  attribute.writeUInt16BE(4 + octets.length, 2)
  attribute.writeUInt8(octets.length === 4 ? 1 : 2, 5)
  attribute.writeUInt16BE(remote.port ^ (MAGIC_COOKIE >>> 16), 6)
  for (const [at, octet] of octets.entries()) attribute.writeUInt8(octet ^ (transaction[at] ?? 0), 8 + at)
  return attribute
}

function errorCode420(): Buffer {
  return Buffer.from([0, ERROR_CODE, 0, 4, 0, 0, 4, 20])
}

function unknownAttributes(types: readonly number[]): Buffer {
  const length = types.length * 2
  const attribute = Buffer.alloc(4 + ((length + 3) & ~3))
  attribute.writeUInt16BE(UNKNOWN_ATTRIBUTES, 0)
  attribute.writeUInt16BE(length, 2)
  for (const [at, type] of types.entries()) attribute.writeUInt16BE(type, 4 + at * 2)
  return attribute
}

/** The octets of an address as the kernel prints it: no check beyond what keeps the sizes right. */
function octetsOf(ip: string): readonly number[] {
  if (!ip.includes(':')) return ip.split('.').map(Number)
  const [head = '', tail = ''] = (ip.split('%')[0] ?? '').split('::')
  const first = groupsOf(head)
  const last = groupsOf(tail)
  const zeros = Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0)
  return [...first, ...zeros, ...last].flatMap(group => [group >> 8, group & 255])
}

function groupsOf(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap(word => {
    if (!word.includes('.')) return [Number.parseInt(word, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = word.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

/** CRC-32 of what stands before the FINGERPRINT, its length already counting it (RFC 5389 §15.5). */
function fingerprintOf(before: Buffer): number {
  let crc = 0xffffffff
  for (const byte of before) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff ^ FINGERPRINT_XOR) >>> 0
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc >>> 0
})
