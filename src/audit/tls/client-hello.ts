import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'

/** A version as it stands on the wire. */
export const TLS_VERSIONS = {
  'SSL 3.0': 0x0300,
  'TLS 1.0': 0x0301,
  'TLS 1.1': 0x0302,
  'TLS 1.2': 0x0303,
} as const

/** RFC 5746 §3.3: a client that can renegotiate safely says so by this number. */
const RENEGOTIATION_INFO_SCSV = 0x00ff

/** What a client offers. */
export interface Offer {
  readonly version: number
  readonly suites: readonly number[]
  /** Name of the server; left out of SSL 3.0, and where it is an address. */
  readonly serverName: string
  /** DEFLATE beside none (RFC 3749). */
  readonly isCompressed?: boolean
}

/** The record of a ClientHello, octet by octet: what no library of today would say (RFC 5246 §7.4.1.2). */
export function clientHello(offer: Offer): Buffer {
  const suites = [...offer.suites, RENEGOTIATION_INFO_SCSV]
  const body = Buffer.concat([
    uint16(offer.version),
    randomBytes(32),
    Buffer.from([0]),
    sized16(Buffer.concat(suites.map(uint16))),
    Buffer.from(offer.isCompressed === true ? [2, 1, 0] : [1, 0]),
    ...(offer.version === TLS_VERSIONS['SSL 3.0'] ? [] : [sized16(extensions(offer))]),
  ])
  const handshake = Buffer.concat([Buffer.from([1, 0]), sized16(body)])
  const recordVersion = Math.min(offer.version, TLS_VERSIONS['TLS 1.0'])
  return Buffer.concat([Buffer.from([22]), uint16(recordVersion), sized16(handshake)])
}

/** RFC 6066 §3, RFC 8422 §5.1, RFC 5246 §7.4.1.4.1. */
function extensions({ serverName }: Offer): Buffer {
  const name = Buffer.from(serverName, 'latin1')
  const names = sized16(Buffer.concat([Buffer.from([0]), sized16(name)]))
  const groups = [0x001d, 0x0017, 0x0018, 0x0019]
  const signatures = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201]
  return Buffer.concat([
    ...(isIP(serverName) === 0 ? [extension(0, names)] : []),
    extension(10, sized16(Buffer.concat(groups.map(uint16)))),
    extension(11, Buffer.from([1, 0])),
    extension(13, sized16(Buffer.concat(signatures.map(uint16)))),
  ])
}

function extension(type: number, value: Buffer): Buffer {
  return Buffer.concat([uint16(type), sized16(value)])
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255])
}

function sized16(octets: Buffer): Buffer {
  return Buffer.concat([uint16(octets.length), octets])
}
