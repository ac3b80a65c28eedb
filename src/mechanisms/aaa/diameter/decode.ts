import { isUtf8 } from 'node:buffer'
import { LIMITS } from '../../../base/limits.ts'
import { failed, ok, type Result } from '../../../base/result.ts'
import { type AvpName, type AvpType, avpNamed, avpRow } from './avp-dictionary.ts'
import type { DiameterFault, Malformed } from './fault.ts'
import { RESULT } from './result-codes.ts'

/** The header of every message (RFC 6733 §3). */
export interface DiameterHeader {
  readonly isRequest: boolean
  readonly isProxiable: boolean
  readonly isError: boolean
  readonly isRetransmission: boolean
  readonly code: number
  readonly applicationId: number
  readonly hopByHop: number
  readonly endToEnd: number
}

/** One AVP as received; `data` shares the memory of the message. */
export interface Avp {
  readonly code: number
  readonly vendorId: number
  readonly isMandatory: boolean
  /** Undefined when we do not know it. */
  readonly name: AvpName | undefined
  readonly data: Buffer
  /** The AVPs in a group that we know; else none. */
  readonly group: readonly Avp[]
  /** Header, data and padding: what Failed-AVP sends back. */
  readonly whole: Buffer
}

/** A message as received: its form is right, its grammar not looked at. */
export interface DiameterMessage extends DiameterHeader {
  readonly avps: readonly Avp[]
}

export const HEADER_BYTES = 20

/**
 * Reads a message. Strict and linear: each octet is looked at once for each group around it.
 * @param bytes exactly one message, as `DiameterFramer` cuts it
 * @see RFC 6733 §3, §4.1
 */
export function decodeMessage(bytes: Buffer): Result<DiameterMessage, Malformed> {
  const wrong = headerFault(bytes)
  if (wrong !== undefined) return failed(wrong)
  const header = readHeader(bytes)
  if (header.isRequest ? header.isError : header.isRetransmission)
    return failed(malformed('header-bits', RESULT.invalidHeaderBits))
  const reading = { left: LIMITS.maxDiameterAvps }
  const avps = readAvps(bytes, HEADER_BYTES, bytes.length, 0, reading)
  return avps.ok ? ok({ ...header, avps: avps.value }) : avps
}

/** The header of a message that has one, whatever else is wrong with it. @param bytes at least 20 */
export function readHeader(bytes: Buffer): DiameterHeader {
  const flags = bytes.readUInt8(4)
  return {
    isRequest: (flags & 0x80) !== 0,
    isProxiable: (flags & 0x40) !== 0,
    isError: (flags & 0x20) !== 0,
    isRetransmission: (flags & 0x10) !== 0,
    code: bytes.readUIntBE(5, 3),
    applicationId: bytes.readUInt32BE(8),
    hopByHop: bytes.readUInt32BE(12),
    endToEnd: bytes.readUInt32BE(16),
  }
}

function headerFault(bytes: Buffer): Malformed | undefined {
  if (bytes.length < HEADER_BYTES || bytes.length % 4 !== 0 || bytes.readUIntBE(1, 3) !== bytes.length)
    return malformed('message-length', RESULT.invalidMessageLength)
  if (bytes.readUInt8(0) !== 1) return malformed('version', RESULT.unsupportedVersion)
  return undefined
}

function readAvps(
  bytes: Buffer,
  from: number,
  to: number,
  depth: number,
  reading: { left: number },
): Result<readonly Avp[], Malformed> {
  if (depth > LIMITS.maxDiameterGroupDepth)
    return failed(malformed('groups-too-deep', RESULT.invalidAvpValue))
  const avps: Avp[] = []
  let at = from
  while (at < to) {
    if (reading.left <= 0) return failed(malformed('avp-too-many', RESULT.avpOccursTooManyTimes))
    reading.left -= 1
    const avp = readAvp(bytes, at, to, depth, reading)
    if (!avp.ok) return avp
    avps.push(avp.value)
    at += avp.value.whole.length
  }
  return ok(avps)
}

