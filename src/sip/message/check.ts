import { LIMITS } from '../../base/limits.ts'
import { octetsOfMessage } from '../octets.ts'
import { H, type HeaderId } from './header-id.ts'
import type { SipMessage, SipRequest } from './message.ts'
import { type Refusal, type RefusalName, refuse } from './refusal.ts'

function bitsOf(...ids: readonly HeaderId[]): number {
  return ids.reduce<number>((bits, id) => bits | (1 << id), 0)
}

const MANDATORY = bitsOf(H.via, H.from, H.to, H.callId, H.cseq)
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
  const malformed = message.judge(octetsOfMessage(message.text))
  if (malformed !== undefined) return malformed
  if (!message.hasOneVia && message.countOf(H.via) > LIMITS.maxVias) return 'too-many-vias'
  return message.kind === 'request' ? judgeRequest(message) : undefined
}

function judgeRequest(request: SipRequest): RefusalName | undefined {
  const { seen } = request
  if (request.cseq.method !== request.method) return 'cseq-method-mismatch'
  const uri = request.uriResult
  if (!uri.ok) return uri.error.refusal
  if (uri.value.headers !== undefined) return 'request-uri-with-headers'
  if (!isKnownScheme(uri.value.scheme)) return 'unknown-scheme'
  if (Number.isNaN(request.hops)) return 'max-forwards-malformed'
  if ((seen & ROUTE) !== 0 && request.countOf(H.route) > LIMITS.maxRoutes) return 'too-many-routes'
  return undefined
}

function isKnownScheme(scheme: string): boolean {
  return scheme === 'sip' || scheme === 'sips' || scheme === 'tel'
}
