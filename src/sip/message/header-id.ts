import { octetsOf } from '../octets.ts'
import { WordTable } from '../word-table.ts'

/**
 * Header fields that Aspis looks at, by number: the index of a message holds numbers, not names.
 * Unknown fields have id 0 and travel untouched (RFC 3261 §16.3 step 1). Those that `checkMessage` counts have
 * numbers below 31, so that one integer holds which of them it saw.
 */
export const H = {
  unknown: 0,
  via: 1,
  from: 2,
  to: 3,
  callId: 4,
  cseq: 5,
  contact: 6,
  maxForwards: 7,
  route: 8,
  recordRoute: 9,
  contentLength: 10,
  contentType: 11,
  expires: 12,
  authorization: 13,
  proxyAuthorization: 14,
  wwwAuthenticate: 15,
  proxyAuthenticate: 16,
  authenticationInfo: 17,
  require: 18,
  proxyRequire: 19,
  supported: 20,
  unsupported: 21,
  allow: 22,
  path: 23,
  serviceRoute: 24,
  maxBreadth: 25,
  event: 26,
  referTo: 27,
  replaces: 28,
  date: 29,
  userAgent: 30,
  server: 31,
  subject: 32,
  timestamp: 33,
  minExpires: 34,
  retryAfter: 35,
  referredBy: 36,
  warning: 37,
  identity: 38,
  privacy: 39,
  pAssertedIdentity: 40,
  pPreferredIdentity: 41,
  remotePartyId: 42,
  diversion: 43,
  historyInfo: 44,
  securityClient: 45,
  securityServer: 46,
  securityVerify: 47,
  accept: 48,
  acceptEncoding: 49,
  acceptLanguage: 50,
  contentEncoding: 51,
  contentDisposition: 52,
  contentLanguage: 53,
  alertInfo: 54,
  callInfo: 55,
  errorInfo: 56,
  inReplyTo: 57,
  mimeVersion: 58,
  organization: 59,
  priority: 60,
  replyTo: 61,
  flowTimer: 62,
  rack: 63,
  rseq: 64,
  sessionExpires: 65,
  minSe: 66,
  subscriptionState: 67,
  allowEvents: 68,
  targetDialog: 69,
  join: 70,
  reason: 71,
  acceptContact: 72,
  rejectContact: 73,
  requestDisposition: 74,
  sipEtag: 75,
  sipIfMatch: 76,
  pChargingVector: 77,
  pChargingFunctionAddresses: 78,
  pAccessNetworkInfo: 79,
  pVisitedNetworkId: 80,
  pCalledPartyId: 81,
  pAssociatedUri: 82,
  permissionMissing: 83,
  recvInfo: 84,
  infoPackage: 85,
  resourcePriority: 86,
  referSub: 87,
  geolocation: 88,
  answerMode: 89,
  userToUser: 90,
  sessionId: 91,
  feature: 92,
  pEarlyMedia: 93,
  acceptResourcePriority: 94,
  triggerConsent: 95,
} as const

/** A number of `H`. */
export type HeaderId = (typeof H)[keyof typeof H]

