import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, KEYS, say, tryStage } from '../../../test/support/stage-context.ts'
import { loopFactsOf, loopPart, makeBranch } from '../../sip/proxy/loop.ts'
import { loop } from './loop.ts'

/** Via values with one of ours that this request, with that Request-URI, got when it was here. */
function viasOf(uri: string, method = 'INVITE'): readonly string[] {
  const before = contextOf({ uri, method })
  const branch = makeBranch('unique', loopPart(KEYS, loopFactsOf(before.request)))
  return [
    'SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKa',
    `SIP/2.0/UDP 192.0.2.99:5060;branch=${branch}`,
    'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb',
  ]
}

test('FRK-04: what was here before as it is now is 482, an ACK is dropped', async () => {
  const uri = 'sip:bob@example.test'
  assert.equal(await tryStage(loop, { uri }), 'next')
  assert.equal(await tryStage(loop, { uri, vias: viasOf(uri) }), 'stateless 482 loop')
  assert.equal(await tryStage(loop, { uri, method: 'ACK', vias: viasOf(uri, 'ACK') }), 'drop loop')
})

test('FRK-04: what was here with another Request-URI is a spiral and goes on', async () => {
  const context = contextOf({ vias: viasOf('sip:carol@example.test') })
  assert.equal(say(await loop.run(context)), 'next')
  assert.equal(context.isSpiral, true)
})

test('FRK-04: a mark that was not made with our key makes no loop', async () => {
  const vias = ['SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKunique.0123456789abcdef']
  assert.equal(await tryStage(loop, { vias }), 'next')
})
