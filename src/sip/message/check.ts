import { LIMITS } from '../../base/limits.ts'
import { endOfCallId, endOfDigits, octetsOf } from '../octets.ts'
import { H, type HeaderId } from './header-id.ts'
import { type MessageFields, type SipMessage, type SipRequest, SLOTS, valueEndOf } from './message.ts'
import { type Refusal, type RefusalName, refuse } from './refusal.ts'

function bitsOf(...ids: readonly HeaderId[]): number {
  return ids.reduce<number>((bits, id) => bits | (1 << id), 0)
}

const MANDATORY = bitsOf(H.via, H.from, H.to, H.callId, H.cseq)
const MAX_FORWARDS = bitsOf(H.maxForwards)
const ROUTE = bitsOf(H.route)

/**
 * Fields that may stand once and that somebody acts on: a second one makes two readers see two messages (MSG-06).
 * What nobody acts on, such as a second Subject, travels on (MSG-07).
 */
const ONCE = bitsOf(
  H.from,
  H.to,
  H.callId,
  H.cseq,
  H.maxForwards,
  H.contentLength,
  H.contentType,
  H.date,
  H.event,
  H.referTo,
  H.replaces,
)

const MAX_DIGITS = 10

/**
 * Judges the fields that every element needs (RFC 3261 §8.1.1, §16.3 step 1): present, once, well formed.
 * Everything else may be broken and travels on (MSG-07).
 * @returns undefined when the message can be worked with
 */
export function checkMessage(message: SipMessage): Refusal | undefined {
  const name = judge(message)
  return name === undefined ? undefined : refuse(name).error
}

function judge(message: SipMessage): RefusalName | undefined {
  const { seen, repeated } = message
  if ((repeated & ONCE) !== 0) return 'duplicate-header'
  if ((seen & MANDATORY) !== MANDATORY) return 'missing-header'
  if (!message.topViaResult.ok) return 'via-malformed'
  if (!isRun(message, H.callId, endOfCallId, LIMITS.maxHeaderBytes)) return 'call-id-malformed'
  if (!message.cseqResult.ok) return 'cseq-malformed'
  if (!message.fromResult.ok) return 'from-malformed'
  if (!message.toResult.ok) return 'to-malformed'
  if (message.countOf(H.via) > LIMITS.maxVias) return 'too-many-vias'
  return message.kind === 'request' ? judgeRequest(message) : undefined
}

/** Whether the value of the first such field is one run of its characters, where it lies or unfolded. */
function isRun(
  message: MessageFields,
  id: HeaderId,
  endOf: (octets: Uint8Array, at: number, end: number) => number,
  maxLength: number,
): boolean {
  const row = message.rowOf(id)
  const text = message.hasFolds ? message.valueAt(row) : message.text
  const start = message.hasFolds ? 0 : (message.index[row * SLOTS + 2] ?? 0)
  const end = message.hasFolds ? text.length : valueEndOf(message, row)
  return end > start && end - start <= maxLength && endOf(octetsOf(text), start, end) === end
}

function judgeRequest(request: SipRequest): RefusalName | undefined {
  const { seen } = request
  if (request.cseq.method !== request.method) return 'cseq-method-mismatch'
  const uri = request.uriResult
  if (!uri.ok) return uri.error.refusal
  if (uri.value.headers !== undefined) return 'request-uri-with-headers'
  if (!isKnownScheme(uri.value.scheme)) return 'unknown-scheme'
  if ((seen & MAX_FORWARDS) !== 0 && !isRun(request, H.maxForwards, endOfDigits, MAX_DIGITS))
    return 'max-forwards-malformed'
  if ((seen & ROUTE) !== 0 && request.countOf(H.route) > LIMITS.maxRoutes) return 'too-many-routes'
  return undefined
}

function isKnownScheme(scheme: string): boolean {
  return scheme === 'sip' || scheme === 'sips' || scheme === 'tel'
}
