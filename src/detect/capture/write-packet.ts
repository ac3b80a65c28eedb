import type { Address } from '../../base/flow.ts'
import { ipWords } from '../../base/ip-address.ts'

const IPV4_HEADER = 20
const IPV6_HEADER = 40
const UDP_HEADER = 8
const UDP = 17
const MAX_PAYLOAD = 65_507

/**
 * A UDP datagram with its IP header, as link type `raw` has it: what was said between two addresses, in a form that
 * every reader of captures knows. A message that came by another transport is shown the same way.
 * @param payload at most 65,507 octets; the rest is left out
 * @returns undefined when an address is none, or one is IPv4 and the other IPv6
 */
export function udpPacket(from: Address, to: Address, payload: Uint8Array): Buffer | undefined {
  const source = ipWords(from.ip)
  const destination = ipWords(to.ip)
  if (source === undefined || destination === undefined || source.length !== destination.length)
    return undefined
  const data = payload.subarray(0, MAX_PAYLOAD)
  const isIpv4 = source.length === 1
  const start = isIpv4 ? IPV4_HEADER : IPV6_HEADER
  const length = UDP_HEADER + data.length
  const packet = Buffer.alloc(start + length)
  if (isIpv4) {
    packet.writeUInt8(0x45, 0)
    packet.writeUInt16BE(start + length, 2)
    packet.writeUInt8(64, 8)
    packet.writeUInt8(UDP, 9)
  } else {
    packet.writeUInt8(0x60, 0)
    packet.writeUInt16BE(length, 4)
    packet.writeUInt8(UDP, 6)
    packet.writeUInt8(64, 7)
  }
  const addressesAt = isIpv4 ? 12 : 8
  for (const [i, word] of [...source, ...destination].entries())
    packet.writeUInt32BE(word >>> 0, addressesAt + i * 4)
  if (isIpv4) packet.writeUInt16BE(checksum(packet, 0, IPV4_HEADER, 0), 10)
  packet.writeUInt16BE(from.port, start)
  packet.writeUInt16BE(to.port, start + 2)
  packet.writeUInt16BE(length, start + 4)
  packet.set(data, start + UDP_HEADER)
  // The pseudo-header: addresses, protocol and length (RFC 768, RFC 8200 §8.1). Zero would say "none".
  const sum = checksum(packet, addressesAt, packet.length, UDP + length)
  packet.writeUInt16BE(sum === 0 ? 0xffff : sum, start + 6)
  return packet
}

/** RFC 1071. */
function checksum(octets: Buffer, from: number, to: number, initial: number): number {
  let sum = initial
  for (let at = from; at + 1 < to; at += 2) sum += octets.readUInt16BE(at)
  if ((to - from) % 2 === 1) sum += (octets[to - 1] ?? 0) << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}
