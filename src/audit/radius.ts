import { createHash, createHmac } from 'node:crypto'

/** RFC 2865 §3. */
const ACCESS_REQUEST = 1
const ACCESS_ACCEPT = 2
const HEADER = 20
/** RFC 3579 §3.2: type and length of Message-Authenticator, and sixteen octets. */
const MESSAGE_AUTHENTICATOR = [80, 18] as const

/** How an Access-Accept is made. */
export interface Accepting {
  readonly secret: string
  /** Of the request that it pretends to answer; that of its own when left out. */
  readonly authenticator?: Buffer
  /** Left out, as servers did before RFC 3579; what a collision of MD5 can forge. */
  readonly isUnsigned?: boolean
  /** Zeros in place of the Response Authenticator. */
  readonly isBlank?: boolean
}

/** Whether that is an Access-Request whose octets hold that text: the name of a user, in whichever attribute. */
export function asksFor(octets: Buffer, name: string): boolean {
  return octets.length >= HEADER && octets[0] === ACCESS_REQUEST && octets.includes(name, HEADER, 'latin1')
}

/** Access-Accept for a request, right or wrong (RFC 2865 §4.2). */
export function accessAccept(request: Buffer, how: Accepting): Buffer {
  const attributes =
    how.isUnsigned === true ? [] : [...MESSAGE_AUTHENTICATOR, ...new Array<number>(16).fill(0)]
  const length = HEADER + attributes.length
  const head = Buffer.from([ACCESS_ACCEPT, request[1] ?? 0, length >> 8, length & 255])
  const of = how.authenticator ?? authenticatorOf(request)
  const packet = Buffer.concat([head, of, Buffer.from(attributes)])
  if (how.isUnsigned !== true)
    createHmac('md5', how.secret)
      .update(packet)
      .digest()
      .copy(packet, HEADER + 2)
  if (how.isBlank === true) packet.fill(0, 4, HEADER)
  else createHash('md5').update(packet).update(how.secret).digest().copy(packet, 4)
  return packet
}

/** RFC 2865 §3: the sixteen octets of chance of a request. */
export function authenticatorOf(request: Buffer): Buffer {
  return request.subarray(4, HEADER)
}
