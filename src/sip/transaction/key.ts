import { hash } from 'node:crypto'
import type { SipRequest } from '../message/message.ts'

const COOKIE = 'z9hG4bK'

/** Longer keys are hashed: strangers choose them, and maps should not hold what they like to send. */
const MAX_KEY_LENGTH = 320

/**
 * The key that a request is matched by (RFC 3261 §17.2.3): branch, sent-by and method of the transaction. Two
 * clients with one branch are two transactions. A branch without the cookie comes from RFC 2543 and is matched
 * by the fields that such a client repeats (TXN-20), without the To tag for an INVITE: its ACK has the one of the
 * response, which the caller compares.
 * @param method of the transaction that is looked for: INVITE for an ACK or a CANCEL of one
 */
export function serverKey(request: SipRequest, method: string): string {
  if (isRfc2543(request)) return rfc2543Key(request, method)
  const via = request.topVia
  return bounded(`${via.branch} ${via.host} ${via.port ?? ''} ${method}`)
}

/** Whether the request comes from an element that knows no unique branches. */
export function isRfc2543(request: SipRequest): boolean {
  return request.topVia.branch?.startsWith(COOKIE) !== true
}

/** The key that a response is matched by (RFC 3261 §17.1.3). */
export function clientKey(branch: string, method: string): string {
  return `${branch} ${method}`
}

/**
 * The key by which a UAS core knows a merged request (RFC 3261 §8.2.2.2).
 * @returns undefined when the request has a To tag: inside a dialog nothing is merged
 */
export function mergeKey(request: SipRequest): string | undefined {
  if (request.to.tag !== undefined) return undefined
  const { number, method } = request.cseq
  return bounded(`${request.from.tag ?? ''}\n${request.callId}\n${number} ${method}`)
}

function rfc2543Key(request: SipRequest, method: string): string {
  const toTag = method === 'INVITE' ? '' : request.to.tag
  return bounded(
    [
      '2543',
      method,
      request.requestUri,
      toTag ?? '',
      request.from.tag ?? '',
      request.callId,
      request.cseq.number,
      request.topVia.text,
    ].join('\n'),
  )
}

/** Only a hash begins with `#`, since a key begins with a branch, a tag or `2543`: none of them can. */
function bounded(key: string): string {
  return key.length <= MAX_KEY_LENGTH ? key : `# ${hash('sha256', key, 'base64')}`
}
