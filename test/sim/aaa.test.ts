import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutsideAnswer, OutsideQuestion } from '../../src/mechanisms/digest/index.ts'
import type { AaaPort } from '../../src/server/aaa/aaa.ts'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'

const DORA = 'sip:dora@example.test'
const YES: OutsideAnswer = { kind: 'accepted', user: 'dora', grant: { aors: [DORA] } }

/** A source beyond the process that the test answers for. */
class Elsewhere implements AaaPort {
  readonly isRemote = true
  readonly md5 = 'no'
  readonly locates = false
  readonly asked: OutsideQuestion[] = []
  readonly begun: string[] = []
  readonly ended: string[] = []
  answer: OutsideAnswer = YES
  /** Answers wait until the test lets them go. */
  held: (() => void)[] | undefined

  ask(question: OutsideQuestion): Promise<OutsideAnswer> {
    this.asked.push(question)
    if (this.held === undefined) return Promise.resolve(this.answer)
    return new Promise(resolve => this.held?.push(() => resolve(this.answer)))
  }

  knows(aor: string): boolean {
    return aor === DORA
  }

  registering: AaaPort['registering'] = (context, register) => register(context)

  whereIs: AaaPort['whereIs'] = () => assert.fail('nobody is looked for')

  callBegan(token: string): void {
    this.begun.push(token)
  }

  callEnded(token: string): void {
    this.ended.push(token)
  }
}

async function open(): Promise<{ sim: SimEdge; elsewhere: Elsewhere; dora: SimPhone; bob: SimPhone }> {
  const elsewhere = new Elsewhere()
  const sim = await SimEdge.open({ aaa: elsewhere })
  const dora = new SimPhone(sim, { user: 'dora', ip: '192.0.2.30' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  return { sim, elsewhere, dora, bob }
}

test('a user whom only a server knows registers, calls, and is called, each time by a question', async () => {
  const { sim, elsewhere, dora, bob } = await open()
  assert.equal((await dora.register()).status, 200)
  elsewhere.answer = { ...YES, user: 'bob', grant: { aors: ['sip:bob@example.test'] } }
  assert.equal((await bob.register()).status, 200)
  const called = bob.call(DORA)
  await sim.run(100)
  assert.deepEqual(called.statuses, [407, 100, 180, 200])
  assert.equal(elsewhere.asked.length, 3)
  assert.deepEqual(
    elsewhere.asked.map(({ method }) => method),
    ['REGISTER', 'REGISTER', 'INVITE'],
  )
})

test('DIG-18: a yes is for the address that it grants, and for no other', async () => {
  const { elsewhere, bob } = await open()
  elsewhere.answer = YES
  assert.equal((await bob.register()).status, 403)
})

test('RAD-11: when nobody could be asked the caller is told when to come back', async () => {
  const { elsewhere, dora } = await open()
  elsewhere.answer = { kind: 'unavailable', retryAfterSeconds: 7, why: 'aaa-unavailable' }
  const answer = await dora.register()
  assert.equal(answer.status, 503)
  assert.equal(answer.named('Retry-After'), '7')
})

test('what is sent again while somebody is asked is one question', async () => {
  const { sim, elsewhere, dora } = await open()
  elsewhere.held = []
  const registering = dora.register()
  await sim.run(5000)
  assert.equal(elsewhere.asked.length, 1)
  for (const go of elsewhere.held) go()
  assert.equal((await registering).status, 200)
})

test('RFC 3261 §9.2: a call that is given up while somebody is asked rings nowhere', async () => {
  const { sim, elsewhere, dora, bob } = await open()
  await dora.register()
  elsewhere.answer = { ...YES, user: 'bob', grant: { aors: ['sip:bob@example.test'] } }
  await bob.register()
  elsewhere.held = []
  const called = bob.call(DORA)
  await sim.run(1000)
  called.cancel()
  await sim.run(1000)
  for (const go of elsewhere.held) go()
  await sim.run(1000)
  assert.equal(called.final?.status, 487)
  assert.equal(dora.got('INVITE').length, 0)
  await sim.runOut()
})

test('RAD-12: a call that is answered and hung up begins once and ends once', async () => {
  const { sim, elsewhere, dora, bob } = await open()
  await dora.register()
  elsewhere.answer = { ...YES, user: 'bob', grant: { aors: ['sip:bob@example.test'] } }
  await bob.register()
  const called = bob.call(DORA)
  await sim.run(100)
  assert.equal(elsewhere.begun.length, 1)
  assert.deepEqual(elsewhere.ended, [])
  const bye = called.within('BYE')
  await sim.run(100)
  assert.deepEqual(bye.statuses, [200])
  assert.deepEqual(elsewhere.ended, elsewhere.begun)
})
