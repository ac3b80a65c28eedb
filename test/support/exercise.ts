import assert from 'node:assert/strict'
import { checkMessage } from '../../src/sip/message/check.ts'
import { H } from '../../src/sip/message/header-id.ts'
import type { SipMessage, SipRequest } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'
import { SLOTS } from '../../src/sip/message/walk.ts'
import {
  buildRequest,
  type ForwardEdits,
  writeForwardedRequest,
  writeForwardedResponse,
  writeResponse,
} from '../../src/sip/message/write.ts'

/** The edits that forwarding cannot do without. */
export const BARE_EDITS: ForwardEdits = { via: 'SIP/2.0/UDP edge.test;branch=z9hG4bKedge', maxForwards: 69 }

const STAMP = 'SIP/2.0/UDP seen.test;branch=z9hG4bKseen;received=192.0.2.200'

/**
 * Does with a text what a server does: reads it, answers it, sends it on, and holds each result against the rules of
 * a message. Throws when a rule is broken, or when anything else throws.
 * @returns `accept` or the name of the refusal
 */
export function exercise(text: string, isDatagram = true): string {
  const parsed = parseMessage(text, isDatagram)
  const refusal = parsed.ok ? checkMessage(parsed.value) : parsed.error
  const message = parsed.ok ? parsed.value : parsed.error.partial
  if (message !== undefined) {
    look(message)
    if (message.kind === 'request') answer(message)
    if (refusal === undefined) sendOn(message)
  }
  return refusal?.refusal ?? 'accept'
}

/** Every accessor that is safe before the check. */
function look(message: SipMessage): void {
  for (let row = 0; row < message.count; row++) {
    assert.doesNotMatch(message.valueAt(row), /[\r\n]/)
    assert.ok(message.nameAt(row).length > 0)
  }
  assert.equal(message.countOf(H.via), message.vias.length)
  for (const result of [message.fromResult, message.toResult, message.cseqResult, message.topViaResult]) {
    assert.equal(typeof result.ok, 'boolean')
  }
}

function answer(request: SipRequest): void {
  if (request.topViaResult.ok) request.viaStamp = STAMP
  assertLines(writeResponse(request, 400, { toTag: 'edge' }))
  request.viaStamp = undefined
}

function sendOn(message: SipMessage): void {
  if (message.kind === 'response') {
    const sent = writeForwardedResponse(message)
    assertLines(sent)
    if (message.vias.length > 1 && message.vias.every(via => via !== '')) assertKept(sent, message)
    return
  }
  const sent = writeForwardedRequest(message, BARE_EDITS)
  assertLines(sent)
  assertKept(sent, message)
  const again = parseMessage(sent, true)
  assert.ok(again.ok && again.value.kind === 'request')
  assert.equal(checkMessage(again.value)?.refusal ?? 'too-many-vias', 'too-many-vias')
  assert.deepEqual(
    [again.value.method, again.value.requestUri, again.value.body],
    [message.method, message.requestUri, message.body],
  )
  const ack = buildRequest({
    method: 'ACK',
    uri: message.requestUri,
    headers: [
      ['Via', message.vias[0] ?? ''],
      ['From', message.header(H.from) ?? ''],
      ['To', message.header(H.to) ?? ''],
      ['Call-ID', message.callId],
    ],
  })
  assertLines(ack)
}

/** Every line that was not to be touched is there byte for byte, in its order. */
function assertKept(sent: string, message: SipMessage): void {
  let at = 0
  let isTopVia = message.kind === 'response'
  for (let row = 0; row < message.count; row++) {
    const id = message.idAt(row)
    if (id === H.maxForwards && message.kind === 'request') continue
    if (id === H.via && isTopVia) {
      isTopVia = false
      continue
    }
    const start = message.index[row * SLOTS + 1] ?? 0
    const line = message.text.slice(start, (message.index[row * SLOTS + 3] ?? 0) + 2)
    const found = sent.indexOf(line, at)
    assert.ok(found >= 0, `${JSON.stringify(line)} is gone from ${JSON.stringify(sent)}`)
    at = found + line.length
  }
}

/** What we write has one empty line that ends its header, and no line end but CR LF before it. */
function assertLines(sent: string): void {
  const headerEnd = sent.indexOf('\r\n\r\n')
  assert.ok(headerEnd > 0, JSON.stringify(sent))
  assert.doesNotMatch(sent.slice(0, headerEnd), /[^\r]\n|\r[^\n]|\r$/, JSON.stringify(sent))
}
