import { LIMITS } from '../../base/limits.ts'
import { isCallId, isDigits } from '../chars.ts'
import { H } from './header-id.ts'
import { type SipMessage, type SipRequest, SLOTS } from './message.ts'
import { type Refusal, type RefusalName, refuse } from './refusal.ts'

/** Fields that may stand once; a second one makes two readers see two messages (MSG-06). */
const ONCE = new Uint8Array(256)
for (const id of [H.from, H.to, H.callId, H.cseq, H.maxForwards, H.contentLength, H.contentType]) ONCE[id] = 1

const counts = new Uint16Array(256)

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
  const repeated = countFields(message)
  if (repeated !== undefined) return repeated
  for (const id of [H.via, H.from, H.to, H.callId, H.cseq]) if (counts[id] === 0) return 'missing-header'
  const via = message.topViaResult
  if (!via.ok) return via.error.refusal
  if (!isCallId(message.callId)) return 'call-id-malformed'
  const cseq = message.cseqResult
  if (!cseq.ok) return cseq.error.refusal
  if (!message.fromResult.ok) return 'from-malformed'
  if (!message.toResult.ok) return 'to-malformed'
  if ((counts[H.via] ?? 0) > LIMITS.maxVias || message.vias.length > LIMITS.maxVias) return 'too-many-vias'
  return message.kind === 'request' ? judgeRequest(message) : undefined
}

function judgeRequest(request: SipRequest): RefusalName | undefined {
  if (request.cseq.method !== request.method) return 'cseq-method-mismatch'
  const uri = request.uriResult
  if (!uri.ok) return uri.error.refusal
  if (uri.value.headers !== undefined) return 'request-uri-with-headers'
  if (!isKnownScheme(uri.value.scheme)) return 'unknown-scheme'
  const maxForwards = request.header(H.maxForwards)
  if (maxForwards !== undefined && (!isDigits(maxForwards) || maxForwards.length > 10))
    return 'max-forwards-malformed'
  if ((counts[H.route] ?? 0) > 0 && request.list(H.route).length > LIMITS.maxRoutes) return 'too-many-routes'
  return undefined
}

function isKnownScheme(scheme: string): boolean {
  return scheme === 'sip' || scheme === 'sips' || scheme === 'tel'
}

function countFields(message: SipMessage): RefusalName | undefined {
  counts.fill(0)
  const index = message.index
  for (let i = 0; i < index.length; i += SLOTS) {
    const id = index[i] ?? 0
    const seen = (counts[id] ?? 0) + 1
    counts[id] = seen
    if (seen > 1 && ONCE[id] === 1) return 'duplicate-header'
  }
  return undefined
}
