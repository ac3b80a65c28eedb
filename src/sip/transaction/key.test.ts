import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SipRequest } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { buildRequest } from '../message/write.ts'
import { isRfc2543, type TransactionKey, TransactionKeys } from './key.ts'

const keys = new TransactionKeys(Buffer.alloc(16, 5))

function serverKey(of: SipRequest, method: string): string {
  return written(keys.server(of, method))
}

function mergeKey(of: SipRequest): string | undefined {
  const key = keys.merge(of)
  return key === undefined ? undefined : written(key)
}

function written({ first, second }: TransactionKey): string {
  return `${first} ${second}`
}

interface Parts {
  readonly via?: string
  readonly method?: string
  readonly toTag?: string
  readonly fromTag?: string
  readonly callId?: string
}

function request(parts: Parts): SipRequest {
  const { via = 'SIP/2.0/UDP a.test;branch=z9hG4bK1', method = 'INVITE', fromTag = 'f', callId = 'c' } = parts
  const toTag = parts.toTag === undefined ? '' : `;tag=${parts.toTag}`
  const parsed = parseMessage(
    buildRequest({
      method,
      uri: 'sip:bob@example.test',
      headers: [
        ['Via', via],
        ['From', `<sip:alice@example.test>;tag=${fromTag}`],
        ['To', `<sip:bob@example.test>${toTag}`],
        ['Call-ID', callId],
        ['CSeq', `1 ${method}`],
      ],
    }),
    true,
  )
  assert.ok(parsed.ok && parsed.value.kind === 'request')
  return parsed.value
}

test('TXN-14 the key holds branch, sent-by and method, and nothing else of the message', () => {
  const key = serverKey(request({}), 'INVITE')
  assert.equal(serverKey(request({ callId: 'other', toTag: 't', fromTag: 'x' }), 'INVITE'), key)
  assert.equal(serverKey(request({ via: 'SIP/2.0/UDP A.TEST;rport;branch=z9hG4bK1' }), 'INVITE'), key)
  for (const via of [
    'SIP/2.0/UDP a.test;branch=z9hG4bK2',
    'SIP/2.0/UDP b.test;branch=z9hG4bK1',
    'SIP/2.0/UDP a.test:5060;branch=z9hG4bK1',
  ]) {
    assert.notEqual(serverKey(request({ via }), 'INVITE'), key, via)
  }
  assert.notEqual(serverKey(request({}), 'CANCEL'), key)
})

test('a key is the same however long a branch, a host or a method a stranger sends', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6000 }),
      fc.constantFrom('branch', 'host', 'method'),
      (length, part) => {
        const long = 'a'.repeat(length)
        const host = part === 'host' ? `${long}.test` : 'a.test'
        const branch = part === 'branch' ? long : '1'
        const method = part === 'method' ? long : 'INVITE'
        const one = request({ via: `SIP/2.0/UDP ${host};branch=z9hG4bK${branch}`, method })
        const key = serverKey(one, method)
        assert.match(key, /^-?\d+ -?\d+$/)
        assert.equal(serverKey(one, method), key)
      },
    ),
  )
})

test('long branches that differ at their end are two transactions', () => {
  const long = 'b'.repeat(1000)
  const key = (end: string) =>
    serverKey(request({ via: `SIP/2.0/UDP a.test;branch=z9hG4bK${long}${end}` }), 'INVITE')
  assert.notEqual(key('1'), key('2'))
})

test('TXN-20 without the cookie the key holds the fields that RFC 2543 repeats', () => {
  for (const via of ['SIP/2.0/UDP a.test', 'SIP/2.0/UDP a.test;branch=1']) {
    const original = request({ via })
    assert.equal(isRfc2543(original), true)
    const key = serverKey(original, 'INVITE')
    assert.equal(serverKey(request({ via }), 'INVITE'), key)
    assert.notEqual(serverKey(request({ via, callId: 'd' }), 'INVITE'), key)
    assert.notEqual(serverKey(request({ via, fromTag: 'g' }), 'INVITE'), key)
    assert.notEqual(serverKey(request({ via: `${via};x` }), 'INVITE'), key)
    assert.equal(serverKey(request({ via, toTag: 'of-the-response' }), 'INVITE'), key, 'an ACK has one')
    const bye = request({ via, method: 'BYE', toTag: 't' })
    assert.notEqual(serverKey(bye, 'BYE'), serverKey(request({ via, method: 'BYE', toTag: 'u' }), 'BYE'))
  }
  assert.equal(isRfc2543(request({})), false)
})

test('TXN-13 a response is looked for by branch and method', () => {
  const key = written(keys.client('z9hG4bK1', 'INVITE'))
  assert.equal(written(keys.client('z9hG4bK1', 'INVITE')), key)
  assert.notEqual(written(keys.client('z9hG4bK1', 'CANCEL')), key)
  assert.notEqual(written(keys.client('z9hG4bK2', 'INVITE')), key)
})

test('TXN-14 keys of one process tell nothing about those of another', () => {
  const other = new TransactionKeys(Buffer.alloc(16, 6))
  assert.notEqual(written(other.client('z9hG4bK1', 'INVITE')), written(keys.client('z9hG4bK1', 'INVITE')))
})

test('TXN-13 a branch of ours is known by its random bits, with its method where that is CANCEL', () => {
  const branch = (random: string) => `z9hG4bK0000${random}.0123456789abcdef`
  const keyOf = (text: string, method = 'INVITE') => written(keys.client(text, method))
  const key = keyOf(branch('00000001ffffffff'))
  assert.equal(key, '1 -1')
  assert.notEqual(keyOf(branch('00000001ffffffff'), 'CANCEL'), key)
  assert.notEqual(keyOf(branch('00000002ffffffff')), key)
  assert.notEqual(keyOf(branch('00000001fffffffe')), key)
  // What is written otherwise is hashed: capitals, an octet that is no digit, one beyond a byte.
  for (const random of ['00000001FFFFFFFF', '0000000g00000000', '00000000\u01310000000'])
    assert.notEqual(keyOf(branch(random)), keyOf(branch(random.toLowerCase().replace(/[^0-9a-f]/g, '0'))))
})

test('TXN-18 copies of one request are merged by From tag, Call-ID and CSeq; inside a dialog none are', () => {
  const key = mergeKey(request({}))
  assert.equal(mergeKey(request({ via: 'SIP/2.0/UDP b.test;branch=z9hG4bK9' })), key)
  assert.notEqual(mergeKey(request({ callId: 'd' })), key)
  assert.notEqual(mergeKey(request({ fromTag: 'g' })), key)
  assert.notEqual(mergeKey(request({ method: 'OPTIONS' })), key)
  assert.equal(mergeKey(request({ toTag: 't' })), undefined)
})
