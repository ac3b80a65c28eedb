import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CODE, number32 } from './attributes.ts'
import { retransmissionMs } from './retransmission.ts'
import { type Answering, answerTo, SimulatedClient } from './test-exchange.ts'

test('RAD-04, RAD-10: a request says who we are, and Message-Authenticator is its first attribute', () => {
  const world = new SimulatedClient()
  world.ask()
  const { packet } = world.last
  assert.equal(packet[0], CODE.accessRequest)
  assert.deepEqual([...packet.subarray(20, 22)], [80, 18])
  assert.ok(packet.includes(Buffer.from('aspis.test')))
})

test('RAD-11: a question is repeated octet by octet with waits that double, then put to the next server', () => {
  const world = new SimulatedClient({ count: 2 })
  const outcomes = world.ask()
  world.pass(999)
  assert.equal(world.sent.length, 1)
  world.pass(1)
  assert.equal(world.sent.length, 2)
  world.pass(1999)
  assert.equal(world.sent.length, 2)
  world.pass(1)
  assert.equal(world.sent.length, 3)
  const [first, second, third] = world.sent
  assert.ok(first !== undefined && second?.packet.equals(first.packet) && third?.packet.equals(first.packet))
  world.pass(4000)
  assert.equal(world.last.server, 1)
  assert.ok(!world.last.packet.subarray(4, 20).equals(first.packet.subarray(4, 20)))
  assert.deepEqual(world.changes, ['0 down'])
  world.answer()
  assert.equal(outcomes[0]?.kind, 'answered')
})

test('RAD-11: waits vary by a tenth, and are never longer than 16 s but for that', () => {
  assert.equal(retransmissionMs(undefined, 1000, 0), 900)
  assert.equal(retransmissionMs(undefined, 1000, 0.999), 1100)
  assert.equal(retransmissionMs(1000, 1000, 0), 1900)
  assert.equal(retransmissionMs(16_000, 1000, 0.999), 17_600)
})

test('RAD-11: when every server is silent nobody is let in: the question ends without an answer', () => {
  const world = new SimulatedClient({ count: 2, tries: 1 })
  const outcomes = world.ask()
  world.pass(2000)
  assert.deepEqual(outcomes, [{ kind: 'unanswered', why: 'no-server' }])
  assert.deepEqual(world.changes, ['0 down', '1 down'])
})

test('a question is given up after its time, however many servers there are', () => {
  const world = new SimulatedClient({ count: 8, tries: 3, giveUpMs: 5000 })
  const outcomes = world.ask()
  world.pass(5000)
  assert.deepEqual(outcomes, [{ kind: 'unanswered', why: 'no-server' }])
})

test('what waits for a server moves on at once when another question finds that it is dead', () => {
  const world = new SimulatedClient({ count: 2, tries: 1 })
  const first = world.ask()
  world.pass(500)
  const second = world.ask()
  assert.deepEqual(
    world.sent.map(({ server }) => server),
    [0, 0],
  )
  world.pass(500)
  assert.deepEqual(
    world.sent
      .slice(2)
      .map(({ server }) => server)
      .sort(),
    [1, 1],
  )
  for (const each of world.sent.slice(2)) world.answer({}, each)
  assert.equal(first[0]?.kind, 'answered')
  assert.equal(second[0]?.kind, 'answered')
})

test('a server that answers others is slow, not dead', () => {
  const world = new SimulatedClient({ count: 2, tries: 1 })
  world.ask()
  world.pass(500)
  world.ask()
  world.answer()
  world.pass(500)
  assert.equal(world.last.server, 1)
  assert.deepEqual(world.changes, [])
})

test('RFC 5997: a dead server takes over again after three answers in a row, or after one when none serves', () => {
  const world = new SimulatedClient({ count: 2, tries: 1 })
  world.ask()
  world.pass(1000)
  world.answer()
  assert.deepEqual(world.changes, ['0 down'])
  for (let probe = 1; probe <= 3; probe++) {
    world.pass(5000)
    assert.equal(world.last.packet[0], CODE.statusServer)
    assert.equal(world.last.server, 0)
    if (probe < 3) assert.equal(world.client.isUp(0), false)
    world.answer()
  }
  assert.equal(world.client.isUp(0), true)

  const alone = new SimulatedClient({ tries: 1 })
  alone.ask()
  alone.pass(6000)
  alone.answer()
  assert.deepEqual(alone.changes, ['0 down', '0 up'])
})

