import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DetectorClass } from './detector.ts'
import type { Finding } from './finding.ts'
import type { Order } from './order.ts'
import { type KnownOfSource, Responder } from './responder.ts'
import type { ResponsePolicy } from './response.ts'
import type { Subject } from './subject.ts'

const WALL_MS = 1_800_000_000_000
const MINUTE_MS = 60_000
const POLICY: ResponsePolicy = {
  mode: 'enforce',
  from: { challenge: 20, 'rate-limit': 30, tarpit: 40, drop: 50, 'kernel-drop': 55, suspend: 50 },
  banMs: MINUTE_MS,
  maxBanMs: 24 * 60 * MINUTE_MS,
  restMs: 10 * MINUTE_MS,
  suspendMs: 60 * MINUTE_MS,
}
const PROVED: KnownOfSource = { isProved: true, exemption: undefined }
const UNPROVED: KnownOfSource = { isProved: false, exemption: undefined }
const SOURCE: Subject = { kind: 'source', name: '192.0.2.7' }

/** A responder whose detectors are named by their classes. */
function ground(policy: Partial<ResponsePolicy> = {}) {
  const told: string[] = []
  const orders: Order[] = []
  const responder = new Responder(
    { ...POLICY, ...policy },
    {
      classOf: detector => CLASSES.find(each => each === detector),
      halfLifeMs: 10 * MINUTE_MS,
    },
    {
      onOrder: order => {
        orders.push(order)
        told.push(
          `${order.isMonitorOnly ? 'would ' : ''}${order.action}${order.isForUnproved ? ' unproved' : ''} ${order.subject.name}`,
        )
      },
      onOrderEnd: (order, why) => told.push(`${why} ${order.subject.name}`),
      onIncident: ({ subject }) => told.push(`incident ${subject.name}`),
    },
  )
  const time = { nowMs: 1000, wallMs: WALL_MS }
  const pass = (ms: number): void => {
    time.nowMs += ms
    time.wallMs += ms
    responder.tick(time.nowMs)
  }
  let count = 0
  const find = (
    detector: DetectorClass,
    more: Partial<Finding> = {},
    known: KnownOfSource = PROVED,
  ): void => {
    count += 1
    responder.onFinding(
      finding(`${detector}-${count}`, detector, { atMs: time.nowMs, wallMs: time.wallMs, ...more }),
      known,
      time,
    )
  }
  const actions = (): string[] =>
    [...responder.orders()].map(({ action, subject }) => `${action} ${subject.name}`)
  return { responder, told, orders, time, pass, find, actions }
}

const CLASSES: readonly DetectorClass[] = [
  'auth',
  'behaviour',
  'distribution',
  'fraud',
  'signature',
  'spec',
  'state',
  'volume',
]

function finding(id: string, detector: string, more: Partial<Finding>): Finding {
  return {
    ...{ id, detector, subject: SOURCE, atMs: 0, wallMs: WALL_MS, threats: [], value: 12, limit: 5 },
    ...{
      confidence: 'high',
      score: 60,
      isSpoofable: false,
      why: 'because',
      evidence: [],
      isMonitorOnly: false,
    },
    ...more,
  }
}

test('wrong credentials from a proved address ban it, and the order says why, on what evidence and until when', () => {
  const { find, told, orders } = ground()
  find('auth', { why: 'ten users were tried' })
  assert.deepEqual(told, ['incident 192.0.2.7', 'kernel-drop 192.0.2.7'])
  const [order] = orders
  assert.equal(order?.why, 'ten users were tried')
  assert.deepEqual(order?.findings, ['auth-1'])
  assert.equal(order?.endsMs, WALL_MS + MINUTE_MS)
})

test('S5: forged evidence never bans an address, whatever its score and however much of it there is', () => {
  const { find, actions, orders } = ground()
  for (const each of CLASSES) for (let at = 0; at < 20; at += 1) find(each, { isSpoofable: true, score: 100 })
  assert.deepEqual(actions(), ['rate-limit 192.0.2.7'])
  assert.ok(orders.every(({ isForUnproved }) => isForUnproved))
})

test('S5: an address that never proved to receive is not banned, even by evidence said to be solid', () => {
  const { find, actions, orders } = ground()
  find('auth', {}, UNPROVED)
  find('spec', {}, UNPROVED)
  assert.deepEqual(actions(), ['rate-limit 192.0.2.7'])
  assert.ok(orders.every(({ isForUnproved }) => isForUnproved))
})

