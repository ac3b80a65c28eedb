import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseUri } from '../uri/uri.ts'
import type { Binding } from './binding.ts'
import { type RedirectReply, redirectTo } from './redirect.ts'
import { bindingOf, NOW_MS } from './register-fixture.ts'

function redirect(
  bindings: readonly Binding[] | undefined,
  requestUri = 'sip:bob@example.com',
): RedirectReply {
  const uri = parseUri(requestUri)
  assert.ok(uri.ok)
  return redirectTo(bindings, uri.value, NOW_MS, 'example.com')
}

test('a redirect names the contacts, most wanted first, with preference and lifetime', () => {
  const bindings = [
    bindingOf({ contact: 'sip:bob@192.0.2.7:1', q: 250 }),
    bindingOf({ contact: 'sip:bob@192.0.2.7:2' }),
  ]
  assert.deepEqual(redirect(bindings), {
    status: 302,
    headers: [
      ['Contact', '<sip:bob@192.0.2.7:2>;q=1;expires=600'],
      ['Contact', '<sip:bob@192.0.2.7:1>;q=0.25;expires=600'],
    ],
  })
})

test('REG-15: a redirect never names the Request-URI itself, in any spelling or scheme', () => {
  const bindings = [
    bindingOf({ contact: 'sip:%62ob@192.0.2.7:5060;x=1' }),
    bindingOf({ contact: 'sips:bob@192.0.2.7:5060' }),
    bindingOf({ contact: 'sip:bob@192.0.2.7:5070' }),
  ]
  const reply = redirect(bindings, 'sip:bob@192.0.2.7:5060')
  assert.deepEqual(reply.headers, [['Contact', '<sip:bob@192.0.2.7:5070>;q=1;expires=600']])
  assert.equal(redirect(bindings.slice(0, 2), 'sip:bob@192.0.2.7:5060').status, 480)
})

test('an unknown user is 404, one who is not there 480', () => {
  assert.deepEqual(redirect(undefined), { status: 404, headers: [] })
  assert.deepEqual(redirect([]), { status: 480, headers: [] })
  assert.equal(redirect([bindingOf({ expiresAtMs: NOW_MS })]).status, 480)
})

test('contacts that only a flow or an edge leads to are of no use to the caller', () => {
  const bindings = [
    bindingOf({ contact: 'sip:bob@10.0.0.1' }),
    bindingOf({ contact: 'sip:bob@10.0.0.2', path: ['<sip:edge.example.net;lr>'], received: '' }),
    bindingOf({ contact: 'sip:x@a.invalid', received: 'wss:192.0.2.7:9' }),
  ]
  assert.equal(redirect(bindings).status, 480)
})

test('a sips request is redirected to sips contacts only', () => {
  const plain = bindingOf({ contact: 'sip:bob@192.0.2.7:1' })
  const secure = bindingOf({ contact: 'sips:bob@192.0.2.7:2' })
  assert.deepEqual(redirect([plain, secure], 'sips:bob@example.com').headers, [
    ['Contact', '<sips:bob@192.0.2.7:2>;q=1;expires=600'],
  ])
  assert.deepEqual(redirect([plain], 'sips:bob@example.com'), {
    status: 480,
    headers: [['Warning', '380 example.com "SIPS Not Allowed"']],
  })
})
