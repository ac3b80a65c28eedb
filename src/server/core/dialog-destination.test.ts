import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, KEYS, type Trial } from '../../../test/support/stage-context.ts'
import type { Hop } from '../../base/flow.ts'
import type { Place } from '../../pipeline/stage.ts'
import { inDialogProof } from '../../pipeline/stages/in-dialog-proof.ts'
import { makeDialogToken } from '../../sip/proxy/dialog-proof.ts'
import { allowedHops } from './dialog-destination.ts'

const env = {
  dialogKeys: KEYS,
  sourceOfAddress: (ip: string) => `ip:${ip}`,
  trunkOfHost: (host: string) => (host === 'carrier.example' ? 'carrier' : undefined),
  trunkIdentities: new Map([
    ['other', ['other.example']],
    ['carrier', ['carrier.example', 'carrier2.example']],
  ]),
}
const tls: Hop = { transport: 'tls', ip: '192.0.2.7', port: 5061, host: '192.0.2.7' }
const udp: Hop = { transport: 'udp', ip: '192.0.2.7', port: 5060, host: '192.0.2.7' }
const place: Place = {
  uri: 'sip:bob@192.0.2.7',
  path: [],
  flowKey: '',
  isFlowOnly: false,
  needsTls: false,
  isRegistered: false,
  peer: 'outside',
}

/** Hosts that a BYE from 192.0.2.1 is checked against, in a dialog whose far side is of that class. */
function hostsInDialog(calleeSource: string, hop: Hop, uri = 'sip:bob@192.0.2.7'): readonly string[] {
  const token = makeDialogToken(KEYS, 'AA', {
    callId: 'call-1@192.0.2.1',
    initialFromTag: 'a1',
    callerAor: 'sip:alice@example.test',
    calleeAor: 'sip:bob@example.test',
    callerSource: 'ip:192.0.2.1',
    calleeSource,
  })
  const trial: Trial = {
    method: 'BYE',
    uri,
    toTag: 'b1',
    lines: [`Route: <sip:${token}@192.0.2.99;lr>`],
  }
  const context = contextOf(trial)
  inDialogProof.run(context)
  assert.ok(context.inDialog !== undefined)
  const located = context.route.uri
  return allowedHops(env, context, place, located, [hop]).map(each => each.host)
}

test('RFC 5922 §7.3: a hop of a trunk over TLS is for one of its identities, whatever led there', () => {
  const context = contextOf({ uri: 'sip:bob@carrier.example' })
  const towards: Place = { ...place, peer: 'trunk:carrier', isRegistered: true }
  const hosts = allowedHops(env, context, towards, context.route.uri, [tls, udp]).map(
    hop => `${hop.transport} ${hop.host}`,
  )
  assert.deepEqual(hosts, ['tls carrier.example', 'tls carrier2.example', 'udp 192.0.2.7'])
})

test('a request in the dialog with a trunk reaches the address of its Record-Route under its identities', () => {
  assert.deepEqual(hostsInDialog('trunk:carrier', tls), ['carrier.example', 'carrier2.example'])
})

test('PRX-05: a dialog with somebody else leads to no trunk, and one with a trunk nowhere else', () => {
  assert.deepEqual(hostsInDialog('ip:192.0.2.8', tls), [])
  assert.deepEqual(hostsInDialog('ip:192.0.2.7', tls), ['192.0.2.7'])
  assert.deepEqual(hostsInDialog('trunk:carrier', udp), [])
})

test('PRX-05: the name in a URI with maddr says nothing of where the hop is', () => {
  const far: Hop = { ...udp, host: 'carrier.example' }
  assert.deepEqual(hostsInDialog('trunk:carrier', far, 'sip:bob@carrier.example'), ['carrier.example'])
  assert.deepEqual(hostsInDialog('trunk:carrier', far, 'sip:bob@carrier.example;maddr=192.0.2.7'), [])
})

test('PRX-05: somebody outside is at his domain, and nowhere that the sender likes', () => {
  assert.deepEqual(hostsInDialog('outside', udp), [])
  assert.deepEqual(hostsInDialog('outside', { ...udp, host: 'sip.example.test' }), ['sip.example.test'])
  assert.deepEqual(hostsInDialog('outside', { ...udp, host: 'evilexample.test' }), [])
})