test('S6: an address from which users log in is rationed, never banned, whatever is found there', () => {
  const { find, actions, responder, time } = ground()
  responder.onLogin('192.0.2.7', 'bob@example.test', time.nowMs)
  for (const each of CLASSES) find(each, { score: 100 })
  assert.deepEqual(actions(), ['tarpit 192.0.2.7'])
  assert.match(responder.why(SOURCE).judgement?.restraint ?? '', /an account logs in from there/)
})

test('S6: users count as long as a day, no longer', () => {
  const { find, actions, responder, time, pass } = ground()
  responder.onLogin('192.0.2.7', 'bob@example.test', time.nowMs)
  pass(24 * 60 * MINUTE_MS)
  find('auth')
  assert.deepEqual(actions(), ['kernel-drop 192.0.2.7'])
})

test('one class alone does not block, two do, and the same class twice is one', () => {
  const { find, actions, responder } = ground()
  find('volume', { score: 100 })
  find('volume', { score: 100 })
  assert.deepEqual(actions(), ['tarpit 192.0.2.7'])
  assert.match(responder.why(SOURCE).judgement?.restraint ?? '', /one class/)
  find('behaviour', { score: 10 })
  assert.deepEqual(actions(), ['kernel-drop 192.0.2.7'])
})

test('a certainty of the specification blocks alone, a guess of it does not', () => {
  const sure = ground()
  sure.find('spec', { confidence: 'high' })
  assert.deepEqual(sure.actions(), ['kernel-drop 192.0.2.7'])
  const unsure = ground()
  unsure.find('spec', { confidence: 'medium' })
  assert.deepEqual(unsure.actions(), ['tarpit 192.0.2.7'])
})

test('trunks, the allow list and our own addresses are only told about', () => {
  for (const exemption of ['allow-list', 'own-address', 'trunk'] as const) {
    const { find, actions, responder } = ground()
    for (const each of CLASSES) find(each, {}, { isProved: true, exemption })
    assert.deepEqual(actions(), [])
    assert.notEqual(responder.why(SOURCE).judgement?.restraint, '')
  }
})

test('a ban ends by itself, and is twice as long for each further offence, up to a day', () => {
  const { find, orders, pass, actions } = ground()
  const lengths: number[] = []
  for (let offence = 1; offence <= 14; offence += 1) {
    find('auth')
    const order = orders.at(-1)
    const lengthMs = (order?.endsMs ?? 0) - (order?.beganMs ?? 0)
    lengths.push(lengthMs / MINUTE_MS)
    pass(lengthMs)
    assert.deepEqual(actions(), [])
  }
  assert.deepEqual(lengths, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440])
})

test('offences are forgotten a longest ban after the last one ended', () => {
  const { find, orders, pass } = ground()
  find('auth')
  pass(MINUTE_MS)
  pass(24 * 60 * MINUTE_MS)
  find('auth')
  assert.equal(orders.at(-1)?.offence, 1)
})

test('a ban in force is not prolonged by what still comes in', () => {
  const { find, orders, pass } = ground()
  find('auth')
  pass(30_000)
  find('auth')
  find('spec')
  assert.equal(orders.length, 1)
})

test('the ladder is climbed by score, and scores fade', () => {
  const { find, told, pass, actions } = ground()
  find('behaviour', { score: 20 })
  find('behaviour', { score: 10 })
  find('behaviour', { score: 10 })
  find('state', { score: 10 })
  assert.deepEqual(
    told.slice(1).map(each => each.split(' ')[0]),
    ['challenge', 'rate-limit', 'tarpit', 'drop'],
  )
  pass(60 * MINUTE_MS)
  assert.deepEqual(actions(), [])
  find('behaviour', { score: 10 })
  assert.deepEqual(actions(), [])
})

test('a milder order lasts until nothing was found for its time', () => {
  const { find, actions, pass } = ground()
  find('volume', { score: 35 })
  pass(9 * MINUTE_MS)
  find('volume', { score: 35 })
  pass(9 * MINUTE_MS)
  assert.deepEqual(actions(), ['tarpit 192.0.2.7'])
  pass(MINUTE_MS)
  assert.deepEqual(actions(), [])
})

test('an account that is attacked is never acted against', () => {
  const { find, actions } = ground()
  const subject: Subject = { kind: 'account', name: 'alice@example.test' }
  for (const each of CLASSES) if (each !== 'fraud') find(each, { subject })
  assert.deepEqual(actions(), [])
})

test('sure fraud suspends an account, unsure fraud needs a second opinion, forged evidence does nothing', () => {
  const subject: Subject = { kind: 'account', name: 'alice@example.test' }
  const sure = ground()
  sure.find('fraud', { subject })
  assert.deepEqual(sure.actions(), ['suspend alice@example.test'])
  const unsure = ground()
  unsure.find('fraud', { subject, confidence: 'medium' })
  assert.deepEqual(unsure.actions(), [])
  unsure.find('behaviour', { subject })
  assert.deepEqual(unsure.actions(), ['suspend alice@example.test'])
  const forged = ground()
  forged.find('fraud', { subject, isSpoofable: true })
  assert.deepEqual(forged.actions(), [])
})

