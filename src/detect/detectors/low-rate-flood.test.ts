import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TRUNK_IP, Trace, tryDetector } from '../../../test/support/trace.ts'
import { lowRateFlood } from './low-rate-flood.ts'

function address(i: number): string {
  return `${11 + (i % 89)}.${(i * 7) % 251}.${(i >> 8) & 255}.${1 + (i % 250)}`
}

const HONEST = '198.51.100.8'

/** An honest office that registers and calls, so many requests a second, and strangers beside it. */
function minutes(trace: Trace, count: number, honest: number, strange: number, first = 0): void {
  for (let second = 0; second < count * 60; second += 1) {
    for (let i = 0; i < honest / 2; i += 1) {
      trace.asks(HONEST, { method: 'REGISTER' }, 401)
      trace.logsIn(HONEST, `user${i}`)
    }
    for (let i = 0; i < strange; i += 1) {
      trace.asks(address(first + second * strange + i), { method: 'INVITE' }, 407)
    }
    trace.wait(1000)
  }
}

tryDetector(lowRateFlood, {
  alarm: [
    {
      name: 'F08 S7: a fifth more than usual, each from an address of its own, within a minute',
      trace: trace => {
        minutes(trace, 10, 10, 0)
        minutes(trace, 1, 10, 2)
      },
      subject: 'server:',
      isSpoofable: true,
    },
    {
      name: 'F08: at a hundred requests a second',
      trace: trace => {
        minutes(trace, 1, 100, 0)
        minutes(trace, 1, 100, 20)
      },
      subject: 'server:',
    },
    {
      name: 'evasion: it is there from the start, and never learned as usual',
      trace: trace => minutes(trace, 5, 10, 4),
      subject: 'server:',
    },
    {
      name: 'D8 evasion: it grows slowly over hours',
      trace: trace => {
        for (let step = 0; step < 12; step += 1) {
          for (let minute = 0; minute < 10; minute += 1) {
            for (let i = 0; i < step * 15; i += 1) {
              trace.asks(address(step * 10_000 + minute * 300 + i), { method: 'INVITE' }, 407)
            }
            trace.wait(60_000)
          }
        }
      },
      subject: 'server:',
    },
  ],
  quiet: [
    {
      name: 'phones that are called by a trunk, and hang up, though nobody logged in from there yet',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) {
          const invite = trace.call(TRUNK_IP)
          trace.responds(address(i), TRUNK_IP, invite, 200)
          const inside = { callId: invite.callId, fromTag: 'callee', toTag: invite.from.tag ?? '' }
          trace.responds(TRUNK_IP, address(i), trace.request(address(i), { method: 'BYE', ...inside }), 200)
          trace.wait(100)
        }
        trace.wait(120_000)
      },
    },
    {
      name: 'F23: 5,000 phones in a minute, of which many are cut off once or twice first',
      trace: trace => {
        minutes(trace, 2, 10, 0)
        for (let i = 0; i < 5000 + 500; i += 1) {
          if (i < 5000) trace.asks(address(i), { method: 'REGISTER' }, 401)
          if (i >= 500) {
            trace.asks(address(i - 500), { method: 'REGISTER' }, 401)
            trace.logsIn(address(i - 500), `user${i}`)
          }
          trace.wait(12)
        }
        trace.wait(60_000)
      },
    },
    {
      name: 'three strangers a minute who find nothing, for an hour',
      trace: trace => {
        for (let i = 0; i < 180; i += 1) {
          trace.asks(address(i), { method: 'OPTIONS' }, 200)
          trace.wait(20_000)
        }
      },
    },
    {
      name: 'one scanner, however fast: others name it',
      trace: trace => {
        for (let i = 0; i < 3000; i += 1) {
          trace.asks('192.0.2.7', { method: 'REGISTER' }, 401)
          trace.wait(30)
        }
      },
    },
  ],
})

/** Seconds that a thin flood goes on until it is told. */
function secondsToAlarm(trace: Trace): number {
  const before = trace.findings.length
  for (let second = 1; second <= 60; second += 1) {
    for (let i = 0; i < 2; i += 1) trace.asks(address(50_000 + second * 2 + i), { method: 'INVITE' }, 407)
    trace.wait(1000)
    if (trace.findings.length > before) return second
  }
  return Number.POSITIVE_INFINITY
}

test('low-rate-flood: D8: 24 hours of rising background that is not told move what it takes by at most 10 %', () => {
  const calm = new Trace([lowRateFlood])
  const drifted = new Trace([lowRateFlood])
  calm.wait(26 * 3_600_000)
  drifted.wait(2 * 3_600_000)
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    const count = Math.floor((minute / (24 * 60)) * 5)
    for (let i = 0; i < count; i += 1) drifted.asks(address(minute * 5 + i), { method: 'INVITE' }, 407)
    drifted.wait(60_000)
  }
  assert.deepEqual(drifted.found, [])
  const before = secondsToAlarm(calm)
  const after = secondsToAlarm(drifted)
  assert.ok(before <= 60 && after <= before * 1.1, `${before} s before, ${after} s after`)
})
