import type { RecentMap } from '../../base/recent-map.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { secondsOfDate } from '../../sip/headers/date.ts'
import { type NameAddr, parseNameAddr } from '../../sip/headers/name-addr.ts'
import { type Fragment, parseFragment, valuesIn } from '../../sip/message/fragment.ts'
import { H, type HeaderId } from '../../sip/message/header-id.ts'
import type { Field } from '../../sip/message/write.ts'
import { aorOf, uriEquals } from '../../sip/uri/equals.ts'
import { contentOf, dispositionOf, type Entity, typeOf } from './mime.ts'
import { bodyEntity, partById } from './multipart.ts'
import { openSigned, type SignedBodyFault, writeSigned } from './multipart-signed.ts'
import type { SigningIdentity } from './sign.ts'
import type { Signer, UserAuthority } from './verify.ts'

/** Why a body is no authenticated identity body. */
export type AibFault =
  | SignedBodyFault
  /** RFC 3893 §2: not message/sipfrag with the disposition `aib`. */
  | 'not-an-aib'
  | 'fragment-malformed'

/** Why an identity body does not speak for the request that carries it (RFC 3893 §7, §10). */
export type IdentityFault =
  /** A field that RFC 3893 §2 demands is missing or stands twice. */
  | 'aib-field-missing'
  /** From, To, Contact, Call-ID or CSeq are those of another request. */
  | 'aib-of-another-request'
  /** Date is more than 3600 s off. */
  | 'aib-stale'
  /** That Call-ID was signed for before. */
  | 'aib-used'
  /** The certificate is not of the user in From. */
  | 'aib-of-another-signer'

/** A signed fragment, and who signed it. */
export interface Aib {
  readonly fragment: Fragment
  readonly signers: readonly Signer[]
  /** The octets that were signed. */
  readonly signed: string
}

/** RFC 3893 §10, RFC 3261 §23.4.2: how old a Date may be, and how long a Call-ID is remembered. */
export const AIB_SECONDS = 3600
/** A Date may be an hour ahead, and is good for an hour from then. */
export const AIB_MEMORY_SECONDS = 2 * AIB_SECONDS

/**
 * Opens an authenticated identity body: signature first, then what it says.
 * @see RFC 3893 §2, §7
 */
export function openAib(
  signed: Entity,
  authorities: readonly UserAuthority[],
  nowMs: number,
): Result<Aib, AibFault> {
  const opened = openSigned(signed, authorities, nowMs)
  if (!opened.ok) return opened
  const { entity, signers } = opened.value
  const type = typeOf(entity)
  if (!type.ok) return type
  if (type.value.name !== 'message/sipfrag' || dispositionOf(entity) !== 'aib') return failed('not-an-aib')
  const content = contentOf(entity)
  if (!content.ok) return content
  const fragment = parseFragment(content.value.toString('latin1'))
  return fragment.ok ? ok({ fragment: fragment.value, signers, signed: entity.text }) : fragment
}

/**
 * Opens the identity body that a Content-ID names, wherever in a body it lies.
 * @param contentType of the message; undefined where it has none
 * @param contentId with its angle brackets
 */
export function openAibById(
  message: {
    readonly body: string
    readonly contentType: string | undefined
    readonly contentId?: string | undefined
  },
  contentId: string,
  authorities: readonly UserAuthority[],
  nowMs: number,
): Result<Aib, AibFault | 'content-id-repeated' | 'token-not-there'> {
  const { body, contentType } = message
  if (contentType === undefined) return failed('token-not-there')
  const part = partById(bodyEntity(body, { contentType, contentId: message.contentId }), contentId)
  if (!part.ok) return part
  return part.value === undefined ? failed('token-not-there') : openAib(part.value, authorities, nowMs)
}

/**
 * Makes an authenticated identity body.
 * @param fields header fields to sign; without CR, LF and NUL
 * @param nowMs goes into the signature
 * @throws AspisError when the key does not fit, TypeError when a field holds a line end
 */
export function writeAib(
  fields: readonly Field[],
  identity: SigningIdentity,
  nowMs: number,
): { readonly contentType: string; readonly body: string } {
  const lines = fields.map(([name, value]) => {
    if (/[\r\n\0]/.test(name + value)) throw new TypeError(`${name}: a field is one line`)
    return `${name}: ${value}\r\n`
  })
  const head = 'Content-Type: message/sipfrag\r\nContent-Disposition: aib;handling=optional\r\n\r\n'
  return writeSigned(head + lines.join(''), identity, nowMs)
}

/** The request that carries an identity body. */
export interface CarryingRequest {
  readonly from: NameAddr
  readonly to: NameAddr
  readonly callId: string
  readonly cseq: { readonly number: number; readonly method: string }
  readonly contacts: readonly (NameAddr | undefined)[]
}

/**
 * Whether an identity body proves who sends a request: signer, fields and freshness; each Call-ID is good once.
 * @param nowMs wall clock, ms since 1970
 * @param used memory of Call-IDs, kept for `AIB_MEMORY_SECONDS`; one for all requests
 * @returns the address-of-record that is proven
 * @see RFC 3893 §7, §10
 */
export function judgeIdentity(
  aib: Aib,
  request: CarryingRequest,
  nowMs: number,
  used: RecentMap<true>,
): Result<string, IdentityFault> {
  const one = (id: HeaderId): string | undefined => {
    const values = valuesIn(aib.fragment, id)
    return values.length === 1 ? values[0] : undefined
  }
  const [from, date, callId, contact] = [one(H.from), one(H.date), one(H.callId), one(H.contact)]
  if (from === undefined || date === undefined || callId === undefined || contact === undefined)
    return failed('aib-field-missing')
  const dateSeconds = secondsOfDate(date)
  if (dateSeconds === undefined || !isFresh(dateSeconds * 1000, nowMs, used.sinceMs))
    return failed('aib-stale')
  const [carried] = request.contacts
  const isOfRequest =
    callId === request.callId &&
    isSame(from, request.from) &&
    carried !== undefined &&
    isSame(contact, carried) &&
    isOptional(valuesIn(aib.fragment, H.to), value => isSame(value, request.to)) &&
    isOptional(valuesIn(aib.fragment, H.cseq), value => isSameCseq(value, request.cseq))
  if (!isOfRequest) return failed('aib-of-another-request')
  const aor = aorOf(request.from.uri)
  if (!aib.signers.some(signer => signer.aors.includes(aor))) return failed('aib-of-another-signer')
  const isNew = used.get(callId, nowMs) === undefined && used.set(callId, true, nowMs)
  return isNew ? ok(aor) : failed('aib-used')
}

/**
 * Whether a Date is within an hour, and not from before memory began: what it was used for then nobody knows.
 * @param sinceMs when memory began
 */
function isFresh(dateMs: number, nowMs: number, sinceMs: number): boolean {
  return Math.abs(nowMs - dateMs) <= AIB_SECONDS * 1000 && dateMs + 1000 > sinceMs
}

function isSame(text: string, carried: NameAddr): boolean {
  const address = parseNameAddr(text)
  return address.ok && uriEquals(address.value.uri, carried.uri)
}

function isOptional(values: readonly string[], isGood: (value: string) => boolean): boolean {
  return values.length === 0 || (values.length === 1 && isGood(values[0] ?? ''))
}

function isSameCseq(text: string, cseq: CarryingRequest['cseq']): boolean {
  const [number, method] = text.split(/[ \t]+/, 2)
  return number === String(cseq.number) && method === cseq.method
}
