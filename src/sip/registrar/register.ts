import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import type { NameAddr } from '../headers/name-addr.ts'
import { H } from '../message/header-id.ts'
import type { SipRequest } from '../message/message.ts'
import type { Field } from '../message/write.ts'
import { aorOf, uriEquals } from '../uri/equals.ts'
import type { Uri } from '../uri/uri.ts'
import { type Binding, liveBindings } from './binding.ts'
import {
  type AcceptedContact,
  type RegisterContext,
  removeAllBindings,
  updateBindings,
} from './bindings-update.ts'
import { parseSeconds, type RegisterContact, readRegisterContact } from './contact.ts'
import { judgePlace } from './contact-place.ts'
import { type PathVector, readPath } from './path.ts'
import { okHeaders } from './register-answer.ts'
import { REGISTER_REFUSALS, type RegisterRefusal } from './register-refusal.ts'
import type { RegisterFacts } from './registrar-facts.ts'

/** A final response to a REGISTER, for `writeResponse`. */
export interface RegisterReply {
  readonly status: number
  readonly headers: readonly Field[]
}

/** What is to be done with a REGISTER. */
export type RegisterDecision =
  | {
      readonly kind: 'reply'
      readonly reply: RegisterReply
      /** Undefined for a 200 that changes nothing. */
      readonly why: RegisterRefusal | undefined
    }
  | {
      readonly kind: 'store'
      /** All bindings that the AOR then has; to be made durable before `ok` is sent, 500 when that fails. */
      readonly next: readonly Binding[]
      readonly ok: () => RegisterReply
    }

/** Option tags that a registration may require (RFC 3261 §8.2.2.3). */
const REGISTRAR_OPTION_TAGS = ['gruu', 'outbound', 'path'] as const

const MAX_USER_AGENT_CHARS = 256

const NONE: readonly string[] = []

/**
 * Decides a REGISTER for a domain of ours, of a user who proved that the AOR is his (RFC 3261 §10.3, RFC 3327,
 * RFC 5626 §6, RFC 5627 §5, RFC 5630 §5.2). Pure: what changes is in the answer.
 *
 * P-Asserted-Identity and Record-Route are never looked at (RFC 5876 §4.3, RFC 3261 §10.3).
 * @param request checked; neither a retransmission nor a loop
 */
export function decideRegister(request: SipRequest, facts: RegisterFacts): RegisterDecision {
  const refusal = judgeRequest(request, facts)
  if (refusal !== undefined) return refused(refusal)
  const unsupported = unsupportedTags(request)
  if (unsupported.length > 0)
    return refused('requires-unsupported', [['Unsupported', unsupported.join(', ')]])
  const addresses = request.contacts
  if (addresses.length === 0) {
    const live = liveBindings(facts.existing, facts.nowMs)
    const headers = okHeaders(request, live, { isOutbound: false, path: [] }, facts)
    return { kind: 'reply', reply: { status: 200, headers }, why: undefined }
  }
  const path = readPath(request, facts)
  if (!path.ok) return refused(path.error)
  const context: RegisterContext = {
    callId: request.callId,
    cseq: request.cseq.number,
    path: path.value.values,
    userAgent: shortened(request.header(H.userAgent) ?? ''),
    facts,
  }
  // `*` is no address.
  const isStar = addresses.includes(undefined) && request.list(H.contact).includes('*')
  const contacts = isStar
    ? judgeStar(request, addresses.length)
    : acceptContacts(request, addresses, path.value, facts)
  if (!contacts.ok) {
    const minimum: Field = ['Min-Expires', String(facts.policy.minExpiresSeconds)]
    return refused(contacts.error, contacts.error === 'expires-too-brief' ? [minimum] : [])
  }
  const next = isStar ? removeAllBindings(context) : updateBindings(contacts.value, context)
  if (!next.ok) return refused(next.error)
  const isOutbound = contacts.value.some(each => each.isOutbound && each.grantedSeconds > 0)
  const answer = { isOutbound, path: path.value.values }
  return {
    kind: 'store',
    next: next.value,
    ok: () => ({ status: 200, headers: okHeaders(request, next.value, answer, facts) }),
  }
}

function refused(why: RegisterRefusal, headers: readonly Field[] = []): RegisterDecision {
  return { kind: 'reply', reply: { status: REGISTER_REFUSALS[why], headers }, why }
}

function shortened(userAgent: string): string {
  return userAgent.length > MAX_USER_AGENT_CHARS ? userAgent.slice(0, MAX_USER_AGENT_CHARS) : userAgent
}

function unsupportedTags(request: SipRequest): readonly string[] {
  if (!request.has(H.require)) return NONE
  const known: readonly string[] = REGISTRAR_OPTION_TAGS
  return request.list(H.require).filter(tag => tag !== '' && !known.includes(tag.toLowerCase()))
}