function readAvp(
  bytes: Buffer,
  at: number,
  to: number,
  depth: number,
  reading: { left: number },
): Result<Avp, Malformed> {
  if (to - at < 8) return failed(badLength(bytes.subarray(at, to), undefined))
  const code = bytes.readUInt32BE(at)
  const flags = bytes.readUInt8(at + 4)
  const length = bytes.readUIntBE(at + 5, 3)
  const isVendors = (flags & 0x80) !== 0
  const headerBytes = isVendors ? 12 : 8
  const end = at + padded(length)
  if (length < headerBytes || end > to) {
    const known = isVendors ? undefined : avpNamed(code, 0)
    return failed(badLength(bytes.subarray(at, Math.min(at + headerBytes, to)), known))
  }
  const whole = bytes.subarray(at, end)
  if ((flags & 0x1f) !== 0) return failed(malformed('avp-bits', RESULT.invalidAvpBits, whole))
  const vendorId = isVendors ? bytes.readUInt32BE(at + 8) : 0
  const name = avpNamed(code, vendorId)
  const isMandatory = (flags & 0x40) !== 0
  const data = bytes.subarray(at + headerBytes, at + length)
  if (name === undefined) {
    if (isMandatory) return failed(malformed('avp-unsupported', RESULT.avpUnsupported, whole))
    return ok({ code, vendorId, isMandatory, name, data, group: [], whole })
  }
  const { type } = avpRow(name)
  const fault = dataFault(type, data)
  if (fault === 'avp-length') return failed(badLength(bytes.subarray(at, at + headerBytes), name))
  if (fault !== undefined) return failed(malformed(fault, RESULT.invalidAvpValue, whole))
  if (type !== 'grouped') return ok({ code, vendorId, isMandatory, name, data, group: [], whole })
  const group = readAvps(bytes, at + headerBytes, at + length, depth + 1, reading)
  return group.ok ? ok({ code, vendorId, isMandatory, name, data, group: group.value, whole }) : group
}

/** Octets with the padding that RFC 6733 §4.1 asks for. */
export function padded(length: number): number {
  return (length + 3) & ~3
}

/** Fewest octets of data by type; text and groups may be empty. */
const LEAST: Readonly<Record<AvpType, number>> = {
  address: 6,
  enumerated: 4,
  grouped: 0,
  identity: 1,
  octets: 0,
  time: 4,
  uint32: 4,
  uint64: 8,
  uri: 1,
  utf8: 0,
}

function dataFault(type: AvpType, data: Buffer): DiameterFault | undefined {
  switch (type) {
    case 'enumerated':
    case 'time':
    case 'uint32':
    case 'uint64':
      return data.length === LEAST[type] ? undefined : 'avp-length'
    case 'address':
      return addressFault(data)
    case 'grouped':
      return data.length % 4 === 0 ? undefined : 'avp-length'
    case 'identity':
      return data.length > 0 && data.length <= 255 && isName(data) ? undefined : 'avp-value'
    case 'uri':
      return data.length > 0 && isVisible(data) ? undefined : 'avp-value'
    case 'utf8':
      return isUtf8(data) ? undefined : 'avp-value'
    case 'octets':
      return undefined
  }
}

/** @see RFC 6733 §4.3.1 */
function addressFault(data: Buffer): DiameterFault | undefined {
  if (data.length < 2) return 'avp-length'
  const family = data.readUInt16BE(0)
  if (family === 1) return data.length === 6 ? undefined : 'avp-length'
  if (family === 2) return data.length === 18 ? undefined : 'avp-length'
  return undefined
}

/** Letters, digits, and `- . _`: what names of hosts and realms are made of. */
function isName(data: Buffer): boolean {
  for (const octet of data) {
    const lower = octet | 0x20
    const isLetter = lower >= 0x61 && lower <= 0x7a
    const isDigitOrDot =
      (octet >= 0x30 && octet <= 0x39) || octet === 0x2d || octet === 0x2e || octet === 0x5f
    if (!isLetter && !isDigitOrDot) return false
  }
  return true
}

function isVisible(data: Buffer): boolean {
  for (const octet of data) if (octet <= 0x20 || octet >= 0x7f) return false
  return true
}

/** RFC 6733 §7.5: the header, made whole and honest, with the fewest octets that its type has. */
function badLength(header: Buffer, name: AvpName | undefined): Malformed {
  const headerBytes = header.length > 8 ? 12 : 8
  const dataBytes = name === undefined ? 0 : LEAST[avpRow(name).type]
  const example = Buffer.alloc(padded(headerBytes + dataBytes))
  header.copy(example, 0, 0, Math.min(header.length, headerBytes))
  example.writeUIntBE(headerBytes + dataBytes, 5, 3)
  if (headerBytes === 8) example[4] = (example[4] ?? 0) & 0x60
  return malformed('avp-length', RESULT.invalidAvpLength, example)
}

function malformed(fault: DiameterFault, resultCode: number, failedAvp?: Buffer): Malformed {
  return { fault, resultCode, failedAvp }
}

/** An example of an AVP that is missing: its header and the fewest octets, all zero (RFC 6733 §7.1.5). */
export function exampleAvp(name: AvpName): Buffer {
  const { code, isOptional } = avpRow(name)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(code, 0)
  if (isOptional !== true) header[4] = 0x40
  return badLength(header, name).failedAvp ?? header
}
