import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dateText } from '../../sip/headers/date.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { factsOf } from './facts.ts'
import { type SigningOrder, signRequest } from './sign.ts'
import {
  BASE_ORDER,
  callWith,
  decided,
  identityOf,
  KEY,
  NOW,
  SHAKEN_ORDER,
  worldOf,
} from './test-authority.ts'
import { verifyIdentities, verifyRequest } from './verify.ts'

const isValid = (request: SipRequest) => {
  const verification = verifyRequest(request, worldOf())
  return verification.kind === 'decided' && verification.isValid
}

const number = fc.integer({ min: 0, max: 9999 }).map(last => `1215555${String(last).padStart(4, '0')}`)
const name = fc.stringMatching(/^[a-z][a-z0-9._~!*'()&=$,;?/-]{0,12}$/)
const caller = fc.oneof(
  number.map(digits => `sip:+${digits}@example.com`),
  number.map(digits => `tel:+${digits}`),
  name.map(user => `sip:${user}@example.com`),
)
const order = fc.constantFrom<SigningOrder>(BASE_ORDER, SHAKEN_ORDER, { ...BASE_ORDER, form: 'compact' })
const hex = fc.stringMatching(/^[\dA-F]{2}(:[\dA-F]{2}){3}$/)

test('what is signed holds, for any caller, callee, form, time and media keys', () => {
  fc.assert(
    fc.property(
      caller,
      caller,
      order,
      fc.integer({ min: -60, max: 60 }),
      fc.array(hex, { maxLength: 3 }),
      (from, to, how, off, keys) => {
        const body = keys.map(key => `a=fingerprint:sha-256 ${key}`).join('\r\n')
        const lines = { From: `<${from}>;tag=1`, To: `<${to}>`, Date: dateText(NOW + off) }
        const sdp = body === '' ? '' : `v=0\r\n${body}\r\n`
        const identity = identityOf(callWith(lines, [], sdp), how)
        assert.equal(isValid(callWith(lines, [identity], sdp)), true)
      },
    ),
    { numRuns: 60 },
  )
})

const full = identityOf(callWith(), SHAKEN_ORDER)
const compact = identityOf(callWith(), { ...BASE_ORDER, form: 'compact' })

test('any one bit of a token or of info changed: refused', () => {
  for (const identity of [full, compact]) {
    const infoEnd = identity.indexOf('>')
    fc.assert(
      fc.property(fc.nat(infoEnd), fc.integer({ min: 0, max: 6 }), (at, bit) => {
        // `Info` is the same word.
        fc.pre(at < identity.indexOf(';') || at > identity.indexOf('<'))
        const octets = Buffer.from(identity, 'latin1')
        octets[at] = (octets[at] ?? 0) ^ (1 << bit)
        const changed = octets.toString('latin1')
        // A control character or line end is no header value any more.
        fc.pre(!/[\0-\x1f\x7f]/.test(changed))
        const world = {
          ...worldOf(),
          lookUp: () => worldOf().lookUp('https://cert.example.org/passport.cer'),
        }
        assert.equal(decided(verifyIdentities([changed], factsOf(callWith()), world)).isValid, false, changed)
      }),
      { numRuns: 400 },
    )
  }
})

test('any one character of From, To or Date that changes who or when: refused', () => {
  const values = { From: '12155551212', To: '12155551213' }
  for (const [field, digits] of Object.entries(values))
    for (let at = 0; at < digits.length; at++) {
      const other = digits.slice(0, at) + ((Number(digits[at]) + 1) % 10) + digits.slice(at + 1)
      const tag = field === 'From' ? ';tag=1' : ''
      const line = { [field]: `<sip:${other}@example.com;user=phone>${tag}` }
      for (const identity of [full, compact]) assert.equal(isValid(callWith(line, [identity])), false, other)
    }
  for (const off of [-1, 1]) assert.equal(isValid(callWith({ Date: dateText(NOW + off) }, [compact])), false)
})

test('random Identity header fields are refused and never thrown at', () => {
  const part = fc.constantFrom(
    '.',
    '..',
    ';info=<https://a.example>',
    ';ppt=shaken',
    ';ppt=div',
    'eyJ9',
    'e30',
    'A'.repeat(86),
    '"',
    '=',
  )
  const facts = factsOf(callWith())
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 10 })), { maxLength: 10 }), parts => {
      const verification = verifyIdentities([parts.join('')], facts, worldOf({}))
      assert.ok(verification.kind === 'needs-fetch' || !verification.isValid)
    }),
    { numRuns: 1000 },
  )
})

test('random payloads under a good signature are refused or say who the message says', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), payload => {
      const header = KEY.headers['']
      const text = Buffer.from(JSON.stringify({ orig: payload, dest: payload, iat: payload })).toString(
        'base64url',
      )
      const identity = `${header}.${text}.${'A'.repeat(86)};info=<${KEY.x5u}>`
      assert.equal(decided(verifyIdentities([identity], factsOf(callWith()), worldOf())).isValid, false)
    }),
  )
})

test('two tokens of one call differ, since a signature has chance in it (STA-09)', () => {
  const [one, two] = [1, 2].map(() => signRequest(callWith(), BASE_ORDER, KEY, NOW * 1000))
  assert.ok(one?.ok && two?.ok)
  assert.notEqual(one.value.identity, two.value.identity)
})
