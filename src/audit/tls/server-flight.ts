/** What a server answered to a ClientHello: it refuses, or it chose. */
export type ServerFlight =
  | { readonly kind: 'alert'; readonly description: number }
  | {
      readonly kind: 'hello'
      readonly version: number
      readonly suite: number
      readonly isCompressed: boolean
      /** RFC 5746: the server can renegotiate safely, or not at all. */
      readonly hasRenegotiationInfo: boolean
      /** Bits of the group of finite-field Diffie-Hellman, where that was chosen. */
      readonly groupBits?: number
    }

const ALERT = 21
const HANDSHAKE = 22
const SERVER_HELLO = 2
const SERVER_KEY_EXCHANGE = 12
const SERVER_HELLO_DONE = 14
const RENEGOTIATION_INFO = 0xff01

/**
 * Reads the first flight of a server of TLS 1.2 or older (RFC 5246 §7.3).
 * @param wantsGroup whether the group of Diffie-Hellman matters, which comes last
 * @returns nothing while it is not whole, `garbage` when it is no TLS
 */
export function serverFlight(octets: Buffer, wantsGroup: boolean): ServerFlight | 'garbage' | undefined {
  const records = readRecords(octets)
  if (records === 'garbage') return 'garbage'
  if (records.alert !== undefined && records.handshake.length === 0)
    return { kind: 'alert', description: records.alert }
  const messages = readMessages(records.handshake)
  const hello = messages.find(({ type }) => type === SERVER_HELLO)
  if (hello === undefined) return records.handshake.length > 4 && messages.length > 0 ? 'garbage' : undefined
  const chosen = readHello(hello.body)
  if (chosen === undefined) return 'garbage'
  if (!wantsGroup) return chosen
  const exchange = messages.find(({ type }) => type === SERVER_KEY_EXCHANGE)
  if (exchange !== undefined) return { ...chosen, groupBits: bitsOfGroup(exchange.body) }
  return messages.some(({ type }) => type === SERVER_HELLO_DONE) ? chosen : undefined
}

/** Octets of handshake messages, and an alert, of the records that are whole. */
function readRecords(octets: Buffer): { readonly handshake: Buffer; readonly alert?: number } | 'garbage' {
  const parts: Buffer[] = []
  let alert: number | undefined
  let at = 0
  while (at + 5 <= octets.length) {
    const type = octets.readUInt8(at)
    if ((type !== HANDSHAKE && type !== ALERT) || octets.readUInt8(at + 1) !== 3) return 'garbage'
    const end = at + 5 + octets.readUInt16BE(at + 3)
    if (end > octets.length) break
    if (type === HANDSHAKE) parts.push(octets.subarray(at + 5, end))
    else if (end - at >= 7) alert ??= octets.readUInt8(at + 6)
    at = end
  }
  return { handshake: Buffer.concat(parts), ...(alert === undefined ? {} : { alert }) }
}

function readMessages(octets: Buffer): readonly { readonly type: number; readonly body: Buffer }[] {
  const messages = []
  let at = 0
  while (at + 4 <= octets.length) {
    const end = at + 4 + octets.readUIntBE(at + 1, 3)
    if (end > octets.length) break
    messages.push({ type: octets.readUInt8(at), body: octets.subarray(at + 4, end) })
    at = end
  }
  return messages
}

function readHello(body: Buffer): (ServerFlight & { kind: 'hello' }) | undefined {
  const session = body.length > 34 ? body.readUInt8(34) : 255
  const at = 35 + session
  if (at + 3 > body.length) return undefined
  return {
    kind: 'hello',
    version: body.readUInt16BE(0),
    suite: body.readUInt16BE(at),
    isCompressed: body.readUInt8(at + 2) !== 0,
    hasRenegotiationInfo: extensionTypes(body.subarray(at + 3)).includes(RENEGOTIATION_INFO),
  }
}

function extensionTypes(octets: Buffer): readonly number[] {
  const types: number[] = []
  let at = 2
  while (at + 4 <= octets.length) {
    types.push(octets.readUInt16BE(at))
    at += 4 + octets.readUInt16BE(at + 2)
  }
  return types
}

/** Of the prime, which comes first (RFC 5246 §7.4.3). */
function bitsOfGroup(body: Buffer): number {
  const octets = body.length < 2 ? 0 : Math.min(body.readUInt16BE(0), body.length - 2)
  const prime = body
    .subarray(2, 2 + octets)
    .toString('hex')
    .replace(/^0+/, '')
  return prime === '' ? 0 : BigInt(`0x${prime}`).toString(2).length
}
