import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindingAt, contextOf, type Trial, tryStage } from '../../../test/support/stage-context.ts'
import { redirect } from './redirect.ts'

const redirecting: Trial['ports'] = {
  servedDomain: host => (host === 'example.test' ? { name: host, mode: 'redirect' } : undefined),
  bindings: () => [bindingAt('192.0.2.20')],
}

test('RFC 3261 §8.3: a redirect domain names the contacts, and says who is unknown or absent', async () => {
  assert.equal(await tryStage(redirect, { ports: redirecting }), 'reply 302 redirect')
  const verdict = await redirect.run(contextOf({ ports: redirecting }))
  assert.ok(verdict.kind === 'reply')
  assert.match(verdict.headers?.[0]?.join(': ') ?? '', /^Contact: <sip:bob@192\.0\.2\.20:5060>/)
  assert.equal(
    await tryStage(redirect, { ports: { ...redirecting, bindings: () => [] } }),
    'reply 480 redirect',
  )
  assert.equal(
    await tryStage(redirect, { ports: redirecting, uri: 'sip:nobody@example.test' }),
    'reply 404 redirect',
  )
})

test('single users of a proxy domain may be redirected', async () => {
  const ports: Trial['ports'] = {
    bindings: () => [bindingAt('192.0.2.20')],
    isRedirected: aor => aor === 'sip:bob@example.test',
  }
  assert.equal(await tryStage(redirect, { ports }), 'reply 302 redirect')
  assert.equal(await tryStage(redirect, { ports, uri: 'sip:alice@example.test' }), 'next')
})

test('requests of a dialog, ACKs and what is for elsewhere are not redirected', async () => {
  const inDialog = { from: 'caller', towards: undefined, token: 't' } as never
  assert.equal(await tryStage(redirect, { ports: redirecting, toTag: 'b1', context: { inDialog } }), 'next')
  assert.equal(await tryStage(redirect, { ports: redirecting, method: 'ACK' }), 'next')
  assert.equal(await tryStage(redirect, { ports: redirecting, uri: 'sip:x@elsewhere.test' }), 'next')
})
