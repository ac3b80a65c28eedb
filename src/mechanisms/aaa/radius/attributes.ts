/** Packet codes (RFC 2865 §4, RFC 2866 §4, RFC 5997 §3). */
export const CODE = {
  accessRequest: 1,
  accessAccept: 2,
  accessReject: 3,
  accountingRequest: 4,
  accountingResponse: 5,
  accessChallenge: 11,
  statusServer: 12,
} as const

/** Attribute types (RFC 2865 §5, RFC 2866 §5, RFC 2869 §5, RFC 5090 §3), by number; the last two are draft-sterman's. */
export const ATTRIBUTE = {
  userName: 1,
  nasIpAddress: 4,
  nasPort: 5,
  serviceType: 6,
  state: 24,
  class: 25,
  calledStationId: 30,
  callingStationId: 31,
  nasIdentifier: 32,
  proxyState: 33,
  acctStatusType: 40,
  acctDelayTime: 41,
  acctSessionId: 44,
  acctSessionTime: 46,
  acctTerminateCause: 49,
  acctMultiSessionId: 50,
  eventTimestamp: 55,
  messageAuthenticator: 80,
  digestResponse: 103,
  digestRealm: 104,
  digestNonce: 105,
  digestResponseAuth: 106,
  digestNextnonce: 107,
  digestMethod: 108,
  digestUri: 109,
  digestQop: 110,
  digestAlgorithm: 111,
  digestEntityBodyHash: 112,
  digestCnonce: 113,
  digestNonceCount: 114,
  digestUsername: 115,
  digestOpaque: 116,
  digestAuthParam: 117,
  digestAkaAuts: 118,
  digestDomain: 119,
  digestStale: 120,
  digestHa1: 121,
  sipAor: 122,
  stermanResponse: 206,
  stermanAttributes: 207,
} as const

/** One attribute; its value has at most 253 octets. */
export interface Attribute {
  readonly type: number
  readonly value: Buffer
}

/** The longest value of an attribute: its length is one octet, two of which are type and length (RFC 2865 §5). */
export const MAX_VALUE_OCTETS = 253

/** An attribute of octets that are held as latin-1 text, such as a part of a SIP message. */
export function octets(type: number, text: string): Attribute {
  return { type, value: Buffer.from(text, 'latin1') }
}

/** An attribute of Unicode text. */
export function utf8(type: number, text: string): Attribute {
  return { type, value: Buffer.from(text, 'utf8') }
}

/** An attribute of as many whole characters of a Unicode text as it holds. */
export function utf8Cut(type: number, text: string): Attribute {
  const value = Buffer.alloc(MAX_VALUE_OCTETS)
  return { type, value: value.subarray(0, new TextEncoder().encodeInto(text, value).written) }
}

/** An attribute of a number of 32 bits. */
export function number32(type: number, value: number): Attribute {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(Math.max(0, Math.min(0xffffffff, Math.floor(value))))
  return { type, value: octets }
}

/** Whether every value fits into an attribute; an empty one does not (RFC 2865 §5). */
export function fit(attributes: readonly Attribute[]): boolean {
  return attributes.every(({ value }) => value.length > 0 && value.length <= MAX_VALUE_OCTETS)
}

/** The first attribute of a type. */
export function first(attributes: readonly Attribute[], type: number): Buffer | undefined {
  return attributes.find(attribute => attribute.type === type)?.value
}