/** Domain and owner of the AOR (RFC 3261 §10.3 steps 1 to 5); who the user is was proved before. */
function judgeRequest(request: SipRequest, facts: RegisterFacts): RegisterRefusal | undefined {
  const { uri } = request.to
  if ((uri.scheme !== 'sip' && uri.scheme !== 'sips') || uri.user === undefined) return 'aor-not-served'
  if (!facts.isOwnDomain(uri.host)) return 'aor-not-served'
  // A Request-URI may name us by address; as a domain it must be the one of the AOR.
  if (request.uri.host !== uri.host && facts.isOwnDomain(request.uri.host)) return 'aor-not-served'
  if (facts.policy.thirdPartyAllowed || isSameUser(request.from.uri, uri)) return undefined
  // An alias of the domain stands in both, where the address-of-record has the domain's own name.
  const from = aorOf(request.from.uri)
  return from === facts.aor || from === aorOf(uri) ? undefined : 'registers-another'
}

/** One address-of-record letter by letter, as in nearly all requests: saves making it twice. */
function isSameUser(a: Uri, b: Uri): boolean {
  return a.user === b.user && a.host === b.host && a.scheme === b.scheme
}

/** `*` stands alone and with `Expires: 0` (RFC 3261 §10.3 step 6). */
function judgeStar(
  request: SipRequest,
  contactCount: number,
): Result<readonly AcceptedContact[], RegisterRefusal> {
  const expires = request.header(H.expires)
  const isAlone = contactCount === 1 && request.headers(H.expires).length === 1
  return isAlone && expires !== undefined && parseSeconds(expires) === 0 ? ok([]) : failed('star-not-alone')
}

/** Every check that needs no stored binding; one contact that fails fails the request. */
function acceptContacts(
  request: SipRequest,
  addresses: readonly (NameAddr | undefined)[],
  path: PathVector,
  facts: RegisterFacts,
): Result<readonly AcceptedContact[], RegisterRefusal> {
  if (addresses.length > LIMITS.maxContactsPerRequest) return failed('too-many-contacts')
  const contacts: RegisterContact[] = []
  for (const address of addresses) {
    const contact = readRegisterContact(address)
    if (!contact.ok) return contact
    contacts.push(contact.value)
  }
  const schemes = judgeSchemes(request, contacts, path, facts)
  if (schemes !== undefined) return failed(schemes)
  const expires = parseSeconds(request.header(H.expires)) ?? facts.policy.defaultExpiresSeconds
  const outbound = judgeOutbound(request, contacts, expires, path)
  if (!outbound.ok) return outbound
  const asksRport = request.topVia.rport !== undefined
  const accepted: AcceptedContact[] = []
  for (const contact of contacts) {
    const asked = contact.expiresSeconds ?? expires
    const { minExpiresSeconds, maxExpiresSeconds } = facts.policy
    if (asked > 0 && asked < 3600 && asked < minExpiresSeconds) return failed('expires-too-brief')
    const isOutbound = outbound.value && contact.regId !== undefined && contact.instance !== undefined
    const grantedSeconds = Math.min(asked, maxExpiresSeconds)
    let received = ''
    if (grantedSeconds > 0) {
      const reach = judgePlace(contact.uri, { isOutbound, hasPath: path.values.length > 0, asksRport }, facts)
      if (!reach.ok) return reach
      if (reach.value === 'flow') received = facts.source.flowKey
    }
    accepted.push({ contact, grantedSeconds, isOutbound, received })
  }
  return ok(accepted)
}

/** A sips contact is secure on the whole way or not at all (RFC 5630 §5.2; RFC 3261 §26.2.2). */
function judgeSchemes(
  request: SipRequest,
  contacts: readonly RegisterContact[],
  path: PathVector,
  facts: RegisterFacts,
): RegisterRefusal | undefined {
  const isSipsRequest = request.uri.scheme === 'sips'
  if (!contacts.some(isSips)) return isSipsRequest ? 'sips-not-throughout' : undefined
  const sips = contacts.filter(isSips)
  for (const one of sips) {
    const asSip = { ...one.uri, scheme: 'sip' }
    const isTwofold = contacts.some(other => other.uri.scheme === 'sip' && uriEquals(other.uri, asSip))
    if (isTwofold) return 'sip-and-sips-contact'
  }
  const isThroughout =
    isSipsRequest && sips.length === contacts.length && path.isSipsThroughout && facts.source.isSecure
  return isThroughout ? undefined : 'sips-not-throughout'
}

function isSips(contact: RegisterContact): boolean {
  return contact.uri.scheme === 'sips'
}

function hasRegId(contact: RegisterContact): boolean {
  return contact.hasRegId
}

const NO_OUTBOUND = ok(false)

/** Whether outbound processing applies to the request (RFC 5626 §6). */
function judgeOutbound(
  request: SipRequest,
  contacts: readonly RegisterContact[],
  expiresSeconds: number,
  path: PathVector,
): Result<boolean, RegisterRefusal> {
  if (!contacts.some(hasRegId)) return NO_OUTBOUND
  const applies = request.vias.length === 1 || path.firstHopHasOutbound
  if (!applies) return request.lists(H.supported, 'outbound') ? failed('first-hop-lacks-outbound') : ok(false)
  const lasting = contacts.filter(contact => (contact.expiresSeconds ?? expiresSeconds) > 0)
  return lasting.length > 1 && lasting.some(hasRegId) ? failed('reg-id-not-alone') : ok(true)
}
