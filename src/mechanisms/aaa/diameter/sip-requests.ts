import type { DiameterIdentity } from './base-commands.ts'
import { originOf } from './base-commands.ts'
import { SIP_APPLICATION } from './commands.ts'
import type { AvpPair } from './encode.ts'

/** A digest answer as a client sent it: quotes gone, nothing unescaped; latin-1 text. */
export interface DigestCredentials {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly response: string
  readonly algorithm: string
  readonly cnonce: string
  readonly nc: string
  readonly qop: string | undefined
  readonly opaque: string | undefined
  readonly method: string
  /** H(body) in hex, with auth-int alone. */
  readonly bodyHash: string | undefined
}

/** Who asks, and whom. */
export interface SipOrigin {
  readonly identity: DiameterIdentity
  /** Destination-Realm. */
  readonly realm: string
  /** Our own SIP URI: where a user is served. */
  readonly serverUri: string
}

/** @see RFC 4740 §9.10 */
export const AUTHORIZATION_TYPE = {
  registration: 0,
  deregistration: 1,
  registrationAndCapabilities: 2,
} as const

/** Why a server assignment is told (RFC 4740 §9.4). */
export const ASSIGNMENT_TYPE = {
  registration: 1,
  reRegistration: 2,
  timeoutDeregistration: 4,
  userDeregistration: 5,
  administrativeDeregistration: 8,
} as const

/** RFC 6733 §8.11: no session is kept, so none has to be ended. */
const NO_STATE_MAINTAINED = 1
const DIGEST_SCHEME = 0
const USER_DATA_NOT_AVAILABLE = 0

/** User-Authorization-Request: may this address-of-record register here (RFC 4740 §8.1)? */
export function userAuthorization(
  origin: SipOrigin,
  asked: { readonly aor: string; readonly user: string; readonly type: number },
): readonly AvpPair[] {
  return [
    ...common(origin),
    ['SIP-AOR', asked.aor],
    ['User-Name', asked.user],
    ['SIP-User-Authorization-Type', asked.type],
  ]
}

/**
 * Multimedia-Auth-Request: is this answer right, or what is the user's H(A1) (RFC 4740 §8.7)?
 * @param asked.target To of a REGISTER, Request-URI of others (DIA-06)
 */
export function multimediaAuth(
  origin: SipOrigin,
  asked: { readonly target: string; readonly user: string; readonly credentials: DigestCredentials },
): readonly AvpPair[] {
  const { method } = asked.credentials
  const registrar: readonly AvpPair[] = method === 'REGISTER' ? [['SIP-Server-URI', origin.serverUri]] : []
  return [
    ...common(origin),
    ['SIP-AOR', asked.target],
    ['SIP-Method', method],
    ['User-Name', asked.user],
    ...registrar,
    ['SIP-Number-Auth-Items', 1],
    [
      'SIP-Auth-Data-Item',
      [
        ['SIP-Authentication-Scheme', DIGEST_SCHEME],
        ['SIP-Authorization', authorizationOf(asked.credentials)],
      ],
    ],
  ]
}

/** Server-Assignment-Request: this user is served here now, or no more (RFC 4740 §8.3). */
export function serverAssignment(
  origin: SipOrigin,
  asked: { readonly aor: string; readonly user: string; readonly type: number },
  userDataTypes: readonly string[],
): readonly AvpPair[] {
  return [
    ...common(origin),
    ['SIP-Server-Assignment-Type', asked.type],
    ['SIP-User-Data-Already-Available', USER_DATA_NOT_AVAILABLE],
    ['User-Name', asked.user],
    ['SIP-Server-URI', origin.serverUri],
    ...userDataTypes.map((type): AvpPair => ['SIP-Supported-User-Data-Type', type]),
    ['SIP-AOR', asked.aor],
  ]
}

/** Location-Info-Request: which server serves this address-of-record (RFC 4740 §8.5)? */
export function locationInfo(origin: SipOrigin, aor: string): readonly AvpPair[] {
  return [...common(origin), ['SIP-AOR', aor]]
}

function common({ identity, realm }: SipOrigin): readonly AvpPair[] {
  return [
    ['Auth-Application-Id', SIP_APPLICATION],
    ['Auth-Session-State', NO_STATE_MAINTAINED],
    ...originOf(identity),
    ['Destination-Realm', realm],
  ]
}

/** @see RFC 4740 §9.5.4 */
function authorizationOf(credentials: DigestCredentials): readonly AvpPair[] {
  const { qop, cnonce, nc, opaque, bodyHash } = credentials
  const avps: AvpPair[] = [
    ['Digest-Username', credentials.username],
    ['Digest-Realm', credentials.realm],
    ['Digest-Nonce', credentials.nonce],
    ['Digest-URI', credentials.uri],
    ['Digest-Response', credentials.response],
    ['Digest-Algorithm', credentials.algorithm],
  ]
  if (cnonce !== '') avps.push(['Digest-CNonce', cnonce])
  if (opaque !== undefined) avps.push(['Digest-Opaque', opaque])
  if (qop !== undefined) avps.push(['Digest-QoP', qop])
  if (nc !== '') avps.push(['Digest-Nonce-Count', nc])
  avps.push(['Digest-Method', credentials.method])
  if (bodyHash !== undefined) avps.push(['Digest-Entity-Body-Hash', bodyHash])
  return avps
}