test('S5: wrong passwords of strangers add nothing to the fraud of an account, which they are not', () => {
  const subject: Subject = { kind: 'account', name: 'alice@example.test' }
  const { find, actions } = ground()
  for (let at = 0; at < 5; at += 1) find('auth', { subject, score: 100 })
  find('fraud', { subject, confidence: 'medium', score: 40 })
  for (let at = 0; at < 5; at += 1) find('auth', { subject, score: 100 })
  assert.deepEqual(actions(), [])
  find('fraud', { subject, confidence: 'high', score: 40 })
  assert.deepEqual(actions(), ['suspend alice@example.test'])
})

test('a network is never banned, only its unproved traffic is lowered; a trunk, a call and a number are told about', () => {
  const { find, actions, orders } = ground()
  for (const each of CLASSES) {
    find(each, { subject: { kind: 'prefix', name: '192.0.2.0/24' } })
    for (const kind of ['trunk', 'call', 'destination', 'domain', 'server'] as const)
      find(each, { subject: { kind, name: kind } })
  }
  assert.deepEqual(actions(), ['rate-limit 192.0.2.0/24'])
  assert.ok(orders.every(({ isForUnproved }) => isForUnproved))
})

test('in monitor mode nothing is carried out, and what would have been is told and counted', () => {
  const { find, actions, responder, told, time } = ground({ mode: 'monitor' })
  find('auth')
  assert.deepEqual(actions(), [])
  assert.deepEqual(told, ['incident 192.0.2.7', 'would kernel-drop 192.0.2.7'])
  assert.equal(responder.mistaken, 0)
  responder.onLogin('192.0.2.7', 'alice@example.test', time.nowMs)
  responder.onLogin('192.0.2.7', 'alice@example.test', time.nowMs)
  assert.equal(responder.mistaken, 1)
})

test('a detector that only watches adds to what would have been, not to what is', () => {
  const { find, actions, responder } = ground()
  find('auth', { isMonitorOnly: true })
  assert.deepEqual(actions(), [])
  assert.deepEqual(
    [...responder.wouldBeOrders()].map(({ action }) => action),
    ['kernel-drop'],
  )
})

test('a reload that allows an address, or only watches, ends what was ordered; not what an operator ordered', () => {
  const { find, actions, responder, time } = ground()
  find('auth')
  find('auth', { subject: { kind: 'source', name: '192.0.2.8' } })
  responder.configure(POLICY, ({ name }) => name === '192.0.2.7')
  assert.deepEqual(actions(), ['kernel-drop 192.0.2.8'])
  const [order] = responder.orders()
  assert.ok(order !== undefined)
  responder.put({ ...order, subject: { kind: 'source', name: '192.0.2.9' }, by: 'operator' }, time)
  responder.configure({ ...POLICY, mode: 'monitor' }, () => false)
  assert.deepEqual(actions(), ['kernel-drop 192.0.2.9'])
})

test('an incident knows the incidents that belong to it', () => {
  const { find, responder } = ground()
  find('auth')
  const evidence = [{ atMs: 0, from: '192.0.2.7', title: 'REGISTER', text: '' }]
  find('auth', { subject: { kind: 'account', name: 'alice@example.test' }, evidence })
  const links = responder.why(SOURCE).incident?.links ?? []
  assert.deepEqual([...links].sort(), ['account:alice@example.test', 'prefix:192.0.2.0/24'])
})

test('incidents that are over are forgotten', () => {
  const { find, responder, time, pass } = ground()
  find('auth')
  assert.equal(responder.incidents.tidy(time.nowMs), 1)
  pass(60 * MINUTE_MS)
  assert.equal(responder.incidents.tidy(time.nowMs), 0)
})

test('an order of before a restart goes on to its end, and the offender is remembered', () => {
  const before = ground()
  before.find('auth')
  const [order] = before.responder.orders()
  const [offences] = before.responder.offences(WALL_MS)
  assert.ok(order !== undefined && offences !== undefined)
  const after = ground()
  after.responder.put(order, after.time)
  after.responder.recall(offences)
  assert.deepEqual(after.actions(), ['kernel-drop 192.0.2.7'])
  after.pass(MINUTE_MS)
  assert.deepEqual(after.actions(), [])
  after.find('auth')
  assert.equal(after.orders.at(-1)?.offence, 2)
})
