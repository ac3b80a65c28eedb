import { AspisError } from '../../../base/errors.ts'
import { ipWords } from '../../../base/ip-address.ts'
import { type AvpName, type AvpRow, avpRow } from './avp-dictionary.ts'
import { type DiameterHeader, HEADER_BYTES, padded } from './decode.ts'

/** The value of an AVP to be written: text is latin-1, one character an octet; a list makes a group. */
export type AvpValue = string | number | Buffer | readonly AvpPair[]

/** An AVP to be written. */
export type AvpPair = readonly [name: AvpName, value: AvpValue]

/**
 * Writes a message.
 * @throws AspisError `ERR_ASPIS_DIAMETER_AVP` for a value that its AVP cannot hold: our own mistake
 * @see RFC 6733 §3, §4.1
 */
export function encodeMessage(header: DiameterHeader, avps: readonly AvpPair[]): Buffer {
  const body = avps.map(encodeAvp)
  const length = body.reduce((sum, avp) => sum + avp.length, HEADER_BYTES)
  const head = Buffer.alloc(HEADER_BYTES)
  head.writeUInt32BE(0x0100_0000 + length, 0)
  head.writeUInt32BE(header.code, 4)
  head[4] = flagsOf(header)
  head.writeUInt32BE(header.applicationId, 8)
  head.writeUInt32BE(header.hopByHop, 12)
  head.writeUInt32BE(header.endToEnd, 16)
  return Buffer.concat([head, ...body], length)
}

/**
 * The same request for another peer: a new hop, and the T bit (RFC 6733 §5.5.4).
 * @param request a message that `encodeMessage` made; it is not changed
 */
export function readdressed(request: Buffer, hopByHop: number, isRetransmission: boolean): Buffer {
  const copy = Buffer.from(request)
  copy.writeUInt32BE(hopByHop, 12)
  if (isRetransmission) copy[4] = (copy[4] ?? 0) | 0x10
  return copy
}

function flagsOf({ isRequest, isProxiable, isError, isRetransmission }: DiameterHeader): number {
  return (
    (isRequest ? 0x80 : 0) | (isProxiable ? 0x40 : 0) | (isError ? 0x20 : 0) | (isRetransmission ? 0x10 : 0)
  )
}

/** One AVP with its header and padding. */
export function encodeAvp([name, value]: AvpPair): Buffer {
  const row = avpRow(name)
  const data = dataOf(name, row, value)
  const avp = Buffer.alloc(padded(8 + data.length))
  avp.writeUInt32BE(row.code, 0)
  avp.writeUInt32BE(8 + data.length, 4)
  avp[4] = row.isOptional === true ? 0 : 0x40
  data.copy(avp, 8)
  return avp
}

function dataOf(name: AvpName, row: AvpRow, value: AvpValue): Buffer {
  if (Buffer.isBuffer(value)) {
    if (row.type === 'octets') return value
  } else if (typeof value === 'string') {
    if (row.type === 'address') return addressOf(name, value)
    if (row.type === 'identity' || row.type === 'uri' || row.type === 'utf8')
      return Buffer.from(value, 'latin1')
  } else if (typeof value === 'number') {
    if (row.type === 'enumerated' || row.type === 'uint32' || row.type === 'time')
      return numberOf(name, value)
  } else if (row.type === 'grouped') return Buffer.concat(value.map(encodeAvp))
  throw wrong(name, `a value that is no ${row.type}`)
}

function numberOf(name: AvpName, value: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw wrong(name, `the number ${value}`)
  const data = Buffer.alloc(4)
  data.writeUInt32BE(value, 0)
  return data
}

/** @see RFC 6733 §4.3.1 */
function addressOf(name: AvpName, ip: string): Buffer {
  const words = ipWords(ip)
  if (words === undefined) throw wrong(name, `the address ${JSON.stringify(ip)}`)
  const data = Buffer.alloc(2 + 4 * words.length)
  data.writeUInt16BE(words.length === 1 ? 1 : 2, 0)
  for (const [i, word] of words.entries()) data.writeInt32BE(word | 0, 2 + 4 * i)
  return data
}

function wrong(name: AvpName, what: string): AspisError {
  return new AspisError('ERR_ASPIS_DIAMETER_AVP', `${name} cannot hold ${what}`)
}
