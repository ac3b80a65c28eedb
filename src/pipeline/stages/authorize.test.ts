import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, KEYS, say, type Trial } from '../../../test/support/stage-context.ts'
import { makeDialogToken } from '../../sip/proxy/dialog-proof.ts'
import type { Caller } from '../caller.ts'
import type { RequestContext } from '../stage.ts'
import { authorize } from './authorize.ts'

const alice: Caller = {
  kind: 'user',
  user: 'alice',
  domain: 'example.test',
  aors: ['sip:alice@example.test'],
}
const carrier: Caller = { kind: 'trunk', trunk: 'carrier', identities: ['carrier.test'] }
const trunk = {
  name: 'carrier',
  identities: ['carrier.test'],
  reachesOwnUsers: true,
  isTrusted: false,
  domains: ['carrier.test'],
}

async function authorized(caller: Caller | undefined, trial: Trial = {}): Promise<[string, RequestContext]> {
  const context = contextOf({
    ...trial,
    context: { caller: caller === undefined ? undefined : ({ caller } as never), ...trial.context },
  })
  return [say(await authorize.run(context)), context]
}

async function verdict(caller: Caller | undefined, trial: Trial = {}): Promise<string> {
  const [said, context] = await authorized(caller, trial)
  assert.equal(context.authorized !== undefined, said === 'next')
  return said
}

test('PRX-05: own users call own users, and nothing outward without a rule', async () => {
  assert.equal(await verdict(alice), 'next')
  assert.equal(await verdict(alice, { uri: 'sip:x@elsewhere.test' }), 'reply 403 no-rule-allows')
  assert.equal(await verdict(alice, { uri: 'tel:+4420' }), 'reply 403 no-rule-allows')
  assert.equal(await verdict(undefined), 'reply 403 not-authenticated')
})

test('PRX-06: a user of ours that does not exist is for the next stages to say, unless a rule denies it', async () => {
  assert.equal(await verdict(alice, { uri: 'sip:nobody@example.test' }), 'next')
  const denied = {
    outward: () => ({ isAllowed: false, rule: 'premium', via: undefined, toClass: 'other-numbers' }),
  }
  assert.equal(
    await verdict(alice, { uri: 'sip:+4490@example.test', ports: denied }),
    'reply 403 denied-by-rule',
  )
  assert.equal(await verdict(alice, { ports: denied }), 'next')
})

test('a rule lets out, by its trunk', async () => {
  const ports = {
    outward: () => ({ isAllowed: true, rule: 'country', via: 'carrier', toClass: 'other-numbers' }),
  }
  const [said, context] = await authorized(alice, { uri: 'sip:+4420@example.test', ports })
  assert.equal(said, 'next')
  assert.equal(context.viaTrunk, 'carrier')
})

test('PRX-05: a trunk reaches own users where it may, and nobody else', async () => {
  const may = { trunkOf: () => trunk }
  const mayNot = { trunkOf: () => ({ ...trunk, reachesOwnUsers: false }) }
  assert.equal(await verdict(carrier, { ports: may }), 'next')
  assert.equal(
    await verdict(carrier, { ports: may, uri: 'sip:x@elsewhere.test' }),
    'reply 403 no-rule-allows',
  )
  assert.equal(await verdict(carrier, { ports: mayNot }), 'reply 403 no-rule-allows')
  assert.equal(
    await verdict(carrier, { ports: mayNot, uri: 'sip:nobody@example.test' }),
    'reply 403 no-rule-allows',
  )
})

const partnerOnly: NonNullable<Trial['ports']> = {
  outward: (_context, _caller, uri) => ({
    isAllowed: uri.host === 'partner.test',
    rule: 'partner',
    via: undefined,
    toClass: 'other-numbers',
  }),
}

test('PRX-05: a Route that is left over opens no way that a Request-URI would not open', async () => {
  for (const route of ['<sip:198.51.100.1;lr>', '<sip:+4490@carrier.test>', '<sip:x@127.0.0.1:9090;lr>']) {
    for (const uri of ['sip:bob@example.test', 'sip:nobody@example.test', 'sip:x@partner.test']) {
      for (const lines of [[`Route: ${route}`], [`Route: <sip:192.0.2.99;lr>, ${route}`]]) {
        assert.equal(await verdict(alice, { uri, lines }), 'reply 403 route-not-allowed', `${uri} ${lines}`)
        assert.equal(await verdict(alice, { uri, lines, ports: partnerOnly }), 'reply 403 route-not-allowed')
      }
    }
  }
  const own = { lines: ['Route: <sip:192.0.2.99;lr>'] }
  assert.equal(await verdict(alice, own), 'next')
})

