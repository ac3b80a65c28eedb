import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../../../test/support/sip-text.ts'
import { Secret } from '../../base/secret.ts'
import { makeKeyring } from './keyed-digest.ts'
import {
  loopFactsOf,
  loopPart,
  loopPartOf,
  loopPartOfRequest,
  makeBranch,
  type Passage,
  passageOf,
} from './loop.ts'

const keys = makeKeyring([new Secret('a key of at least thirty-two characters')])
const isOwn = (host: string, port: number | undefined): boolean =>
  host === 'edge.example.test' && port === 5060
const client = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKclient1'

function ownVia(loop: string, host = 'edge.example.test'): string {
  return `SIP/2.0/UDP ${host}:5060;branch=${makeBranch('0001', loop)}`
}

function passage(parts: Parameters<typeof request>[0]): Passage {
  const message = request(parts)
  return passageOf(message, () => loopPart(keys, loopFactsOf(message)), isOwn)
}

const first = request({ uri: 'sip:bob@example.test' })
const mark = loopPart(keys, loopFactsOf(first))

test('FRK-04: a request that comes back as it was has looped', () => {
  assert.equal(passage({ vias: [ownVia(mark), client] }), 'loop')
  assert.equal(
    passage({ vias: ['SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx', `${ownVia(mark)}, ${client}`] }),
    'loop',
  )
})

test('FRK-04: every own Via is looked at, not only the last one', () => {
  const spiral = ownVia(loopPart(keys, { ...loopFactsOf(first), requestUri: 'sip:other@example.test' }))
  assert.equal(passage({ vias: [spiral, client] }), 'spiral')
  assert.equal(passage({ vias: [spiral, ownVia(mark), client] }), 'loop')
})

test('FRK-02: another Request-URI or Route makes it a spiral', () => {
  assert.equal(passage({ vias: [ownVia(mark), client], uri: 'sip:carol@example.test' }), 'spiral')
  assert.equal(passage({ vias: [ownVia(mark), client], lines: ['Route: <sip:192.0.2.9;lr>'] }), 'spiral')
})

test('FRK-03: the loop part differs from call to call and from request to request', () => {
  assert.notEqual(loopPart(keys, loopFactsOf(request({ callId: 'other' }))), mark)
  assert.notEqual(loopPart(keys, loopFactsOf(request({ cseq: 2 }))), mark)
})

test('FRK-05: the loop part is the same for INVITE, ACK and CANCEL', () => {
  assert.equal(loopPart(keys, loopFactsOf(request({ method: 'ACK' }))), mark)
  assert.equal(loopPart(keys, loopFactsOf(request({ method: 'CANCEL' }))), mark)
})

test('FRK-04: a mark under another sent-by, or without key, makes no loop', () => {
  assert.equal(passage({ vias: [ownVia(mark, 'other.example.test'), client] }), 'first')
  assert.equal(passage({ vias: [ownVia('0123456789abcdef'), client] }), 'spiral')
})

test('the digest is asked for only when a Via of ours is there, and a broken Via is skipped', () => {
  let asked = 0
  const count = (): string => {
    asked += 1
    return mark
  }
  assert.equal(passageOf(request({ vias: [client, 'SIP/2.0/UDP ;;branch=z9hG4bK'] }), count, isOwn), 'first')
  assert.equal(asked, 0)
  const two = request({ vias: [ownVia('0123456789abcdef'), ownVia('1123456789abcdef'), client] })
  assert.equal(passageOf(two, count, isOwn), 'spiral')
  assert.equal(asked, 1)
})

test('FRK-02: the loop part is the same from where its facts lie and from their texts', () => {
  const uris = ['sip:bob@example.test', `sip:${'b'.repeat(90)}@example.test`, 'tel:+12015550123']
  const callIds = ['c', 'a-call@192.0.2.1', 'x'.repeat(200), '\r\n folded']
  for (const uri of uris) {
    for (const callId of callIds) {
      const message = request({ uri, callId, lines: ['Route: <sip:192.0.2.5;lr>, <sip:b.test;lr>'] })
      assert.equal(loopPartOfRequest(keys, message), loopPart(keys, loopFactsOf(message)))
    }
  }
})

test('a branch of ours begins with the magic cookie and gives its loop part back', () => {
  const branch = makeBranch('n1-7f', mark)
  assert.ok(branch.startsWith('z9hG4bK'))
  assert.equal(loopPartOf(branch), mark)
  for (const other of ['z9hG4bK', 'z9hG4bKabc', `.${mark}`, `z9hG4bK.${mark}`, `z9hG4bKa.${mark}x`, '']) {
    assert.equal(loopPartOf(other), undefined, other)
  }
})
