import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import type { Quality } from './sim-network.ts'
import { SimRandom } from './sim-random.ts'

const SEEDS = 120
const LOSSY: Quality = { loss: 0.12, duplication: 0.1, minDelayMs: 1, maxDelayMs: 200 }
const BOB = 'sip:bob@example.test'

interface Scene {
  readonly sim: SimEdge
  readonly alice: SimPhone
  readonly desk: SimPhone
  readonly mobile: SimPhone
  /** Chance of the script, apart from that of the network. */
  readonly chance: SimRandom
}

/** Registers over a perfect network, and spoils it then. */
async function scene(seed: number, quality: Quality = LOSSY): Promise<Scene> {
  const sim = await SimEdge.open({ seed })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const desk = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const mobile = new SimPhone(sim, { user: 'bob', ip: '192.0.2.21' })
  for (const phone of [alice, desk, mobile]) await phone.register()
  sim.network.quality = quality
  return { sim, alice, desk, mobile, chance: new SimRandom(seed + 1000) }
}

/** The laws of the caller's side: one final, only further 2xx after it, and nothing at all but its own timeout. */
function assertOneFinal(finals: readonly number[], isTimedOut: boolean, seed: number): void {
  const different = finals.filter(status => status >= 300)
  const text = `seed ${seed}: ${finals.join(' ')}`
  assert.ok(different.length <= 1, text)
  if (different.length === 1) assert.equal(finals.length, 1, text)
  assert.ok(finals.length > 0 || isTimedOut, text)
}

test('calls over a network that loses, doubles and reorders: each ends once, each phone is told, nothing is left', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { sim, alice, desk, mobile, chance } = await scene(seed)
    for (const phone of [desk, mobile]) {
      phone.onInvite = call => {
        call.answer(180)
        call.answerAfter(chance.between(0, 3000), chance.pick([200, 200, 486, 480, 603]))
      }
    }
    const call = alice.call(BOB)
    if (chance.happens(0.3))
      sim.clock.deadlines.set(sim.clock.nowMs(), chance.between(0, 3000), () => call.cancel())
    await sim.run(40_000)
    assertOneFinal(call.finals, call.isTimedOut, seed)
    for (const phone of [desk, mobile]) {
      // However often the INVITE was sent on its way, a phone rings once.
      assert.ok(phone.calls.length <= 1, `seed ${seed}: rang ${phone.calls.length} times`)
      for (const { status, isAcknowledged } of phone.calls) {
        if (status === 200) assert.ok(isAcknowledged, `seed ${seed}: a 200 without ACK`)
        assert.notEqual(status, undefined, `seed ${seed}: still rings`)
      }
    }
    for (const dialog of call.dialogs.values()) {
      const bye = alice.send('BYE', dialog.remoteTarget, { dialog, authenticates: false })
      await sim.run(40_000)
      assert.ok(
        bye.finals.length === 1 ? bye.finals[0] === 200 : bye.isTimedOut,
        `seed ${seed}: BYE ${bye.finals}`,
      )
    }
    await sim.runOut()
  }
})

test('registrations over such a network: what was answered with 200 is there, and the stages ran once a request', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { sim, mobile, chance } = await scene(seed, { ...LOSSY, loss: 0.3 })
    const contact = `sip:bob@192.0.2.21:${chance.between(6000, 9000)}`
    const before = sim.count('registrations_total')
    const register = mobile.send('REGISTER', 'sip:example.test', {
      to: BOB,
      headers: [['Contact', `<${contact}>`]],
    })
    await sim.run(70_000)
    assertOneFinal(register.finals, register.isTimedOut, seed)
    const isThere = sim.store.location
      .bindings(BOB, sim.wallMs())
      .some(binding => binding.contact === contact)
    if (register.final?.status === 200) assert.ok(isThere, `seed ${seed}`)
    assert.ok(sim.count('registrations_total') - before <= 1, `seed ${seed}: registered twice`)
    await sim.runOut()
  }
})

test('messages over such a network arrive once, however often they were sent', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { sim, alice, desk, mobile } = await scene(seed, { ...LOSSY, loss: 0.25 })
    const message = alice.send('MESSAGE', BOB, { body: 'hello' })
    await sim.run(40_000)
    for (const phone of [desk, mobile]) assert.ok(phone.got('MESSAGE').length <= 1, `seed ${seed}`)
    assert.ok(message.finals.length <= 1)
    await sim.runOut()
  }
})

test('a network that goes away in the middle of a call leaves nothing behind', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { sim, alice, desk, mobile, chance } = await scene(seed)
    desk.onInvite = call => call.answerAfter(500, 180)
    mobile.onInvite = call => call.answerAfter(chance.between(0, 4000), 200)
    alice.call(BOB)
    await sim.run(chance.between(0, 5000))
    sim.network.quality = { ...LOSSY, loss: 1 }
    await sim.runOut()
  }
})
