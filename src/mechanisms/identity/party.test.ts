import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseUri } from '../../sip/uri/uri.ts'
import { callerOf, isParty, type NumberRules, partyOf } from './party.ts'

function uriOf(text: string) {
  const uri = parseUri(text)
  assert.ok(uri.ok, text)
  return uri.value
}

const shown = (text: string, rules: NumberRules = {}) => {
  const party = partyOf(uriOf(text), rules)
  return party === undefined ? undefined : `${party.kind} ${party.value}`
}

test('numbers lose plus and separators (STA-05)', () => {
  assert.equal(shown('tel:+1-215-555-1212'), 'tn 12155551212')
  assert.equal(shown('tel:+1(215)555.1212;ext=5'), 'tn 12155551212')
  assert.equal(shown('sip:+12155551212@example.com;user=phone'), 'tn 12155551212')
  assert.equal(shown('sips:+12155551212@example.com'), 'tn 12155551212')
  assert.equal(shown('sip:%2B12155551212;npdi@example.com;user=phone'), 'tn 12155551212')
  assert.equal(shown('sip:12155551212@example.com;user=PHONE'), 'tn 12155551212')
})

test('a label or plus makes a number, digits alone do not without a rule (STA-07)', () => {
  assert.equal(shown('sip:12155551212@example.com'), 'uri sip:12155551212@example.com')
  const rules: NumberRules = { isNumber: (user, host) => host === 'example.com' && /^\d+$/.test(user) }
  assert.equal(shown('sip:12155551212@example.com', rules), 'tn 12155551212')
  assert.equal(shown('sip:12155551212@other.example', rules), 'uri sip:12155551212@other.example')
})

test('an escaped number is a number, not a name that any domain may prove', () => {
  assert.equal(shown('sip:%2B12155551212@evil.example'), 'tn 12155551212')
  assert.equal(shown('sip:%2b%31%32155551212@evil.example'), 'tn 12155551212')
})

test('what looks like a number and is none is nobody: no domain may prove it', () => {
  for (const user of [
    '+1%20215%20555%201212',
    '+1/215/5551212',
    '%2B1%C2%A0215',
    '+1234567890123456',
    '+0044',
  ]) {
    assert.equal(shown(`sip:${user}@evil.example`), undefined, user)
    assert.equal(callerOf(uriOf(`sip:${user}@evil.example`), {}), undefined, user)
  }
  assert.equal(shown('sip:+alice@example.com'), 'uri sip:+alice@example.com')
})

test('a rule makes a dialled number whole (STA-05)', () => {
  const toE164 = (digits: string) =>
    digits.startsWith('00') ? digits.slice(2) : digits.startsWith('0') ? `44${digits.slice(1)}` : undefined
  assert.equal(shown('sip:02079460000@example.com;user=phone', { toE164 }), 'tn 442079460000')
  assert.equal(shown('sip:0012155551212@example.com;user=phone', { toE164 }), 'tn 12155551212')
  assert.equal(shown('sip:+12155551212@example.com', { toE164 }), 'tn 12155551212')
})

test('what is no E.164 number is a name; service numbers are dialled as they are (STA-07)', () => {
  assert.equal(shown('sip:02079460000@example.com;user=phone'), 'uri sip:02079460000@example.com')
  assert.equal(shown('sip:1234567890123456@example.com;user=phone'), 'uri sip:1234567890123456@example.com')
  assert.equal(shown('sip:*72@example.com;user=phone'), 'tn *72')
  assert.equal(shown('sip:911@example.com;user=phone'), 'tn 911')
  assert.deepEqual(callerOf(uriOf('sip:*72@example.com;user=phone'), {}), {
    kind: 'uri',
    value: 'sip:*72@example.com',
  })
})

test('letters make no number of a name that is shown', () => {
  assert.equal(shown('sip:1a2b3c@example.com;user=phone'), 'uri sip:1a2b3c@example.com')
  assert.equal(shown('sip:alice@example.com;user=phone'), 'uri sip:alice@example.com')
})

test('names lose what is not the address-of-record, and their capitals (STA-06)', () => {
  assert.equal(
    shown('SIP:Alice:secret@Example.COM:5070;transport=tcp?Subject=x'),
    'uri sip:alice@example.com',
  )
  assert.equal(shown('sips:alice@[2001:DB8::1]:5061'), 'uri sips:alice@[2001:db8::1]')
  assert.equal(shown('sip:%41lice%7e%2f@example.com'), 'uri sip:alice~%2F@example.com')
})

test('a URI without user, or of another scheme, is nobody', () => {
  assert.equal(shown('sip:example.com'), undefined)
  assert.equal(shown('mailto:alice@example.com'), undefined)
})

test('a canonical name is its own canonical form', () => {
  const user = fc
    .stringMatching(/^[A-Za-z][A-Za-z0-9._~%-]{0,12}$/)
    .filter(text => !/%(?![\dA-Fa-f]{2})/.test(text))
  fc.assert(
    fc.property(user, name => {
      const party = partyOf(uriOf(`sip:${name}@Example.com`), {})
      assert.deepEqual(party === undefined ? undefined : partyOf(uriOf(party.value), {}), party)
    }),
  )
})

test('a number in the token may be bare digits in the request, a name never a number', () => {
  const tn = { kind: 'tn', value: '12155551212' } as const
  assert.ok(isParty(uriOf('sip:12155551212@any.example'), tn, {}))
  assert.ok(!isParty(uriOf('sip:012155551212@any.example'), tn, {}))
  assert.ok(!isParty(uriOf('sip:a12155551212@any.example'), tn, {}))
  const uri = { kind: 'uri', value: 'sip:+12155551212@any.example' } as const
  assert.ok(!isParty(uriOf('sip:+12155551212@any.example'), uri, {}))
})
