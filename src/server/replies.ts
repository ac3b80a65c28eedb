import type { Flow } from '../base/flow.ts'
import { LIMITS } from '../base/limits.ts'
import { addPart, DIGEST_CHARS, digestText, finishDigest, holdsDigest } from '../base/sip-hash.ts'
import type { Reply } from '../pipeline/stage.ts'
import type { SipRequest } from '../sip/message/message.ts'
import { type Field, writeResponse } from '../sip/message/write.ts'
import type { Keyring } from '../sip/proxy/keyed-digest.ts'

/** What goes into a response of ours beyond its status. */
export interface ReplyParts {
  readonly headers?: readonly Field[] | undefined
  readonly reason?: string | undefined
}

/**
 * The To tag that we give: a function of the request, so that answering a stranger again keeps nothing and gives
 * the same tag (RFC 3261 §8.2.7, DOS-01).
 */
function toTagOf(request: SipRequest, keys: Keyring): string {
  hashForTag(request, keys)
  return digestText()
}

function hashForTag(request: SipRequest, keys: Keyring): void {
  const via = request.topViaResult
  const branch = via.ok ? (via.value.branch ?? '') : ''
  keys[0].tag.begin()
  addPart(request.callId)
  addPart(branch)
  finishDigest()
}

/**
 * Whether an ACK is for a refusal of ours that nothing was kept of, a challenge mostly: it carries the branch of its
 * INVITE (RFC 3261 §17.1.1.3), and so the tag can be made again.
 */
export function endsOwnRefusal(ack: SipRequest, keys: Keyring): boolean {
  const { tag } = ack.to
  if (tag === undefined || tag.length !== DIGEST_CHARS) return false
  hashForTag(ack, keys)
  return holdsDigest(tag, 0)
}

function hasToTag({ toResult }: SipRequest): boolean {
  return !toResult.ok || toResult.value.params.has('tag')
}

/** Writes a response of ours; To gets our tag when it has none (not on a 100). */
export function reply(request: SipRequest, status: number, keys: Keyring, parts: ReplyParts = {}): string {
  return writeResponse(request, status, {
    toTag: status === 100 || hasToTag(request) ? undefined : toTagOf(request, keys),
    headers: parts.headers,
    reason: parts.reason,
  })
}

/**
 * Whether an answer would amplify: over UDP, to a source that never proved that it receives, nothing much larger
 * than what came goes out (DOS-03).
 */
export function amplifies(request: SipRequest, response: string, flow: Flow): boolean {
  if (flow.isReliable || flow.isProved) return false
  return response.length > request.text.length * LIMITS.maxAmplification
}

/**
 * What an unproved source gets when the answer that is due would amplify: a request too small to be challenged is
 * refused, so that its sender knows; anything else stays unanswered, and the same reply comes back.
 */
export function smallerThan(verdict: Reply): Reply {
  if (verdict.status !== 401 && verdict.status !== 407) return verdict
  return { kind: 'reply', status: 403, why: 'challenge-would-amplify', reason: 'Too Small To Be Challenged' }
}