/** Names as the RFCs write them, and the compact form where one is registered. */
const NAMES: readonly (readonly [HeaderId, string, string?])[] = [
  [H.via, 'Via', 'v'],
  [H.from, 'From', 'f'],
  [H.to, 'To', 't'],
  [H.callId, 'Call-ID', 'i'],
  [H.cseq, 'CSeq'],
  [H.contact, 'Contact', 'm'],
  [H.maxForwards, 'Max-Forwards'],
  [H.route, 'Route'],
  [H.recordRoute, 'Record-Route'],
  [H.contentLength, 'Content-Length', 'l'],
  [H.contentType, 'Content-Type', 'c'],
  [H.expires, 'Expires'],
  [H.authorization, 'Authorization'],
  [H.proxyAuthorization, 'Proxy-Authorization'],
  [H.wwwAuthenticate, 'WWW-Authenticate'],
  [H.proxyAuthenticate, 'Proxy-Authenticate'],
  [H.authenticationInfo, 'Authentication-Info'],
  [H.require, 'Require'],
  [H.proxyRequire, 'Proxy-Require'],
  [H.supported, 'Supported', 'k'],
  [H.unsupported, 'Unsupported'],
  [H.allow, 'Allow'],
  [H.path, 'Path'],
  [H.serviceRoute, 'Service-Route'],
  [H.maxBreadth, 'Max-Breadth'],
  [H.minExpires, 'Min-Expires'],
  [H.retryAfter, 'Retry-After'],
  [H.warning, 'Warning'],
  [H.date, 'Date'],
  [H.userAgent, 'User-Agent'],
  [H.server, 'Server'],
  [H.subject, 'Subject', 's'],
  [H.timestamp, 'Timestamp'],
  [H.event, 'Event', 'o'],
  [H.referTo, 'Refer-To', 'r'],
  [H.referredBy, 'Referred-By', 'b'],
  [H.replaces, 'Replaces'],
  [H.identity, 'Identity', 'y'],
  [H.privacy, 'Privacy'],
  [H.pAssertedIdentity, 'P-Asserted-Identity'],
  [H.pPreferredIdentity, 'P-Preferred-Identity'],
  [H.remotePartyId, 'Remote-Party-ID'],
  [H.diversion, 'Diversion'],
  [H.historyInfo, 'History-Info'],
  [H.securityClient, 'Security-Client'],
  [H.securityServer, 'Security-Server'],
  [H.securityVerify, 'Security-Verify'],
  [H.accept, 'Accept'],
  [H.acceptEncoding, 'Accept-Encoding'],
  [H.acceptLanguage, 'Accept-Language'],
  [H.contentEncoding, 'Content-Encoding', 'e'],
  [H.contentDisposition, 'Content-Disposition'],
  [H.contentLanguage, 'Content-Language'],
  [H.alertInfo, 'Alert-Info'],
  [H.callInfo, 'Call-Info'],
  [H.errorInfo, 'Error-Info'],
  [H.inReplyTo, 'In-Reply-To'],
  [H.mimeVersion, 'MIME-Version'],
  [H.organization, 'Organization'],
  [H.priority, 'Priority'],
  [H.replyTo, 'Reply-To'],
  [H.flowTimer, 'Flow-Timer'],
  [H.rack, 'RAck'],
  [H.rseq, 'RSeq'],
  [H.sessionExpires, 'Session-Expires', 'x'],
  [H.minSe, 'Min-SE'],
  [H.subscriptionState, 'Subscription-State'],
  [H.allowEvents, 'Allow-Events', 'u'],
  [H.targetDialog, 'Target-Dialog'],
  [H.join, 'Join'],
  [H.reason, 'Reason'],
  [H.acceptContact, 'Accept-Contact', 'a'],
  [H.rejectContact, 'Reject-Contact', 'j'],
  [H.requestDisposition, 'Request-Disposition', 'd'],
  [H.sipEtag, 'SIP-ETag'],
  [H.sipIfMatch, 'SIP-If-Match'],
  [H.pChargingVector, 'P-Charging-Vector'],
  [H.pChargingFunctionAddresses, 'P-Charging-Function-Addresses'],
  [H.pAccessNetworkInfo, 'P-Access-Network-Info'],
  [H.pVisitedNetworkId, 'P-Visited-Network-ID'],
  [H.pCalledPartyId, 'P-Called-Party-ID'],
  [H.pAssociatedUri, 'P-Associated-URI'],
  [H.permissionMissing, 'Permission-Missing'],
  [H.recvInfo, 'Recv-Info'],
  [H.infoPackage, 'Info-Package'],
  [H.resourcePriority, 'Resource-Priority'],
  [H.referSub, 'Refer-Sub'],
  [H.geolocation, 'Geolocation'],
  [H.answerMode, 'Answer-Mode'],
  [H.userToUser, 'User-to-User'],
  [H.sessionId, 'Session-ID'],
  [H.feature, 'Feature-Caps'],
  [H.pEarlyMedia, 'P-Early-Media'],
  [H.acceptResourcePriority, 'Accept-Resource-Priority'],
  [H.triggerConsent, 'Trigger-Consent'],
]