test('a gap between the answers of a dead server begins the count anew', () => {
  const world = new SimulatedClient({ count: 2, tries: 1 })
  world.ask()
  world.pass(1000)
  world.answer()
  world.pass(5000)
  world.answer()
  world.pass(10_000)
  world.answer()
  world.pass(5000)
  world.answer()
  assert.equal(world.client.isUp(0), false)
  world.pass(5000)
  world.answer()
  assert.equal(world.client.isUp(0), true)
})

test('where none lives one question at a time tries a dead server, and its answer brings it back', () => {
  const world = new SimulatedClient({ tries: 1, statusServer: false })
  world.ask()
  world.pass(1000)
  const trial = world.ask()
  const other = world.ask()
  assert.deepEqual(other, [{ kind: 'unanswered', why: 'no-server' }])
  world.answer()
  assert.equal(trial[0]?.kind, 'answered')
  assert.equal(world.client.isUp(0), true)
})

test('RAD-05: no identifier is used twice at a time, and too many questions are told so', () => {
  const world = new SimulatedClient({ maxLanes: 2 })
  for (let n = 0; n < 512; n++) world.ask()
  const used = new Set(world.sent.map(({ lane, packet }) => `${lane} ${packet[1]}`))
  assert.equal(used.size, 512)
  assert.deepEqual(world.ask(), [{ kind: 'unanswered', why: 'busy' }])
  world.answer({}, world.sent[7])
  assert.deepEqual(world.ask(), [])
  assert.equal(world.last.packet[1], world.sent[7]?.packet[1])
})

const LIES: readonly (readonly [string, Answering])[] = [
  ['message-authenticator-missing', { messageAuthenticator: 'none' }],
  ['message-authenticator-wrong', { messageAuthenticator: 'wrong' }],
  ['message-authenticator-malformed', { messageAuthenticator: 'twice' }],
  ['response-authenticator-wrong', { secret: 'another secret of somebody' }],
  ['response-authenticator-wrong', { for: Buffer.alloc(20, 9) }],
  ['code-unexpected', { code: CODE.accountingResponse }],
  ['code-unexpected', { code: CODE.accessRequest }],
  ['unmatched', { identifier: 200 }],
  ['proxy-state-foreign', { attributes: [number32(33, 1)] }],
]

for (const [name, lie] of LIES) {
  test(`RAD-04, RAD-05: ${name}: ${JSON.stringify(Object.keys(lie))} is ignored, and the right answer still counts`, () => {
    const world = new SimulatedClient()
    const outcomes = world.ask()
    world.answer(lie)
    assert.deepEqual(world.ignored, [name])
    assert.equal(outcomes.length, 0)
    world.answer()
    assert.equal(outcomes[0]?.kind, 'answered')
  })
}

test('RAD-05: a second answer, and one from another port than the question left by, meet nobody', () => {
  const world = new SimulatedClient()
  world.ask()
  const { packet } = world.last
  world.client.receive(0, 1, answerTo(packet))
  world.answer()
  world.answer()
  assert.deepEqual(world.ignored, ['unmatched', 'unmatched'])
})

test('a connection that closes takes nothing with it: what waited on it is put again', () => {
  const world = new SimulatedClient({ isStream: true, tries: 2, count: 2 })
  const outcomes = world.ask()
  world.client.laneFailed(0, 0)
  assert.deepEqual(
    world.sent.map(({ server }) => server),
    [0, 0],
  )
  world.client.laneFailed(0, 0)
  assert.equal(world.last.server, 1)
  world.answer()
  assert.equal(outcomes[0]?.kind, 'answered')
})

test('RFC 6613: nothing is sent twice on a connection', () => {
  const world = new SimulatedClient({ isStream: true, tries: 3 })
  world.ask()
  world.pass(20_000)
  assert.deepEqual(
    world.sent.map(({ packet }) => packet[0]).filter(code => code === CODE.accessRequest),
    [CODE.accessRequest],
  )
})

test('a request that is longer than a packet may be is sent to nobody', () => {
  const world = new SimulatedClient()
  const long = Array.from({ length: 20 }, () => ({ type: 207, value: Buffer.alloc(253) }))
  assert.deepEqual(world.ask(long), [{ kind: 'unanswered', why: 'too-large' }])
  assert.equal(world.sent.length, 0)
})

test('a client that closes ends what waits', () => {
  const world = new SimulatedClient()
  const outcomes = world.ask()
  world.client.close()
  assert.deepEqual(outcomes, [{ kind: 'unanswered', why: 'no-server' }])
})
