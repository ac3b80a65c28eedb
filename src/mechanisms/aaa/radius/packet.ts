import { failed, ok, type Result } from '../../../base/result.ts'
import type { Attribute } from './attributes.ts'
import type { RadiusRefusal } from './refusal.ts'

/** Octets before the attributes: code, identifier, length and authenticator (RFC 2865 §3). */
export const HEAD_OCTETS = 20
/** The longest packet (RFC 2865 §3). */
export const MAX_PACKET_OCTETS = 4096
export const AUTHENTICATOR_OCTETS = 16

/** A packet, its form checked and nothing else. */
export interface Packet {
  readonly code: number
  /** 0…255. */
  readonly identifier: number
  /** 16 octets. */
  readonly authenticator: Buffer
  readonly attributes: readonly Attribute[]
  /** As it stands on the wire, padding cut off. */
  readonly octets: Buffer
}

/**
 * Reads a packet. Octets behind its length are padding and ignored, as RFC 2865 §3 wants; fewer are refused.
 * @see RFC 2865 §3, §5
 */
export function readPacket(bytes: Buffer): Result<Packet, RadiusRefusal> {
  if (bytes.length < HEAD_OCTETS) return failed('length-wrong')
  const length = bytes.readUInt16BE(2)
  if (length < HEAD_OCTETS || length > MAX_PACKET_OCTETS || length > bytes.length)
    return failed('length-wrong')
  const octets = bytes.subarray(0, length)
  const attributes: Attribute[] = []
  for (let at = HEAD_OCTETS; at < length; ) {
    if (at + 2 > length) return failed('attribute-truncated')
    const size = octets[at + 1] ?? 0
    if (size < 2) return failed('attribute-too-short')
    if (at + size > length) return failed('attribute-truncated')
    attributes.push({ type: octets[at] ?? 0, value: octets.subarray(at + 2, at + size) })
    at += size
  }
  return ok({
    code: octets[0] ?? 0,
    identifier: octets[1] ?? 0,
    authenticator: octets.subarray(4, HEAD_OCTETS),
    attributes,
    octets,
  })
}

/**
 * Writes a packet; the authenticators are for `authenticators.ts`.
 * @param authenticator 16 octets
 * @returns undefined when it would be longer than a packet may be
 */
export function writePacket(
  code: number,
  identifier: number,
  authenticator: Buffer,
  attributes: readonly Attribute[],
): Buffer | undefined {
  const length = attributes.reduce((sum, { value }) => sum + 2 + value.length, HEAD_OCTETS)
  if (length > MAX_PACKET_OCTETS) return undefined
  const octets = Buffer.alloc(length)
  octets[0] = code
  octets[1] = identifier
  octets.writeUInt16BE(length, 2)
  authenticator.copy(octets, 4, 0, AUTHENTICATOR_OCTETS)
  let at = HEAD_OCTETS
  for (const { type, value } of attributes) {
    octets[at] = type
    octets[at + 1] = 2 + value.length
    value.copy(octets, at + 2)
    at += 2 + value.length
  }
  return octets
}

/** The length that a packet of a stream says that it has; undefined: no packet may say so. */
export function lengthSaid(head: Buffer): number | undefined {
  const length = head.readUInt16BE(2)
  return length >= HEAD_OCTETS && length <= MAX_PACKET_OCTETS ? length : undefined
}
