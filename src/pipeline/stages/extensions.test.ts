import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, tryStage } from '../../../test/support/stage-context.ts'
import { extensions } from './extensions.ts'

test('PRX-01: an option of Proxy-Require that we do not know is 420 and named', async () => {
  const lines = ['Proxy-Require: foo, bar']
  assert.equal(await tryStage(extensions, { lines }), 'stateless 420 bad-extension')
  const verdict = await extensions.run(contextOf({ lines }))
  assert.ok(verdict.kind === 'reply')
  assert.deepEqual(verdict.headers, [['Unsupported', 'foo, bar']])
})

test('UAS-01: Require is looked at where we are the end of the way', async () => {
  const lines = ['Require: path, foo']
  assert.equal(await tryStage(extensions, { lines }), 'next')
  assert.equal(
    await tryStage(extensions, { lines, method: 'REGISTER', uri: 'sip:example.test' }),
    'stateless 420 bad-extension',
  )
  assert.equal(
    await tryStage(extensions, { lines, method: 'OPTIONS', uri: 'sip:example.test' }),
    'stateless 420 bad-extension',
  )
  const known = ['Require: Path, outbound, gruu']
  assert.equal(
    await tryStage(extensions, { lines: known, method: 'REGISTER', uri: 'sip:example.test' }),
    'next',
  )
})

test('UAS-02: Require and Proxy-Require in ACK and CANCEL are not looked at', async () => {
  const lines = ['Proxy-Require: foo', 'Require: foo']
  for (const method of ['ACK', 'CANCEL']) assert.equal(await tryStage(extensions, { lines, method }), 'next')
})

test('RFC 3323 §5: privacy that is critical and that we do not keep is 500; what we keep, and a wish, goes on', async () => {
  const refused = 'stateless 500 privacy-not-kept'
  for (const value of ['header;critical', 'session; critical', 'id;user;Critical', 'history;critical'])
    assert.equal(await tryStage(extensions, { lines: [`Privacy: ${value}`] }), refused, value)
  for (const value of ['id;critical', 'id', 'none', 'header', 'session;user'])
    assert.equal(await tryStage(extensions, { lines: [`Privacy: ${value}`] }), 'next', value)
})
