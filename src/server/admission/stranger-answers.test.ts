import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Flow } from '../../base/flow.ts'
import { Metrics } from '../metrics.ts'
import { type Rationed, StrangerAnswers } from './stranger-answers.ts'

const ANSWER = { method: 'INVITE', status: 407, requestBytes: 600, answerBytes: 550 }

/** Answers with a clock of their own, to sources that proved nothing. */
function stage() {
  const clock = { nowMs: 1000 }
  const answers = new StrangerAnswers({
    metrics: new Metrics(),
    nowMs: () => clock.nowMs,
    isNeighbour: flow => flow.remote.ip === '192.0.2.99',
  })
  const flowOf = (ip: string, isProved = false): Flow => ({
    id: 1,
    transport: 'udp',
    local: { ip: '192.0.2.1', port: 5060 },
    remote: { ip, port: 5060 },
    isReliable: false,
    isSecure: false,
    isOpen: true,
    peerIdentities: [],
    isProved,
    send: () => true,
    close: () => {},
  })
  const ask = (ip: string, callId: string, answer: Partial<typeof ANSWER> = {}): Rationed | undefined =>
    answers.refuses({ ...ANSWER, ...answer, callId }, flowOf(ip))
  return { clock, answers, ask, flowOf }
}

describe('answers to sources that never proved to receive', () => {
  test('S4 F14: one challenge for a Call-ID, however often the request comes', () => {
    const { clock, ask } = stage()
    assert.equal(ask('203.0.113.5', 'a'), undefined)
    for (let n = 0; n < 10_000; n += 1) {
      clock.nowMs += 1
      assert.equal(ask('203.0.113.5', 'a'), 'repeated-challenge')
    }
    assert.equal(ask('203.0.113.5', 'b'), undefined)
    assert.equal(ask('203.0.113.6', 'a'), undefined)
  })

  test('a challenge that was lost is given once more to who repeats as slowly as RFC 3261 says', () => {
    const { clock, ask } = stage()
    const answered: number[] = []
    let atMs = 0
    for (const waitMs of [0, 500, 1000, 2000, 4000, 4000, 4000]) {
      clock.nowMs += waitMs
      atMs += waitMs
      if (ask('203.0.113.5', 'a') === undefined) answered.push(atMs)
    }
    assert.deepEqual(answered, [0, 1500])
  })

  test('S4: no second brings an address more than ten answers, whatever it is asked', () => {
    const { clock, ask } = stage()
    const atMs: number[] = []
    for (let n = 0; n < 20_000; n += 1) {
      clock.nowMs += 0.5
      if (ask('203.0.113.5', `call-${n}`, { status: n % 2 === 0 ? 407 : 404 }) === undefined)
        atMs.push(clock.nowMs)
    }
    for (const start of atMs)
      assert.ok(atMs.filter(each => each >= start && each < start + 1000).length <= 10)
    assert.ok(atMs.length >= 45 && atMs.length <= 60, String(atMs.length))
  })

  test('S4: of forged sources together no more octets go out than came in', () => {
    const { clock, ask } = stage()
    const octets = { in: 0, out: 0 }
    for (let n = 0; n < 50_000; n += 1) {
      clock.nowMs += 0.2
      octets.in += 400
      const refused = ask(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, `${n}`, {
        requestBytes: 400,
        answerBytes: 590,
      })
      if (refused === undefined) octets.out += 590
    }
    assert.ok(octets.out <= octets.in, JSON.stringify(octets))
    assert.ok(octets.out > octets.in / 2)
  })

  test('F24: 1,000 phones behind one address are all challenged within seconds of a power cut', () => {
    const { clock, answers, ask, flowOf } = stage()
    const waiting = Array.from({ length: 1000 }, (_, n) => ({ n, dueMs: 1000 + n * 20, tries: 0 }))
    let loggedIn = 0
    for (; loggedIn < 1000 && clock.nowMs < 60_000; clock.nowMs += 10) {
      for (const phone of waiting) {
        if (phone.tries < 0 || phone.dueMs > clock.nowMs) continue
        if (ask('198.51.100.7', `phone-${phone.n}`, { method: 'REGISTER', status: 401 }) === undefined) {
          answers.loggedIn(flowOf('198.51.100.7'))
          loggedIn += 1
          phone.tries = -1
        } else {
          phone.dueMs = clock.nowMs + Math.min(4000, 500 * 2 ** phone.tries)
          phone.tries += 1
        }
      }
    }
    assert.equal(loggedIn, 1000)
    assert.ok(clock.nowMs < 25_000, String(clock.nowMs))
  })

  test('neighbours, loopback, and methods that need no credentials are let alone', () => {
    const { answers, ask, flowOf } = stage()
    answers.configure({ unauthenticatedMethods: new Set(['OPTIONS']) })
    for (let n = 0; n < 100; n += 1) {
      assert.equal(ask('192.0.2.99', 'same'), undefined)
      assert.equal(ask('127.0.0.1', 'same'), undefined)
      assert.equal(ask('203.0.113.5', 'same', { method: 'OPTIONS', status: 200 }), undefined)
      const proved = flowOf('203.0.113.5', true)
      assert.equal(answers.refuses({ ...ANSWER, callId: 'same' }, proved), undefined)
    }
  })

  test('S3: a million sources leave the tables as large as one does; an IPv6 /64 is one source', () => {
    const { clock, answers, ask } = stage()
    ask('203.0.113.5', 'a')
    const { bytes } = answers
    for (let n = 0; n < 1_000_000; n += 1) {
      clock.nowMs += 0.02
      ask(`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, `${n}`)
    }
    assert.equal(answers.bytes, bytes)
    assert.ok(bytes < 4 * 1024 * 1024, String(bytes))
    clock.nowMs += 60_000
    let answered = 0
    for (let n = 0; n < 100; n += 1)
      if (ask(`2001:db8::${n + 1}`, `six-${n}`, { answerBytes: 10 }) === undefined) answered += 1
    assert.ok(answered <= 10, String(answered))
  })
})
