import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindingAt, contextOf, say, type Trial, tryStage } from '../../../test/support/stage-context.ts'
import { failed, ok } from '../../base/result.ts'
import type { Place } from '../stage.ts'
import { locate } from './locate.ts'

/** The rounds that the stage finds, each target as `uri flow`. */
async function found(trial: Trial): Promise<readonly (readonly string[])[]> {
  const context = contextOf(trial)
  assert.equal(say(await locate.run(context)), 'next')
  return context.rounds.map(round =>
    round.map(
      ({ place }) => `${place.uri} ${place.flowKey || '-'}${place.isRegistered ? '' : ' unregistered'}`,
    ),
  )
}

const place = (uri: string): Place => ({
  uri,
  path: [],
  flowKey: '',
  isFlowOnly: false,
  needsTls: false,
  isRegistered: true,
  peer: 'outside',
})

test('PRX-06: a user without a contact is 480, one that does not exist 404', async () => {
  assert.equal(await tryStage(locate), 'reply 480 not-registered')
  assert.equal(await tryStage(locate, { uri: 'sip:nobody@example.test' }), 'reply 404 no-such-user')
})

test('RFC 3261 §16.6: contacts of equal q ring together, those of lower q later', async () => {
  const bindings = () => [
    bindingAt('192.0.2.20'),
    bindingAt('192.0.2.21'),
    bindingAt('192.0.2.22', { q: 300 }),
  ]
  const rounds = await found({ ports: { bindings } })
  assert.deepEqual(
    rounds.map(round => round.length),
    [2, 1],
  )
  assert.deepEqual(rounds[1], ['sip:bob@192.0.2.22:5060 udp:192.0.2.22:5060'])
  const fewer = await found({ ports: { bindings, maxTargets: 2 } })
  assert.deepEqual(
    fewer.map(round => round.length),
    [2],
  )
})

test('SPS-02: a sips request for a user with sip contacts only is 480 with a Warning', async () => {
  const verdict = await locate.run(
    contextOf({
      uri: 'sips:bob@example.test',
      flow: { isSecure: true, isReliable: true, transport: 'tls' },
      ports: { bindings: () => [bindingAt('192.0.2.20')] },
    }),
  )
  assert.equal(say(verdict), 'reply 480 sips-not-allowed')
  assert.match(verdict.kind === 'reply' ? (verdict.headers?.[0]?.join(': ') ?? '') : '', /^Warning: 380 /)
})

test('PRX-04: for a foreign domain the Request-URI is the only target', async () => {
  assert.deepEqual(await found({ uri: 'sip:x@elsewhere.test;a=b' }), [
    ['sip:x@elsewhere.test;a=b - unregistered'],
  ])
})

test('a route that is left over leads, whoever the Request-URI names', async () => {
  const trial = {
    lines: ['Route: <sip:192.0.2.99;lr>, <sip:198.51.100.1;lr>'],
    ports: { bindings: () => [bindingAt('192.0.2.20')] },
  }
  assert.deepEqual(await found(trial), [['sip:bob@example.test - unregistered']])
})

test('a rule leads by its trunk', async () => {
  const ports: Trial['ports'] = {
    trunkPlace: (name, uri) => (name === 'carrier' ? place(`sip:${uri.user}@carrier.test`) : undefined),
  }
  assert.deepEqual(await found({ ports, context: { viaTrunk: 'carrier' } }), [['sip:bob@carrier.test -']])
  assert.equal(await tryStage(locate, { ports, context: { viaTrunk: 'gone' } }), 'reply 500 trunk-unknown')
})

test('a PBX gets users that are unregistered, unknown, or all, as it is asked for', async () => {
  const states: string[] = []
  const nextHopFor = (_domain: string, state: string) => {
    states.push(state)
    return state === 'unregistered' ? place('sip:pbx') : undefined
  }
  assert.deepEqual(await found({ ports: { nextHopFor } }), [['sip:pbx -']])
  assert.equal(
    await tryStage(locate, { uri: 'sip:nobody@example.test', ports: { nextHopFor } }),
    'reply 404 no-such-user',
  )
  assert.deepEqual(states, ['registered', 'unregistered', 'registered', 'unknown'])
})

test('inside a dialog the far side is reached by the flow that its contact is registered by now', async () => {
  const inDialog = { from: 'caller', towards: 'udp:192.0.2.2:5060', token: 't' } as never
  const trial: Trial = { method: 'BYE', uri: 'sip:bob@192.0.2.20:5060', toTag: 'b1', context: { inDialog } }
  assert.deepEqual(await found(trial), [['sip:bob@192.0.2.20:5060 udp:192.0.2.2:5060 unregistered']])
  const moved = bindingAt('192.0.2.20', { received: 'udp:198.51.100.9:7000' })
  assert.deepEqual(await found({ ...trial, ports: { bindings: () => [moved] } }), [
    ['sip:bob@192.0.2.20:5060 udp:198.51.100.9:7000'],
  ])
})

test('RFC 5627 §6.1: a GRUU as contact leads to its instance, and inside a dialog to the other party only', async () => {
  const inDialog = { from: 'caller', towards: 'udp:192.0.2.2:5060', token: 't' } as never
  const instance = 'urn:uuid:00000000-0000-4000-8000-000000000001'
  const trial = (user: string): Trial => ({
    method: 'BYE',
    uri: `sip:${user}@example.test;gr=${instance}`,
    toTag: 'b1',
    context: { inDialog },
    ports: { bindings: () => [bindingAt('192.0.2.20', { instance, received: 'udp:198.51.100.9:7000' })] },
  })
  assert.deepEqual(await found(trial('bob')), [['sip:bob@192.0.2.20:5060 udp:198.51.100.9:7000']])
  const [[far] = []] = await found(trial('alice'))
  assert.equal(far, `sip:alice@example.test;gr=${instance} udp:192.0.2.2:5060 unregistered`)
})

test('OUT-03: a flow token leads to its flow, one that is forged is 403, one whose flow is gone 430', async () => {
  const trial: Trial = { lines: ['Route: <sip:sometoken@192.0.2.99;lr>'] }
  assert.deepEqual(await found({ ...trial, ports: { flowKeyOfToken: () => ok('tcp:192.0.2.5:4000') } }), [
    ['sip:bob@example.test tcp:192.0.2.5:4000 unregistered'],
  ])
  assert.equal(
    await tryStage(locate, { ...trial, ports: { flowKeyOfToken: () => failed(403) } }),
    'reply 403 flow-token-bad',
  )
  assert.equal(
    await tryStage(locate, { ...trial, ports: { flowKeyOfToken: () => failed(430) } }),
    'reply 430 flow-gone',
  )
})

test('REG-11: a GRUU that nobody made is 404', async () => {
  assert.equal(
    await tryStage(locate, { uri: 'sip:bob@example.test;gr=urn:uuid:1' }),
    'reply 480 gruu-not-registered',
  )
  assert.equal(
    await tryStage(locate, { uri: 'sip:nobody@example.test;gr=urn:uuid:1' }),
    'reply 404 no-such-gruu',
  )
})

test('UAS-10: an ACK for which there is no target is dropped', async () => {
  assert.equal(await tryStage(locate, { method: 'ACK', toTag: 'b1' }), 'drop ack-without-target')
})
