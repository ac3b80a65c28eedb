/**
 * Claims of trust that a request may not bring along: who may say what about a caller.
 *
 * An asserted identity, a charging vector, a diversion is worth what the network that wrote it is worth. From
 * anyone outside the trust domain it is taken off before the request goes on, whatever the method. Referred-By,
 * Identity and Privacy are not in these lists: the first is the referrer's (RFC 3892 §3), the second proves itself,
 * the third asks and does not claim.
 */
import { H } from '../message/header-id.ts'
import type { MessageFields } from '../message/message.ts'
import { SLOTS } from '../message/walk.ts'
import type { RemovableHeader } from '../message/write.ts'
import { assertedOnce } from './asserted.ts'

/**
 * Who sent the request: `trusted` is a configured member of the trust domain (RFC 3324), `user` one of our users
 * with proof, `stranger` everybody else.
 */
export type Trust = 'trusted' | 'user' | 'stranger'

/** What to take off, in the form of forwarding edits. */
export interface TrustEdits {
  readonly remove: readonly RemovableHeader[]
  readonly removeNamed: readonly string[]
  /** Values that stay of several of one kind, in place of those that are taken off (PAI-05). */
  readonly pAssertedIdentity?: readonly string[] | undefined
}

const CLAIMS: readonly RemovableHeader[] = [
  // RFC 3325 §5, RFC 5876 §4.2
  H.pAssertedIdentity,
  // RFC 3325 §9.2: a hint for the first proxy, never sent on
  H.pPreferredIdentity,
  // its predecessor, believed by many gateways
  H.remotePartyId,
  // RFC 5806 §8: a caller may not say who diverted the call
  H.diversion,
  // RFC 3329 §2.3.1: between a client and its first hop
  H.securityClient,
  H.securityVerify,
  // RFC 7315 §4.5, §4.6: charging is decided inside
  H.pChargingVector,
  H.pChargingFunctionAddresses,
  // RFC 7315 §4.4: from a user it is not to be believed, and it tells where he is
  H.pAccessNetworkInfo,
  // RFC 7315 §4.1 – §4.3: written by proxies and registrars only
  H.pVisitedNetworkId,
  H.pAssociatedUri,
  H.pCalledPartyId,
]

/** RFC 7044 lets a user agent write it; who keeps it believes strangers about the past of a call. */
const WITH_HISTORY: readonly RemovableHeader[] = [...CLAIMS, H.historyInfo]
const HINTS_ONLY: TrustEdits = { remove: [H.pPreferredIdentity], removeNamed: [] }
const NONE: readonly never[] = []
const NOTHING: TrustEdits = { remove: NONE, removeNamed: NONE }

/** 1 at the number of each such field. */
const CLAIM_IDS = new Uint8Array(256)
for (const id of WITH_HISTORY) CLAIM_IDS[id] = 1

/** Fields that Aspis has no number for; lower case, sorted. */
const CLAIMS_BY_NAME: ReadonlySet<string> = new Set([
  // RFC 6050 §4.1, RFC 5502 §6, RFC 5002, RFC 7316, RFC 5503
  'p-asserted-service',
  // ATIS-1000082: said by who verified a signed identity (STV-15)
  'p-attestation-indicator',
  'p-charge-info',
  'p-dcs-billing-info',
  'p-dcs-laes',
  'p-dcs-osps',
  'p-origination-id',
  'p-preferred-service',
  'p-private-network-indication',
  'p-profile-key',
  'p-served-user',
  'p-user-database',
  // what common servers write for one another
  'x-account',
  'x-accountcode',
  'x-asserted-identity',
  'x-auth-id',
  'x-auth-user',
  'x-authenticated-user',
  'x-caller-id',
  'x-original-cli',
  'x-real-ip',
  'x-src-ip',
  'x-tenant-id',
  'x-trusted',
])

/**
 * What to take off a request or a response.
 * @param from who sent this message
 * @param keepHistory whether History-Info of users and strangers goes on
 */
export function claimsOfTrust(message: MessageFields, from: Trust, keepHistory = false): TrustEdits {
  if (from === 'trusted') return message.has(H.pPreferredIdentity) ? HINTS_ONLY : NOTHING
  const { numbers, count } = message.rows
  let isAny = false
  let isNamed = false
  for (let at = 0; at < count * SLOTS; at += SLOTS) {
    const id = numbers[at] ?? H.unknown
    if (id === H.unknown) isNamed = true
    else if (CLAIM_IDS[id] === 1) isAny = true
  }
  // Mostly nothing is there, and then writing the message asks for no field.
  if (!isAny && !isNamed) return NOTHING
  const remove = isAny ? (keepHistory ? CLAIMS : WITH_HISTORY) : NONE
  const removeNamed = isNamed ? namedClaims(message, from === 'stranger') : NONE
  return remove.length + removeNamed.length === 0 ? NOTHING : { remove, removeNamed }
}

/**
 * What to take off on the way from one to the other: beside claims that are not to be believed, an asserted identity
 * whose owner asked that nobody outside the trust domain is told (RFC 3325 §7, PAI-03).
 */
export function claimsBetween(message: MessageFields, from: Trust, isReceiverTrusted: boolean): TrustEdits {
  const claims = claimsOfTrust(message, from)
  if (from !== 'trusted' || !message.has(H.pAssertedIdentity)) return claims
  if (isReceiverTrusted || !asksForPrivacyOfId(message)) {
    const kept = assertedOnce(message)
    if (kept === undefined) return claims
    return { ...claims, remove: [...claims.remove, H.pAssertedIdentity], pAssertedIdentity: kept }
  }
  return { remove: [...claims.remove, H.pAssertedIdentity], removeNamed: claims.removeNamed }
}

function asksForPrivacyOfId(message: MessageFields): boolean {
  if (!message.has(H.privacy)) return false
  const values = message.headers(H.privacy).flatMap(row => row.split(';'))
  return values.some(value => value.trim().toLowerCase() === 'id')
}

/** The names of that kind that are there; of a stranger every `X-…`, since only a gateway of ours can know them. */
function namedClaims(message: MessageFields, isStranger: boolean): readonly string[] {
  let names: string[] | undefined
  for (let row = 0; row < message.count; row++) {
    if (message.index[row * SLOTS] !== H.unknown) continue
    const name = message.nameAt(row).toLowerCase()
    if ((isStranger && name.startsWith('x-')) || CLAIMS_BY_NAME.has(name)) {
      names ??= []
      names.push(name)
    }
  }
  return names ?? NONE
}
