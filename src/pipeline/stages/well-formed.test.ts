import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryStage } from '../../../test/support/stage-context.ts'
import { wellFormed } from './well-formed.ts'

test('PRX-01: a Route that does not parse is 400, and an ACK with it is dropped', async () => {
  assert.equal(await tryStage(wellFormed), 'next')
  assert.equal(await tryStage(wellFormed, { lines: ['Route: <sip:192.0.2.5;lr>'] }), 'next')
  const lines = ['Route: <broken']
  assert.equal(await tryStage(wellFormed, { lines }), 'stateless 400 route-malformed')
  assert.equal(await tryStage(wellFormed, { lines, method: 'ACK' }), 'drop route-malformed')
})

test('RFC 3261 §8.1.1.8: a Contact of an INVITE can be read; of other requests it is not looked at', async () => {
  for (const contact of ['<sip:', '*', '<sip:a@b.c>, <sip:']) {
    const lines = [`Contact: ${contact}`]
    assert.equal(await tryStage(wellFormed, { lines }), 'stateless 400 contact-malformed', contact)
    assert.equal(await tryStage(wellFormed, { lines, method: 'OPTIONS' }), 'next')
  }
  assert.equal(await tryStage(wellFormed, { lines: ['Contact: <sip:a@b.c>'] }), 'next')
})

test('REG-03: the star of a REGISTER stands alone and removes', async () => {
  const register = { method: 'REGISTER', uri: 'sip:example.test' }
  assert.equal(await tryStage(wellFormed, { ...register, lines: ['Contact: *', 'Expires: 0'] }), 'next')
  for (const lines of [
    ['Contact: *'],
    ['Contact: *', 'Expires: 60'],
    ['Contact: *, <sip:a@b.c>', 'Expires: 0'],
  ]) {
    assert.equal(await tryStage(wellFormed, { ...register, lines }), 'stateless 400 contact-malformed')
  }
})

test('SPS-05 SPS-06: a sips request in clear, over UDP or with a sip Contact is 400', async () => {
  const uri = 'sips:bob@example.test'
  const secure = { isSecure: true, isReliable: true, transport: 'tls' } as const
  assert.equal(await tryStage(wellFormed, { uri }), 'stateless 400 sips-in-clear')
  assert.equal(await tryStage(wellFormed, { uri, flow: secure }), 'next')
  assert.equal(
    await tryStage(wellFormed, { uri: `${uri};transport=udp`, flow: secure }),
    'stateless 400 sips-over-udp',
  )
  assert.equal(
    await tryStage(wellFormed, { uri, flow: secure, lines: ['Contact: <sip:a@192.0.2.1>'] }),
    'stateless 400 sips-with-sip-contact',
  )
})
