import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Addresses } from '../addresses.ts'
import { Budget, Rate } from '../budget.ts'
import { callThrough, hangUp } from '../call.ts'
import { honestUse } from '../honest.ts'
import type { Transport } from '../target.ts'
import { Trial } from '../trial.ts'
import { startWeakServer, type WeakServer } from './weak-server.ts'

let weak: WeakServer
const accounts = ['alice', 'bob', 'carol'].map(user => ({ user, password: `the password of ${user}` }))

before(async () => {
  weak = await startWeakServer({ domain: 'example.test', accounts, knownUser: 'dave' })
})
after(() => weak.stop())

async function tried(run: (trial: Trial) => Promise<void>): Promise<void> {
  const pace = { answerMs: 2_000, silenceMs: 120 }
  const trial = new Trial(weak.target, pace, new Addresses(weak.target.ip), new Budget(200, new Rate(1_000)))
  try {
    await run(trial)
  } finally {
    await trial.clean()
  }
}

test('the weak server serves honest users', () =>
  tried(async trial => assert.equal(await honestUse(trial), undefined)))

for (const transport of ['TCP', 'TLS', 'WS'] satisfies Transport[]) {
  test(`a call of a user on ${transport} with one on UDP goes through, both ways`, () =>
    tried(async trial => {
      const [alice, bob] = [await trial.registered(0, { transport }), await trial.registered(1)]
      for (const [caller, callee] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const calling = await callThrough(caller, callee)
        if ('problem' in calling) assert.fail(calling.problem)
        assert.ok(await hangUp(calling.call))
      }
    }))
}

test('a call that rings is taken back by its caller', () =>
  tried(async trial => {
    const [alice, bob] = [await trial.user(0), await trial.registered(1)]
    const asked = {
      method: 'INVITE',
      uri: bob.aor,
      callId: 'ringing',
      branch: 'z9hG4bKringing',
      fromTag: 'a',
    }
    const asking = alice.ask(asked)
    const invite = await bob.request('INVITE')
    assert.ok(invite)
    bob.respond(invite, 180, { toTag: 'b' })
    const cancelling = alice.ask({ ...asked, method: 'CANCEL', contact: false })
    const cancel = await bob.request('CANCEL')
    assert.ok(cancel)
    assert.equal(cancel.header('Via'), invite.header('Via'))
    bob.respond(cancel, 200)
    bob.respond(invite, 487, { toTag: 'b' })
    assert.equal((await cancelling).status, 200)
    assert.equal((await asking).status, 487)
    const ack = await bob.request('ACK')
    assert.equal(ack?.header('Via'), invite.header('Via'))
  }))

test('a weak server that died serves again', () =>
  tried(async trial => {
    process.kill(weak.pid(), 'SIGKILL')
    let problem: string | undefined = 'not tried'
    for (let at = 0; at < 50 && problem !== undefined; at++) {
      await trial.pause(100)
      problem = await trial.registered(0).then(() => undefined, String)
    }
    assert.equal(problem, undefined)
  }))
