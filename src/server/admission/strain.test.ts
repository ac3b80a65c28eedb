import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DatagramCounts } from '../../net/datagrams.ts'
import { type Figures, sampleBetween } from './measure.ts'
import { MAX_PRESSURE, Strain, type Strained, type StrainSample } from './strain.ts'

const CALM: Omit<StrainSample, 'nowMs'> = {
  lagMs: 1,
  queueMs: 0,
  overflows: 0,
  busy: 0.2,
  strangers: 0.1,
  received: 1000,
  refused: 0,
}

/** Looks every 50 ms. */
function watched() {
  const strain = new Strain(40, 0.25)
  let nowMs = 0
  return (ms: number, sample: Partial<StrainSample> = {}): Strained => {
    let last: Strained = { isStrained: false, share: 1, pressure: 0 }
    for (let passed = 0; passed < ms; passed += 50) {
      nowMs += 50
      last = strain.look({ ...CALM, ...sample, nowMs })
    }
    return last
  }
}

describe('how strained the server is', () => {
  test('a busy server that keeps up is not strained, however much it does', () => {
    const look = watched()
    assert.deepEqual(look(60_000, { busy: 1, strangers: 0.3, lagMs: 15 }), {
      isStrained: false,
      share: 1,
      pressure: 0,
    })
  })

  test('S1: a lost datagram or a long wait strain it at once, strangers who take most of the time within a second', () => {
    for (const sample of [{ overflows: 1 }, { queueMs: 50 }])
      assert.equal(watched()(50, sample).isStrained, true, JSON.stringify(sample))
    assert.equal(watched()(1000, { busy: 0.9, strangers: 0.9 }).isStrained, true)
    assert.equal(watched()(300, { busy: 0.9, strangers: 0.9 }).isStrained, false, 'a burst')
    assert.equal(watched()(100, { lagMs: 50 }).isStrained, false, 'two pauses')
    assert.equal(watched()(150, { lagMs: 50 }).isStrained, true)
  })

  test('few strangers strain nobody, however slow the machine is', () => {
    const slow = { lagMs: 80, busy: 1, strangers: 1, received: 15 }
    assert.equal(watched()(5000, slow).isStrained, false)
    assert.equal(watched()(5000, { ...slow, received: 100 }).isStrained, true)
    assert.equal(watched()(50, { ...slow, overflows: 1 }).isStrained, true)
  })

  test('strangers give first, and while their part still falls nobody else is refused', () => {
    const look = watched()
    const first = look(50, { queueMs: 60, refused: 100 })
    const then = look(200, { queueMs: 60, refused: 100 })
    assert.ok(then.share < first.share)
    assert.equal(then.pressure, 0)
  })

  test('R16: where strangers are not the cause, classes of requests are refused until the wait is short again', () => {
    const look = watched()
    const { pressure } = look(1000, { queueMs: 80 })
    assert.ok(pressure > 0.5)
    assert.equal(look(60_000, { queueMs: 200 }).pressure, MAX_PRESSURE)
    // Near its target it stays: nothing swings.
    assert.equal(look(5000, { queueMs: 30 }).pressure, MAX_PRESSURE)
    assert.deepEqual(look(60_000), { isStrained: false, share: 1, pressure: 0 })
  })

  test('it is over only when nothing was refused for two seconds', () => {
    const look = watched()
    look(50, { overflows: 10 })
    assert.equal(look(10_000, { refused: 1 }).isStrained, true)
    assert.equal(look(1900).isStrained, true)
    assert.equal(look(200).isStrained, false)
  })
})

const COUNTS: DatagramCounts = {
  received: 0,
  sent: 0,
  refused: 0,
  keepAlives: 0,
  stun: 0,
  sendErrors: 0,
  dropped: 0,
  overflows: 0,
  flows: 0,
  strangers: 0,
  queuedBytes: 0,
  receiveBufferBytes: 1,
}

const figures = (nowMs: number, counts: Partial<DatagramCounts>, more: Partial<Figures> = {}): Figures => ({
  nowMs,
  dueMs: nowMs,
  datagrams: [{ ...COUNTS, ...counts }],
  loop: { active: nowMs / 2, idle: nowMs / 2 },
  refused: 0,
  isOpen: false,
  ...more,
})

describe('what is measured', () => {
  test('a queue is worth the time that it took to read as many', () => {
    const before = figures(1000, { received: 0 })
    const now = figures(1050, { received: 500, strangers: 250, queuedBytes: 1000 * 2048, overflows: 3 })
    const sample = sampleBetween(before, now)
    assert.equal(sample.queueMs, 100)
    assert.equal(sample.strangers, 0.5)
    assert.equal(sample.overflows, 3)
    assert.equal(sample.busy, 0.5)
  })

  test('a datagram or two that wait are no queue, and a late look is lag', () => {
    const sample = sampleBetween(figures(1000, {}), figures(1080, { queuedBytes: 4096 }, { dueMs: 1050 }))
    assert.equal(sample.queueMs, 0)
    assert.equal(sample.lagMs, 30)
  })

  test('where requests need no credentials, strangers are whom it serves and no crowd', () => {
    const now = figures(1050, { received: 500, strangers: 500 }, { isOpen: true })
    assert.equal(sampleBetween(figures(1000, {}), now).strangers, 0)
  })
})