const COLON = 58
const CANONICAL: string[] = ['']
const IDS: HeaderId[] = [H.unknown]
const COMPACT: HeaderId[] = Array.from({ length: 256 }, () => H.unknown)
for (const [id, name, compact] of NAMES) {
  CANONICAL[id] = name
  IDS[id] = id
  if (compact === undefined) continue
  COMPACT[compact.charCodeAt(0)] = id
  COMPACT[compact.toUpperCase().charCodeAt(0)] = id
}
const FULL_NAMES = new WordTable(CANONICAL, true)

/** The number of the header field whose name is that range, in any case, full or compact; 0 when it is unknown. */
export function headerIdAt(octets: Uint8Array, start: number, end: number): number {
  if (end - start === 1) return COMPACT[octets[start] ?? 0] ?? H.unknown
  return FULL_NAMES.find(octets, start, end)
}

/** Four octets with their letters small: a name is letters and hyphens, and a hyphen has the bit already. */
const SMALL = 0x20202020
const WORDS_OF_A_NAME = 8
const WORDS = new Int32Array(CANONICAL.length * WORDS_OF_A_NAME)
const LENGTHS = Uint8Array.from(CANONICAL, name => name.length)
/** The first name with that hash of its first four letters; `NEXT` leads to others. */
const FIRST = new Uint8Array(1024)
const NEXT = new Uint8Array(CANONICAL.length)
for (let id = CANONICAL.length - 1; id > 0; id--) {
  const name = Buffer.from((CANONICAL[id] ?? '').toLowerCase().padEnd(4, '\0'), 'latin1')
  for (let at = 0; at < name.length; at += 4)
    WORDS[id * WORDS_OF_A_NAME + (at >> 2)] = name.readInt32LE(Math.min(at, name.length - 4))
  const key = keyOf(WORDS[id * WORDS_OF_A_NAME] ?? 0)
  NEXT[id] = FIRST[key] ?? 0
  FIRST[key] = id
}

function keyOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> 22
}

/**
 * The number of the full name, in any case, that begins at `at` and that a colon follows at once; 0 when there is none.
 * It reads four letters at a time, in half the time of `headerIdAt`: a dozen names a message are looked up. The caller
 * looks that the colon is on this line, since a CR passes for a hyphen here.
 * @param words the same octets
 */
export function usualNameAt(octets: Uint8Array, words: DataView, at: number): number {
  let word = words.getInt32(at, true) | SMALL
  if (octets[at + 3] === COLON) word &= 0xffffff
  else if (octets[at + 2] === COLON) word &= 0xffff
  let id = FIRST[keyOf(word)] ?? 0
  while (id !== 0 && !(octets[at + lengthOfName(id)] === COLON && isName(words, at, word, id)))
    id = NEXT[id] ?? 0
  return id
}

function isName(words: DataView, at: number, word: number, id: number): boolean {
  let place = id * WORDS_OF_A_NAME
  if (WORDS[place] !== word) return false
  const length = LENGTHS[id] ?? 0
  for (let i = 4; i < length; i += 4) {
    place += 1
    // The last four letters may overlap those before them.
    const from = i + 4 > length ? length - 4 : i
    if ((words.getInt32(at + from, true) | SMALL) !== WORDS[place]) return false
  }
  return true
}

/** Characters of the full name. */
export function lengthOfName(id: number): number {
  return LENGTHS[id] ?? 0
}

/** The number of a header field by its name in any case, full or compact; 0 when unknown. */
export function headerIdOf(name: string): HeaderId {
  return IDS[headerIdAt(octetsOf(name), 0, name.length)] ?? H.unknown
}

/** The name as its RFC writes it; empty for 0. */
export function headerName(id: HeaderId): string {
  return CANONICAL[id] ?? ''
}
