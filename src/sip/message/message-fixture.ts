import assert from 'node:assert/strict'
import { checkMessage } from './check.ts'
import type { SipMessage, SipRequest, SipResponse } from './message.ts'
import { parseMessage } from './parse.ts'

/** Lines of a small INVITE without body; tests replace and add. */
export const INVITE = [
  'INVITE sip:bob@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds8',
  'Max-Forwards: 70',
  'From: "Alice" <sip:alice@example.com>;tag=1928301774',
  'To: Bob <sip:bob@example.com>',
  'Call-ID: a84b4c76e66710@192.0.2.4',
  'CSeq: 314159 INVITE',
] as const

/** Lines of a small response. */
export const RINGING = [
  'SIP/2.0 180 Ringing',
  'Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKours',
  'Via: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bKnashds8',
  'From: "Alice" <sip:alice@example.com>;tag=1928301774',
  'To: Bob <sip:bob@example.com>;tag=a6c85cf',
  'Call-ID: a84b4c76e66710@192.0.2.4',
  'CSeq: 314159 INVITE',
] as const

/** The text of a message. */
export function textOf(lines: readonly string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** The INVITE with one line replaced; undefined takes it away. */
export function inviteWith(name: string, line: string | undefined, more: readonly string[] = []): string {
  const lines = INVITE.flatMap(each => {
    if (!each.startsWith(name)) return [each]
    return line === undefined ? [] : [line]
  })
  return textOf([...lines, ...more])
}

/** What the parser and the check say together: `accept` or the name of a refusal. */
export function verdictOf(text: string, isDatagram = true): string {
  const parsed = parseMessage(text, isDatagram)
  if (!parsed.ok) return parsed.error.refusal
  return checkMessage(parsed.value)?.refusal ?? 'accept'
}

/** A message that is accepted. */
export function messageOf(text: string): SipMessage {
  const parsed = parseMessage(text, true)
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.refusal}: ${JSON.stringify(text)}`)
  assert.equal(checkMessage(parsed.value), undefined, text)
  return parsed.value
}

export function requestOf(text: string): SipRequest {
  const message = messageOf(text)
  assert.ok(message.kind === 'request')
  return message
}

export function responseOf(text: string): SipResponse {
  const message = messageOf(text)
  assert.ok(message.kind === 'response')
  return message
}
