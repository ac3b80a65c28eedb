import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, KEYS, say, type Trial, tryStage } from '../../../test/support/stage-context.ts'
import { makeDialogToken } from '../../sip/proxy/dialog-proof.ts'
import { inDialogProof } from './in-dialog-proof.ts'

const token = makeDialogToken(KEYS, 'AA', {
  callId: 'call-1@192.0.2.1',
  initialFromTag: 'a1',
  callerAor: 'sip:alice@example.test',
  calleeAor: 'sip:bob@example.test',
  callerSource: 'ip:192.0.2.1',
  calleeSource: 'ip:192.0.2.2',
  callerFlow: 'here',
  calleeFlow: 'there',
})
const route = (user: string): readonly string[] => [`Route: <sip:${user}@192.0.2.99;lr>`]
const inside: Trial = { method: 'BYE', uri: 'sip:bob@192.0.2.2', toTag: 'b1', lines: route(token) }

function proven(trial: Trial): string {
  const context = contextOf(trial)
  assert.equal(say(inDialogProof.run(context) as never), 'next')
  const { inDialog } = context
  return inDialog === undefined ? 'unproven' : `${inDialog.from} ${inDialog.towards}`
}

test('UAS-09: the token of the dialog from its place proves the request, and knows the way', () => {
  assert.equal(proven(inside), 'caller udp:there:5060')
})

test('UAS-09: without the token, with another one or from another place nothing is proven', () => {
  assert.equal(proven({ ...inside, lines: [] }), 'unproven')
  assert.equal(proven({ ...inside, lines: route(token.replace('d1', 'd2')) }), 'unproven')
  assert.equal(proven({ ...inside, callId: 'another' }), 'unproven')
  assert.equal(proven({ ...inside, fromTag: 'another' }), 'unproven')
  assert.equal(proven({ ...inside, flow: { remote: { ip: '203.0.113.66', port: 5060 } } }), 'unproven')
})

test('a request that begins a dialog is not looked at', () => {
  assert.equal(proven({ lines: route(token) }), 'unproven')
})

test('UAS-09: the token of a dialog is not looked at for a REGISTER', () => {
  assert.equal(proven({ ...inside, method: 'REGISTER', uri: 'sip:example.test' }), 'unproven')
})

test('UAS-10: an ACK without proof is dropped, with it it goes on', async () => {
  const ack = { ...inside, method: 'ACK' }
  assert.equal(await tryStage(inDialogProof, ack), 'next')
  assert.equal(await tryStage(inDialogProof, { ...ack, lines: [] }), 'drop ack-without-proof')
  assert.equal(await tryStage(inDialogProof, { method: 'ACK' }), 'drop ack-without-dialog')
})

test('DIG-21: an ACK whose INVITE was accepted by password is believed, in its own dialog only', async () => {
  const moved: Trial = { ...inside, method: 'ACK', flow: { remote: { ip: '203.0.113.66', port: 5060 } } }
  assert.equal(await tryStage(inDialogProof, moved), 'drop ack-without-proof')
  const ports = { wasAcceptedInvite: () => true }
  assert.equal(await tryStage(inDialogProof, { ...moved, ports }), 'next')
  assert.equal(
    await tryStage(inDialogProof, { ...moved, ports, callId: 'another' }),
    'drop ack-without-proof',
  )
  assert.equal(await tryStage(inDialogProof, { ...moved, ports, lines: [] }), 'drop ack-without-proof')
})
