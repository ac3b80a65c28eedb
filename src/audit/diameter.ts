import { randomBytes } from 'node:crypto'
import type { Address } from '../base/flow.ts'
import { type OctetStream, octetStream } from './octet-stream.ts'
import type { DiameterPlace } from './target.ts'
import { selfMade } from './tls/self-made.ts'
import { type Trial, Unable } from './trial.ts'

/** RFC 6733 §3, §5.3. */
const HEADER = 20
const REQUEST = 0x80
const MANDATORY = 0x40
const CAPABILITIES_EXCHANGE = 257
const AVP = {
  hostIpAddress: 257,
  authApplicationId: 258,
  originHost: 264,
  vendorId: 266,
  resultCode: 268,
  productName: 269,
  originRealm: 296,
} as const
/** Diameter SIP Application (RFC 4740 §1). */
const SIP_APPLICATION = 6

/** Opens a connection as somebody would who has a certificate of nobody. @throws Unable when none is taken */
export async function diameterStream(
  trial: Trial,
  place: DiameterPlace,
  name: string,
): Promise<OctetStream | undefined> {
  const at: Address = { ip: place.host, port: place.port }
  const options = { who: 'attacker', at, protocol: 'Diameter' }
  if (place.isTls !== true) {
    const stream = await octetStream(trial, options)
    if (stream === undefined) throw new Unable('the Diameter port takes no connection')
    return stream
  }
  const tls = selfMade({ subject: name, uris: [], dnsNames: [name] })
  return await octetStream(trial, { ...options, tls })
}

/** Capabilities-Exchange-Request of somebody who says to be that host. @param more AVPs, as they are */
export function capabilitiesRequest(host: string, realm: string, more: Buffer = Buffer.alloc(0)): Buffer {
  return message(
    Buffer.concat([
      avp(AVP.originHost, Buffer.from(host, 'latin1')),
      avp(AVP.originRealm, Buffer.from(realm, 'latin1')),
      avp(AVP.hostIpAddress, Buffer.from([0, 1, 127, 0, 0, 1])),
      avp(AVP.vendorId, uint32(0)),
      avp(AVP.productName, Buffer.from('aspis-audit', 'latin1'), 0),
      avp(AVP.authApplicationId, uint32(SIP_APPLICATION)),
      more,
    ]),
  )
}

/** A request of that content. @param length that it says to have, with its header */
export function message(content: Buffer, length = HEADER + content.length): Buffer {
  const head = Buffer.alloc(HEADER)
  head.writeUInt32BE(length)
  head.writeUInt8(1)
  head.writeUInt32BE(CAPABILITIES_EXCHANGE, 4)
  head.writeUInt8(REQUEST, 4)
  randomBytes(8).copy(head, 12)
  return Buffer.concat([head, content])
}

/** RFC 6733 §4.1. @param length that it says to have, with its header */
export function avp(code: number, value: Buffer, flags = MANDATORY, length = 8 + value.length): Buffer {
  const head = Buffer.concat([uint32(code), uint32(length)])
  head.writeUInt8(flags, 4)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

/** Result-Code of the first message, when it is an answer to a capabilities exchange; 0 without one. */
export function resultOf(octets: Buffer): number | undefined {
  if (octets.length < HEADER) return undefined
  const length = octets.readUIntBE(1, 3)
  if (octets.length < length || length < HEADER) return undefined
  let at = HEADER
  while (at + 12 <= length) {
    const size = octets.readUIntBE(at + 5, 3)
    if (octets.readUInt32BE(at) === AVP.resultCode) return octets.readUInt32BE(at + 8)
    if (size < 8) return 0
    at += size + ((4 - (size % 4)) % 4)
  }
  return 0
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}
