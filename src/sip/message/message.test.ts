import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseNameAddr } from '../headers/name-addr.ts'
import { H, headerName } from './header-id.ts'
import { INVITE, inviteWith, messageOf, RINGING, requestOf, responseOf, textOf } from './message-fixture.ts'
import { parseMessage } from './parse.ts'
import { MAX_COUNTED_ID } from './walk.ts'

test('MSG-01: rows and commas of a list field are one list, in their order', () => {
  const request = requestOf(
    textOf([...INVITE, 'Supported: a, b', 'X: y', 'k: c', 'Supported:', 'SUPPORTED: D']),
  )
  assert.deepEqual(request.list(H.supported), ['a', 'b', 'c', '', 'D'])
  assert.deepEqual(request.headers(H.supported), ['a, b', 'c', '', 'D'])
  assert.equal(request.header(H.supported), 'a, b')
  assert.equal(request.lists(H.supported, 'd'), true)
  assert.equal(request.lists(H.supported, 'e'), false)
  assert.equal(request.lists(H.require, 'a'), false)
  assert.equal(request.countOf(H.supported), 5)
  assert.equal(request.countOf(H.require), 0)
})

test('a field is found by any name in any case, known or not', () => {
  const request = requestOf(textOf([...INVITE, 'X-Thing : one', 'x-thing: two', 's: hello']))
  assert.equal(request.named('X-THING'), 'one')
  assert.equal(request.named('subject'), 'hello')
  assert.equal(request.named('X-None'), undefined)
  assert.equal(request.header(H.replaces), undefined)
  assert.equal(request.nameAt(6), 'X-Thing')
  assert.equal(request.idAt(6), 0)
  assert.equal(request.idAt(0), H.via)
  assert.equal(request.rowOf(H.cseq), 5)
})

test('what a message has is known when its rows were given to others, of the rarest fields too', () => {
  const more = Object.values(H).filter(id => id > MAX_COUNTED_ID)
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...more), { maxLength: 6 }), fc.boolean(), (ids, isLater) => {
      const request = requestOf(textOf([...INVITE, ...ids.map(id => `${headerName(id)}: x`)]))
      if (isLater) for (let i = 0; i < 10; i += 1) requestOf(textOf([...INVITE, `X-Number: ${i}`]))
      for (const id of more) {
        assert.equal(request.has(id), ids.includes(id), headerName(id))
        assert.equal(request.header(id), ids.includes(id) ? 'x' : undefined, headerName(id))
      }
    }),
  )
})

test('only blanks are trimmed from a value: other octets belong to it', () => {
  const value = '\x0bvoil\xc3\xa0\xa0\x0c'
  assert.equal(requestOf(textOf([...INVITE, `Subject: \t${value} `])).header(H.subject), value)
})

test('MSG-02: a folded value is its lines with one space between', () => {
  const request = requestOf(textOf([...INVITE, 'Subject:\r\n\ta \t\r\n   b\r\n c', 'X: d']))
  assert.equal(request.header(H.subject), 'a b c')
  assert.equal(request.named('x'), 'd')
})

test('the Via values are all values of all rows, top first', () => {
  const response = responseOf(textOf(RINGING))
  assert.equal(response.topVia.branch, 'z9hG4bKours')
  assert.equal(response.vias.length, 2)
  const one = requestOf(inviteWith('Via', 'v: SIP/2.0/UDP a.test;branch=z9hG4bK1;x="," , SIP/2.0/TCP b.test'))
  assert.deepEqual(one.vias, ['SIP/2.0/UDP a.test;branch=z9hG4bK1;x=","', 'SIP/2.0/TCP b.test'])
  assert.equal(one.topVia.text, one.vias[0])
})

test('counting a list and making it agree, folds and quotes included', () => {
  const piece = fc.constantFrom('a', ',', '"', '<', '>', '\\', ' ', '\r\n b', ';')
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 8 }), { maxLength: 4 }), rows => {
      const lines = rows.map(pieces => `Supported: x${pieces.join('')}`)
      const message = messageOf(textOf([...INVITE, ...lines]))
      assert.equal(message.countOf(H.supported), message.list(H.supported).length)
    }),
  )
})

test('the contacts are the values of Contact read, one for each, undefined where one is none', () => {
  const piece = fc.constantFrom(
    '<sip:a@b;lr>',
    'sip:c@d',
    '*',
    ',',
    '"',
    '<',
    ' ',
    ';q=1',
    '\r\n ',
    '"x, y" <sip:e>',
  )
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 6 }), { maxLength: 3 }), rows => {
      const lines = rows.map(pieces => `Contact: x${pieces.join('')}`)
      const text = textOf([...INVITE, ...lines])
      const parsed = parseMessage(text, true)
      if (!parsed.ok) return
      const values = parsed.value.list(H.contact)
      const areGood = parsed.value.areContactsGood
      const addresses = parsed.value.contacts
      assert.equal(areGood, !addresses.includes(undefined))
      assert.equal(parsed.value.areContactsGood, areGood)
      assert.equal(addresses.length, values.length)
      for (const [i, value] of values.entries()) {
        const read = parseNameAddr(value)
        assert.deepEqual(
          [addresses[i]?.text, addresses[i]?.uri, addresses[i]?.params.entries()],
          read.ok ? [value, read.value.uri, read.value.params.entries()] : [undefined, undefined, undefined],
        )
      }
    }),
  )
  assert.deepEqual(requestOf(textOf(INVITE)).contacts, [])
})

test('what a message is asked after many others were read is what it would have said before', () => {
  const first = requestOf(textOf([...INVITE, 'Contact: <sip:a>, <sip:b>', 'X-Thing: y', 'l: 2'], 'abcd'))
  for (let i = 0; i < 20; i++) requestOf(textOf([...INVITE.slice(0, 3), ...INVITE.slice(3).reverse()]))
  assert.equal(first.count, 9)
  assert.equal(first.named('x-thing'), 'y')
  assert.deepEqual(first.list(H.contact), ['<sip:a>', '<sip:b>'])
  assert.equal(first.contacts[1]?.uri.host, 'b')
  assert.equal(first.from.uri.user, 'alice')
  assert.equal(first.maxForwards, 70)
  assert.equal(first.body, 'ab')
})
