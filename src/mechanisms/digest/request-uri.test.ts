import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseUri } from '../../sip/uri/uri.ts'
import { asksForTheSame } from './request-uri.ts'

const same = (digestUri: string, requestUri: string) => {
  const parsed = parseUri(requestUri)
  assert.ok(parsed.ok, requestUri)
  return asksForTheSame(digestUri, requestUri, parsed.value)
}

test('DIG-17: parameters, the case of the host and needless escapes may differ', () => {
  assert.ok(same('sip:bob@example.test', 'sip:bob@example.test;transport=tls'))
  assert.ok(same('sip:example.test;transport=tcp', 'sip:example.test'))
  assert.ok(same('sip:bob@EXAMPLE.test', 'sip:bob@example.test;user=phone'))
  assert.ok(same('sip:%62ob@example.test', 'sip:bob@example.test'))
  assert.ok(same('tel:+15550100;phone-context=x', 'tel:+15550100'))
})

test('DIG-17: a port may be left out by the phone, or be the default', () => {
  assert.ok(same('sip:example.test', 'sip:example.test:5080'))
  assert.ok(same('sip:example.test:5060', 'sip:example.test'))
  assert.ok(same('sips:example.test:5061', 'sips:example.test'))
  assert.ok(!same('sip:example.test:5080', 'sip:example.test'))
  assert.ok(!same('sip:example.test:5080', 'sip:example.test:5070'))
})

test('DIG-17: another scheme, user, password, host or maddr is another thing', () => {
  assert.ok(!same('sip:bob@example.test', 'sips:bob@example.test'))
  assert.ok(!same('sip:bob@example.test', 'sip:carol@example.test'))
  assert.ok(!same('sip:bob@example.test', 'sip:Bob@example.test'))
  assert.ok(!same('sip:bob@example.test', 'sip:example.test'))
  assert.ok(!same('sip:bob@example.test', 'sip:bob@example.org'))
  assert.ok(!same('sip:bob:x@example.test', 'sip:bob@example.test'))
  assert.ok(!same('sip:bob@example.test', 'sip:bob@example.test;maddr=203.0.113.9'))
  assert.ok(!same('tel:+15550100', 'tel:+15550199'))
  assert.ok(!same('urn:service:sos', 'urn:service:other'))
  assert.ok(!same('bob', 'sip:bob@example.test'))
  assert.ok(!same('', 'sip:bob@example.test'))
})