test('PRX-05: a Route goes where rules let every place of it', async () => {
  const uri = 'sip:x@partner.test'
  const trial = (route: string): Trial => ({ uri, lines: [`Route: ${route}`], ports: partnerOnly })
  assert.equal(await verdict(alice, trial('<sip:partner.test;lr>')), 'next')
  const beyond = '<sip:partner.test;lr>, <sip:elsewhere.test;lr>'
  assert.equal(await verdict(alice, trial(beyond)), 'reply 403 route-not-allowed')
  const hidden = '<sip:partner.test;lr;maddr=198.51.100.1>'
  assert.equal(await verdict(alice, trial(hidden)), 'reply 403 route-not-allowed')
  const ports = {
    outward: () => ({ isAllowed: true, rule: 'country', via: 'carrier', toClass: 'other-numbers' }),
  }
  const numbers: Trial = { uri: 'sip:+4420@example.test', lines: ['Route: <sip:+4420@evil.test;lr>'], ports }
  assert.equal(await verdict(alice, numbers), 'reply 403 route-not-allowed')
})

test('PRX-03 PRX-05: a foreign maddr needs the rule of the place that it names', async () => {
  const at = (maddr: string): Trial => ({ uri: `sip:x@partner.test;maddr=${maddr}`, ports: partnerOnly })
  assert.equal(await verdict(alice, at('198.51.100.1')), 'reply 403 route-not-allowed')
  assert.equal(await verdict(alice, at('[2001:db8::1]')), 'reply 403 route-not-allowed')
  assert.equal(await verdict(alice, at('PARTNER.test')), 'next')
})

test('DIG-17: a strict route, whose target no digest covers, needs the proof of its dialog', async () => {
  const trial: Trial = { uri: 'sip:192.0.2.99;lr', lines: ['Route: <sip:bob@example.test>'] }
  assert.equal(await verdict(alice, trial), 'reply 403 route-not-allowed')
  const inDialog = { from: 'caller', towards: undefined, token: 't' } as never
  assert.equal(await verdict(undefined, { ...trial, toTag: 'b', context: { inDialog } }), 'next')
})

test('requests that end here are authorized by who they come from', async () => {
  assert.equal(await verdict(alice, { method: 'REGISTER', uri: 'sip:example.test' }), 'next')
  assert.equal(await verdict({ kind: 'unproven' }, { method: 'OPTIONS', uri: 'sip:example.test' }), 'next')
})

test('what a dialog proved is allowed, since its first request was', async () => {
  const inDialog = { from: 'caller', towards: undefined, token: 't' } as never
  const trial: Trial = { method: 'BYE', uri: 'sip:x@elsewhere.test', toTag: 'b', context: { inDialog } }
  assert.equal(await verdict(undefined, trial), 'next')
})

const token = makeDialogToken(KEYS, 'AA', {
  callId: 'call-1@192.0.2.1',
  initialFromTag: 'a1',
  callerAor: 'sip:alice@example.test',
  calleeAor: 'sip:bob@example.test',
  callerSource: 'ip:198.51.100.1',
  calleeSource: 'ip:192.0.2.2',
})

test('E08: no user gives orders to the phones of others by a NOTIFY that nobody subscribed to', async () => {
  const notify = { method: 'NOTIFY', lines: ['Event: check-sync'] }
  assert.equal(await verdict(alice, notify), 'reply 481 dialog-not-proven')
  assert.equal(await verdict(alice, { ...notify, context: { scope: 'server' } }), 'next')
  const ports = { trunkOf: () => trunk }
  assert.equal(await verdict(carrier, { ...notify, ports }), 'next')
})

test('UAS-09: a password opens the way of a dialog that the user has, and of no other', async () => {
  const noted: string[] = []
  const ports = { noteAcceptedInvite: () => void noted.push('noted') }
  const trial: Trial = {
    ports,
    uri: 'sip:bob@192.0.2.2',
    toTag: 'b1',
    lines: [`Route: <sip:${token}@192.0.2.99;lr>`],
  }
  const [said, context] = await authorized(alice, trial)
  assert.equal(said, 'next')
  assert.equal(context.inDialog?.from, 'caller')
  assert.deepEqual(noted, ['noted'])
  assert.equal(await verdict(alice, { ...trial, callId: 'another' }), 'reply 481 dialog-not-proven')
  assert.equal(await verdict(alice, { ...trial, fromTag: 'another' }), 'reply 481 dialog-not-proven')
  assert.equal(
    await verdict(carrier, { ...trial, ports: { ...ports, trunkOf: () => trunk } }),
    'reply 481 dialog-not-proven',
  )
  assert.equal(await verdict({ kind: 'unproven' }, trial), 'reply 481 dialog-not-proven')
})
