/** How the data of an AVP is laid out (RFC 6733 §4.2, §4.3). */
export type AvpType =
  /** Two octets of address family, then the address. */
  | 'address'
  /** A signed number of four octets out of a list. */
  | 'enumerated'
  /** AVPs, one after the other. */
  | 'grouped'
  /** A host or realm name in ASCII. */
  | 'identity'
  /** Octets that nobody reads. */
  | 'octets'
  /** Seconds since 1900. */
  | 'time'
  | 'uint32'
  | 'uint64'
  /** `aaa://…`, ASCII. */
  | 'uri'
  /** Text in UTF-8. */
  | 'utf8'

/** One AVP that we know. */
export interface AvpRow {
  readonly code: number
  readonly type: AvpType
  /** Sent without the M bit: RFC 6733 §4.5 forbids it there. */
  readonly isOptional?: true
}

/**
 * The AVPs of the base protocol and of the SIP application, one a line, sorted. All are of the IETF (no vendor).
 *
 * `Failed-AVP` is a group in RFC 6733; here it is octets, since what is in it is wrong by its very purpose.
 * @see RFC 6733 §4.5, RFC 4740 §9, RFC 5090 §3 (the codes of Digest-*)
 */
export const AVPS = {
  'Acct-Application-Id': { code: 259, type: 'uint32' },
  'Auth-Application-Id': { code: 258, type: 'uint32' },
  'Auth-Grace-Period': { code: 276, type: 'uint32' },
  'Auth-Session-State': { code: 277, type: 'enumerated' },
  'Authorization-Lifetime': { code: 291, type: 'uint32' },
  Class: { code: 25, type: 'octets' },
  'Destination-Host': { code: 293, type: 'identity' },
  'Destination-Realm': { code: 283, type: 'identity' },
  'Digest-AKA-Auts': { code: 118, type: 'utf8' },
  'Digest-Algorithm': { code: 111, type: 'utf8' },
  'Digest-Auth-Param': { code: 117, type: 'utf8' },
  'Digest-CNonce': { code: 113, type: 'utf8' },
  'Digest-Domain': { code: 119, type: 'utf8' },
  'Digest-Entity-Body-Hash': { code: 112, type: 'utf8' },
  'Digest-HA1': { code: 121, type: 'utf8' },
  'Digest-Method': { code: 108, type: 'utf8' },
  'Digest-Nextnonce': { code: 107, type: 'utf8' },
  'Digest-Nonce': { code: 105, type: 'utf8' },
  'Digest-Nonce-Count': { code: 114, type: 'utf8' },
  'Digest-Opaque': { code: 116, type: 'utf8' },
  'Digest-QoP': { code: 110, type: 'utf8' },
  'Digest-Realm': { code: 104, type: 'utf8' },
  'Digest-Response': { code: 103, type: 'utf8' },
  'Digest-Response-Auth': { code: 106, type: 'utf8' },
  'Digest-Stale': { code: 120, type: 'utf8' },
  'Digest-URI': { code: 109, type: 'utf8' },
  'Digest-Username': { code: 115, type: 'utf8' },
  'Disconnect-Cause': { code: 273, type: 'enumerated' },
  'Error-Message': { code: 281, type: 'utf8', isOptional: true },
  'Error-Reporting-Host': { code: 294, type: 'identity', isOptional: true },
  'Event-Timestamp': { code: 55, type: 'time' },
  'Experimental-Result': { code: 297, type: 'grouped' },
  'Experimental-Result-Code': { code: 298, type: 'uint32' },
  'Failed-AVP': { code: 279, type: 'octets' },
  'Firmware-Revision': { code: 267, type: 'uint32', isOptional: true },
  'Host-IP-Address': { code: 257, type: 'address' },
  'Inband-Security-Id': { code: 299, type: 'uint32' },
  'Origin-Host': { code: 264, type: 'identity' },
  'Origin-Realm': { code: 296, type: 'identity' },
  'Origin-State-Id': { code: 278, type: 'uint32' },
  'Product-Name': { code: 269, type: 'utf8', isOptional: true },
  'Proxy-Host': { code: 280, type: 'identity' },
  'Proxy-Info': { code: 284, type: 'grouped' },
  'Proxy-State': { code: 33, type: 'octets' },
  'Re-Auth-Request-Type': { code: 285, type: 'enumerated' },
  'Redirect-Host': { code: 292, type: 'uri' },
  'Redirect-Host-Usage': { code: 261, type: 'enumerated' },
  'Redirect-Max-Cache-Time': { code: 262, type: 'uint32' },
  'Result-Code': { code: 268, type: 'uint32' },
  'Route-Record': { code: 282, type: 'identity' },
  'SIP-AOR': { code: 122, type: 'utf8' },
  'SIP-Accounting-Information': { code: 368, type: 'grouped' },
  'SIP-Accounting-Server-URI': { code: 369, type: 'uri' },
  'SIP-Auth-Data-Item': { code: 376, type: 'grouped' },
  'SIP-Authenticate': { code: 379, type: 'grouped' },
  'SIP-Authentication-Info': { code: 381, type: 'grouped' },
  'SIP-Authentication-Scheme': { code: 377, type: 'enumerated' },
  'SIP-Authorization': { code: 380, type: 'grouped' },
  'SIP-Credit-Control-Server-URI': { code: 370, type: 'uri' },
  'SIP-Deregistration-Reason': { code: 383, type: 'grouped' },
  'SIP-Item-Number': { code: 378, type: 'uint32' },
  'SIP-Mandatory-Capability': { code: 373, type: 'uint32' },
  'SIP-Method': { code: 393, type: 'utf8' },
  'SIP-Number-Auth-Items': { code: 382, type: 'uint32' },
  'SIP-Optional-Capability': { code: 374, type: 'uint32' },
  'SIP-Reason-Code': { code: 384, type: 'enumerated' },
  'SIP-Reason-Info': { code: 385, type: 'utf8' },
  'SIP-Server-Assignment-Type': { code: 375, type: 'enumerated' },
  'SIP-Server-Capabilities': { code: 372, type: 'grouped' },
  'SIP-Server-URI': { code: 371, type: 'utf8' },
  'SIP-Supported-User-Data-Type': { code: 388, type: 'utf8' },
  'SIP-User-Authorization-Type': { code: 387, type: 'enumerated' },
  'SIP-User-Data': { code: 389, type: 'grouped' },
  'SIP-User-Data-Already-Available': { code: 392, type: 'enumerated' },
  'SIP-User-Data-Contents': { code: 391, type: 'octets' },
  'SIP-User-Data-Type': { code: 390, type: 'utf8' },
  'SIP-Visited-Network-Id': { code: 386, type: 'utf8' },
  'Session-Id': { code: 263, type: 'utf8' },
  'Supported-Vendor-Id': { code: 265, type: 'uint32' },
  'User-Name': { code: 1, type: 'utf8' },
  'Vendor-Id': { code: 266, type: 'uint32' },
  'Vendor-Specific-Application-Id': { code: 260, type: 'grouped' },
} as const satisfies Readonly<Record<string, AvpRow>>

/** Name of an AVP that we know. */
export type AvpName = keyof typeof AVPS

const BY_CODE: ReadonlyMap<number, AvpName> = new Map(
  avpNames().map((name): [number, AvpName] => [AVPS[name].code, name]),
)

/** The AVP of a code, when it is one of the IETF that we know. */
export function avpNamed(code: number, vendorId: number): AvpName | undefined {
  return vendorId === 0 ? BY_CODE.get(code) : undefined
}

/** The row of an AVP. */
export function avpRow(name: AvpName): AvpRow {
  return AVPS[name]
}

/** Every AVP that we know. */
export function avpNames(): AvpName[] {
  return Object.keys(AVPS).filter(isAvpName)
}

function isAvpName(name: string): name is AvpName {
  return Object.hasOwn(AVPS, name)
}
