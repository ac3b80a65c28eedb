import { failed, ok, type Result } from '../../base/result.ts'
import { H } from '../message/header-id.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import type { Refusal } from '../message/refusal.ts'
import { refuse } from '../message/refusal.ts'
import { buildRequest, type Field } from '../message/write.ts'

/**
 * The ACK that a client transaction sends for a 300-699 (TXN-04).
 * @param sent the INVITE as it was sent
 * @param response the final response; its To, with the tag, is the ACK's
 * @see RFC 3261 §17.1.1.3
 */
export function buildAck(sent: string, response: SipResponse): Result<string, Refusal> {
  return follow(sent, 'ACK', response.header(H.to))
}

/**
 * The CANCEL of a request that we sent (TXN-17): no Require and no Proxy-Require, one Via.
 * @param sent the request as it was sent
 * @param reason value of a Reason field (RFC 3326)
 * @see RFC 3261 §9.1
 */
export function buildCancel(sent: string, reason: string | undefined): Result<string, Refusal> {
  return follow(sent, 'CANCEL', undefined, reason)
}

/** A request that follows another one hop by hop: same Request-URI, top Via, Route, From, Call-ID, CSeq number. */
function follow(
  sent: string,
  method: string,
  to: string | undefined,
  reason?: string,
): Result<string, Refusal> {
  const parsed = parseMessage(sent, true)
  if (!parsed.ok) return failed(parsed.error)
  const request = parsed.value
  if (request.kind !== 'request') return refuse('request-line-malformed')
  const cseq = request.cseqResult
  if (!cseq.ok) return cseq
  const headers: Field[] = [
    ['Via', request.vias[0] ?? ''],
    ['Max-Forwards', '70'],
    ...request.headers(H.route).map((route): Field => ['Route', route]),
    ['From', fieldOf(request, H.from)],
    ['To', to ?? fieldOf(request, H.to)],
    ['Call-ID', request.callId],
    ['CSeq', `${cseq.value.number} ${method}`],
  ]
  if (reason !== undefined) headers.push(['Reason', reason])
  return ok(buildRequest({ method, uri: request.requestUri, headers }))
}

function fieldOf(request: SipRequest, id: typeof H.from | typeof H.to): string {
  return request.header(id) ?? ''
}
