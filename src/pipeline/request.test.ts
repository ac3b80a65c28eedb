import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, portsWith, say } from '../../test/support/stage-context.ts'
import { isSilenced } from './gate.ts'
import { runStages, STAGES, stageNames } from './request.ts'

test('PRX-01 UAS-01: the printed list is in the order that RFC 3261 asks for', () => {
  assert.deepEqual(stageNames, [
    'well-formed',
    'max-forwards',
    'loop',
    'domain',
    'extensions',
    'in-dialog-proof',
    'authenticate',
    'bind-identity',
    'verify-identity',
    'authorize',
    'refer',
    'registrar',
    'own-answer',
    'redirect',
    'media',
    'pstn-body',
    'locate',
    'sign-identity',
    'call-limits',
    'forward',
  ])
})

test('each stage has a name of its own, its clauses, and ids of threats', () => {
  assert.equal(new Set(stageNames).size, STAGES.length)
  for (const { name, rfc, meets } of STAGES) {
    assert.match(rfc, /RFC \d{4}/, name)
    for (const id of meets) assert.match(id, /^[a-z-]+$/, name)
  }
})

const accepted = {
  kind: 'accepted',
  caller: { kind: 'user', user: 'alice', domain: 'example.test', aors: ['sip:alice@example.test'] },
  authenticationInfo: undefined,
} as const

test('the runner is synchronous while every stage is, and a promise only where somebody was asked', async () => {
  const now = runStages(contextOf())
  assert.ok(!(now instanceof Promise))
  assert.equal(say(now), 'stateless 407 no-credentials')
  const late = runStages(contextOf({ ports: { verifyCredentials: async () => accepted } }))
  assert.ok(late instanceof Promise)
  // The stages behind the one that asked run as before.
  assert.equal(say(await late), 'reply 480 not-registered')
  const both = runStages(
    contextOf({
      method: 'REGISTER',
      uri: 'sip:example.test',
      ports: {
        verifyCredentials: async () => accepted,
        register: async () => ({ kind: 'reply', status: 200, why: 'registered' }),
      },
    }),
  )
  assert.equal(say(await both), 'reply 403 not-your-aor')
})

test('a stage that answers is the last one that is asked', () => {
  let asked = 0
  const verifyCredentials = () => {
    asked += 1
    return accepted
  }
  const verdict = runStages(contextOf({ maxForwards: 0, ports: { verifyCredentials } }))
  assert.ok(!(verdict instanceof Promise))
  assert.equal(say(verdict), 'stateless 483 too-many-hops')
  assert.equal(asked, 0)
})

test('only a datagram of an unproved source that names no domain of ours in any of its URIs is silenced', () => {
  const { request, flow } = contextOf({ uri: 'sip:x@elsewhere.test' })
  const ports = portsWith({ servedDomain: () => undefined })
  assert.ok(isSilenced(request, flow, ports))
  assert.ok(!isSilenced(request, flow, portsWith()))
  assert.ok(!isSilenced(request, { ...flow, isProved: true }, ports))
  assert.ok(!isSilenced(request, { ...flow, isReliable: true }, ports))
  assert.ok(!isSilenced(request, flow, { ...ports, isUnservedSilent: false }))
  const trunk = { name: 't', identities: [], reachesOwnUsers: true, isTrusted: false, domains: [] }
  assert.ok(!isSilenced(request, flow, { ...ports, trunkOf: () => trunk }))
})
