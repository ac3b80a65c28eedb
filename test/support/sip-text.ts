import assert from 'node:assert/strict'
import { checkMessage } from '../../src/sip/message/check.ts'
import type { SipRequest, SipResponse } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'

/** Parts of a request that a test cares about; the rest is filled in. */
export interface RequestParts {
  readonly method?: string
  readonly uri?: string
  readonly callId?: string
  readonly cseq?: number
  readonly fromTag?: string
  readonly toTag?: string
  /** Lines put after the mandatory ones, without line ends. */
  readonly lines?: readonly string[]
  /** Via lines; one of the sender when left out. */
  readonly vias?: readonly string[]
  /** Max-Forwards; `none` leaves the field out. */
  readonly maxForwards?: number | 'none'
  /** Latin-1. */
  readonly body?: string
}

/** The text of a request. */
export function requestText(parts: RequestParts = {}): string {
  const method = parts.method ?? 'INVITE'
  const lines = [
    `${method} ${parts.uri ?? 'sip:bob@example.test'} SIP/2.0`,
    ...(parts.vias ?? ['SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKclient1']).map(via => `Via: ${via}`),
    ...(parts.maxForwards === 'none' ? [] : [`Max-Forwards: ${parts.maxForwards ?? 70}`]),
    `From: <sip:alice@example.test>;tag=${parts.fromTag ?? 'a1'}`,
    `To: <sip:bob@example.test>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`,
    `Call-ID: ${parts.callId ?? 'call-1@192.0.2.1'}`,
    `CSeq: ${parts.cseq ?? 1} ${method}`,
    ...(parts.lines ?? []),
    `Content-Length: ${parts.body?.length ?? 0}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${parts.body ?? ''}`
}

/** A request that was parsed and checked. */
export function request(parts: RequestParts = {}): SipRequest {
  return requestFrom(requestText(parts))
}

/** Parses and checks the text of a request. */
export function requestFrom(text: string): SipRequest {
  const parsed = parseMessage(text, true)
  assert.ok(parsed.ok && parsed.value.kind === 'request', text)
  assert.equal(checkMessage(parsed.value), undefined)
  return parsed.value
}

/** A response of that status with two Via values. */
export function response(status: number, lines: readonly string[] = [], method = 'INVITE'): SipResponse {
  const text = [
    `SIP/2.0 ${status} Test`,
    'Via: SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKours',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKclient1',
    'From: <sip:alice@example.test>;tag=a1',
    `To: <sip:bob@example.test>;tag=b${status}`,
    'Call-ID: call-1@192.0.2.1',
    `CSeq: 1 ${method}`,
    ...lines,
    'Content-Length: 0',
  ].join('\r\n')
  const parsed = parseMessage(`${text}\r\n\r\n`, true)
  assert.ok(parsed.ok && parsed.value.kind === 'response', text)
  assert.equal(checkMessage(parsed.value), undefined)
  return parsed.value
}
