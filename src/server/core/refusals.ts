import type { Flow } from '../../base/flow.ts'
import type { Reply } from '../../pipeline/stage.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipMessage, SipRequest } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { stampedVia } from '../../sip/proxy/via-stamp.ts'
import { amplifies, reply, smallerThan } from '../replies.ts'
import type { CoreParts } from './core.ts'

/**
 * Answers that nothing is kept of: refusals of what cannot be read, and what a stranger gets who never proved to
 * receive (DOS-01).
 */

/** What an answer is written and sent with. */
type Answering = Pick<CoreParts, 'events' | 'forwarding' | 'strangerAnswers'>

/** Writes an answer of ours. */
export function write({ forwarding }: Answering, request: SipRequest, verdict: Reply): string {
  const { headers, reason } = verdict
  return reply(request, verdict.status, forwarding.branchKeys, { headers, reason })
}

/**
 * Answers without a transaction; silence where the answer would amplify (DOS-03).
 * @param isWhole false: the request was refused as malformed, and its fields may not be asked for
 */
export function answerStateless(
  parts: Answering,
  verdict: Reply,
  request: SipRequest,
  flow: Flow,
  isWhole = true,
): void {
  const { events, forwarding, strangerAnswers } = parts
  let sent = verdict
  let text = write(parts, request, sent)
  if (amplifies(request, text, flow)) {
    events.wouldAmplify.add()
    sent = smallerThan(verdict)
    text = write(parts, request, sent)
    if (sent === verdict || amplifies(request, text, flow)) return
  }
  if (strangerAnswers !== undefined && !flow.isReliable && !flow.isProved) {
    const { method, callId } = request
    const bytes = { requestBytes: request.text.length, answerBytes: text.length }
    const refused = strangerAnswers.refuses({ method, callId, status: sent.status, ...bytes }, flow)
    if (refused !== undefined) return events.dropped(refused, flow, request, isWhole)
  }
  const via = request.topViaResult
  forwarding.outbox.respond(text, flow, via.ok && via.value.rport !== undefined)
  events.answered(sent.status, sent.why, flow, request, isWhole)
}

/** A malformed request is answered where its source can use that, a response or garbage is dropped (MSG-18). */
export function refuse(
  parts: CoreParts,
  name: string,
  status: number,
  message: SipMessage | undefined,
  flow: Flow,
  text: string,
): void {
  const { events, ports } = parts
  events.malformed(name, flow, text)
  if (message?.kind !== 'request' || status === 0 || message.method === 'ACK') return
  if (!message.has(H.via)) return
  if (!flow.isReliable && !flow.isProved && ports.isUnservedSilent && !namesServed(parts, message)) {
    return events.dropped('unserved-domain', flow, message, false)
  }
  stamp(message, flow)
  answerStateless(parts, { kind: 'reply', status, why: name }, message, flow, false)
}

/**
 * The answer to a stream that cannot be read any further, when its head is a request that can be answered.
 * @param head the message up to the fault
 */
export function answerToBroken(
  parts: Answering,
  head: string,
  status: number,
  flow: Flow,
): string | undefined {
  const parsed = parseMessage(head, true)
  const message = parsed.ok ? parsed.value : parsed.error.partial
  if (message?.kind !== 'request' || message.method === 'ACK' || !message.has(H.via)) return undefined
  stamp(message, flow)
  return write(parts, message, { kind: 'reply', status, why: 'stream-broken' })
}

function stamp(message: SipRequest, flow: Flow): void {
  if (message.topViaResult.ok) message.viaStamp = stampedVia(message.topVia, flow.remote)
}

/** Whether a broken request names a domain of ours in what can be read of it. */
function namesServed({ ports }: CoreParts, message: SipRequest): boolean {
  const uris = [message.uriResult, message.toResult, message.fromResult]
  if (uris.some(each => each.ok && ports.servedDomain(hostOf(each.value)) !== undefined)) return true
  return ports.namesServedDomain(message.text.slice(0, message.bodyStart))
}

function hostOf(value: { readonly host: string } | { readonly uri: { readonly host: string } }): string {
  return 'host' in value ? value.host : value.uri.host
}
