import { isIP } from 'node:net'

export type Transport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS'

/** A user of the target, of the tester's own. */
export interface Account {
  /** User part of its address-of-record, and user name of its credentials unless that is given. */
  readonly user: string
  readonly authUser?: string
  readonly password: string
}

/** A server to be tried, and what its owner gives for it. */
export interface Target {
  /** IP address; names are resolved before. */
  readonly ip: string
  /** Domain of its users, as it stands in their addresses-of-record. */
  readonly domain: string
  /** Ports by transport: what is tried; UDP or TCP at least. */
  readonly ports: Readonly<Partial<Record<Transport, number>>>
  /** Path of the WebSocket, `/` when left out. */
  readonly webSocketPath?: string
  readonly accounts: readonly Account[]
  /** A user who exists and is none of the tester's, so that enumeration has somebody to find. */
  readonly knownUser?: string
  /** An account that wants no anonymous calls (RFC 5079). */
  readonly rejectsAnonymous?: Account
  /** A telephone number that a trunk behind the target would bill, never reached: the attack sees only whether it is tried. */
  readonly premiumNumber?: string
  /** Certificates that vouch for its TLS, PEM; the system's when left out. */
  readonly ca?: string
  /** A neighbour whose signed calls the target takes (RFC 8224). */
  readonly stir?: StirNeighbour
  /** A user whose signed bodies the target trusts (RFC 3893): key and certificate in PEM, address-of-record. */
  readonly smime?: { readonly key: string; readonly certificate: string; readonly aor: string }
  readonly zone?: Zone
  readonly radius?: RadiusPlace
  readonly diameter?: DiameterPlace
  readonly admin?: string
  readonly phone?: Phone
  readonly clientCertificate?: { readonly key: string; readonly certificate: string; readonly user: string }
  /** Where it stands written, for reports that point at a line. */
  readonly file?: string
}

/**
 * A domain whose records the tester answers for. The target must ask that place for its names (as its resolver, or by
 * delegation), and let accounts of the tester call users of the domain.
 */
export interface Zone {
  readonly domain: string
  /** Where the name server of the audit listens while it runs: `192.0.2.1:53`. */
  readonly listen: string
}

/**
 * Where the target asks RADIUS for users that it does not know itself, so that the audit may answer in the server's
 * place as somebody on the path would.
 */
export interface RadiusPlace {
  /** Where the audit listens while it runs: `192.0.2.1:1812`. */
  readonly listen: string
  /** Shared secret of the target and that server; answers that an attacker could make use it in no way but one. */
  readonly secret: string
}

/** Where the target takes Diameter connections. */
export interface DiameterPlace {
  /** IP address. */
  readonly host: string
  readonly port: number
  /** Realm of the target's peers, of which a stranger says to be one. */
  readonly realm: string
  /** A peer that the target knows (Origin-Host), in whose name a stranger may come. */
  readonly peer?: string
  /** TLS from the first octet; clear TCP when left out. */
  readonly isTls?: boolean
}

/** A phone, or what provisions phones. */
export interface Phone {
  /** IP address. */
  readonly host: string
  /** Of a phone that is provisioned there, twelve hexadecimal digits: files are called after it. */
  readonly mac?: string
  /** 69 when left out. */
  readonly tftpPort?: number
  /** 80 when left out. */
  readonly httpPort?: number
  /** 23 when left out. */
  readonly telnetPort?: number
}

/** A neighbour of the target that signs its calls, played by the tester. */
export interface StirNeighbour {
  /** PEM, ECDSA P-256. */
  readonly key: string
  /** PEM, the signer first; the target fetches it at the URL. */
  readonly certificate: string
  readonly url: string
  /** One that the certificate covers: digits, with or without +. */
  readonly number: string
  /** Host of its From; the target's own domain when left out. */
  readonly domain?: string
  /** Address that the target knows it by, an address of this machine. */
  readonly ip?: string
}

/** Whether several source addresses can be had there: every address of 127.0.0.0/8 is ours. */
export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1'
}

/**
 * Whether an address is the tester's own by its range: loopback, private (RFC 1918, RFC 4193), link-local (RFC 3927,
 * RFC 4291 §2.5.6). Everything else asks for `--i-own-this-target`.
 */
export function isOwnRange(ip: string): boolean {
  if (isIP(ip) === 6) return ip === '::1' || /^(?:f[cd]|fe[89ab])/i.test(ip)
  const [a = 0, b = 0] = ip.split('.').map(Number)
  return (
    a === 127 ||
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254)
  )
}
