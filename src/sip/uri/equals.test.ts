import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aorOf, canonicalUser, uriEquals } from './equals.ts'
import { parseUri, type Uri } from './uri.ts'

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  assert.ok(uri.ok, text)
  return uri.value
}

function same(a: string, b: string): boolean {
  const one = uriEquals(uriOf(a), uriOf(b))
  assert.equal(uriEquals(uriOf(b), uriOf(a)), one, `${a} ${b}: equality has no direction`)
  return one
}

test('MSG-11: what differs only where it does not count is one URI', () => {
  for (const [a, b] of [
    ['sip:%61lice@example.com;transport=TCP', 'sip:alice@EXAMPLE.com;Transport=tcp'],
    ['sip:carol@example.com', 'sip:carol@example.com;newparam=5'],
    ['sip:carol@example.com;security=on', 'sip:carol@example.com;newparam=5'],
    ['sip:a@example.com;x=1;y=2?k=v&l=w', 'sip:a@example.com;y=2;x=1?l=w&k=v'],
    ['sip:a%2fb@example.com', 'sip:a%2Fb@example.com'],
    ['sip:a@[2001:db8:0:0::1]', 'sip:a@[2001:DB8::1]'],
    ['sip:a@example.com?Subject=x', 'sip:a@example.com?subject=x'],
    ['tel:+1-201-555-0123', 'tel:+12015550123'],
    ['tel:1;a=b;c=d', 'tel:1;C=D;a=B'],
    ['urn:Example:a', 'URN:example:a'],
  ] as const) {
    assert.equal(same(a, b), true, `${a} ${b}`)
  }
})

test('MSG-11: what differs where it counts is two URIs', () => {
  for (const [a, b] of [
    ['sip:alice@example.com', 'sips:alice@example.com'],
    ['sip:alice@example.com', 'sip:Alice@example.com'],
    ['sip:alice@example.com', 'sip:alice@example.com:5060'],
    ['sip:alice@example.com', 'sip:alice@example.com;transport=udp'],
    ['sip:alice@example.com', 'sip:alice@example.com;user=ip'],
    ['sip:alice@example.com', 'sip:alice@example.com;maddr=192.0.2.1'],
    ['sip:alice@example.com', 'sip:alice@example.com;ttl=1'],
    ['sip:alice@example.com', 'sip:alice@example.com;method=INVITE'],
    ['sip:alice@example.com;x=1', 'sip:alice@example.com;x=2'],
    ['sip:alice@example.com', 'sip:alice@example.com?Subject=next'],
    ['sip:alice@example.com?Subject=a', 'sip:alice@example.com?Subject=b'],
    ['sip:alice:a@example.com', 'sip:alice:b@example.com'],
    ['sip:alice:a@example.com', 'sip:alice@example.com'],
    ['sip:a%3Bb@example.com', 'sip:a;b@example.com'],
    ['sip:a@[2001:db8::1]', 'sip:a@[2001:db8::2]'],
    ['sip:alice@example.com', 'sip:example.com'],
    ['tel:7042;phone-context=example.com', 'tel:7042;phone-context=example.net'],
    ['tel:7042;phone-context=example.com', 'tel:7042'],
    ['urn:a', 'urn:b'],
  ] as const) {
    assert.equal(same(a, b), false, `${a} ${b}`)
  }
})

test('MSG-12: an address-of-record keeps user and host, and sips is sip', () => {
  assert.equal(aorOf(uriOf('sips:bob:secret@Example.com:5061;transport=tcp?x=y')), 'sip:bob@example.com')
  assert.equal(aorOf(uriOf('sip:Example.com')), 'sip:example.com')
  assert.equal(aorOf(uriOf('tel:+12015550123;ext=1')), 'tel:+12015550123')
})

test('MSG-12: what is written as its address-of-record already is the same as what is put together', () => {
  const part = (...choices: string[]) => fc.constantFrom(...choices)
  const scheme = part('sip:', 'SIP:', 'sips:')
  const user = part('', 'bob@', 'b%6Fb@', 'bob:pw@', 'Bob;x=1@', '%00@')
  const rest = part('', ':5060', ';lr', ';transport=udp', '?x=y')
  fc.assert(
    fc.property(scheme, user, part('a.test', 'A.test', '[::1]', '[::A]', '192.0.2.1'), rest, (...parts) => {
      const uri = uriOf(parts.join(''))
      const [name] = parts[1].split(/[:@](?=.*$)/)
      const wanted = parts[1] === '' ? `sip:${uri.host}` : `sip:${canonicalUser(name ?? '')}@${uri.host}`
      assert.equal(aorOf(uri), wanted)
    }),
  )
})

test('MSG-13: unescaping happens once, and %00 shortens nothing', () => {
  assert.equal(canonicalUser('%2541'), '%2541')
  assert.equal(canonicalUser('%61%6c%69ce'), 'alice')
  assert.notEqual(canonicalUser('null%00'), canonicalUser('null'))
  assert.equal(canonicalUser('null%00'), 'null%00')
})

test('MSG-14: what would end a header, a bracket or a quote stays escaped in an address-of-record', () => {
  const every = Array.from({ length: 256 }, (_, code) => `%${code.toString(16).padStart(2, '0')}`).join('')
  const canonical = canonicalUser(every)
  assert.doesNotMatch(canonical, /[^\x21-\x7e]|[<>"@;?,:\\ ]/)
  assert.equal(parseUri(`sip:${canonical}@example.com`).ok, true)
})

test('a canonical user part is canonical already', () => {
  const unit = fc.constantFrom('a', 'Z', '%41', '%2f', '%25', '41', "'", '%00', '%C3', '#', ';')
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1 }), units => {
      const once = canonicalUser(units.join(''))
      assert.equal(canonicalUser(once), once)
    }),
  )
})
