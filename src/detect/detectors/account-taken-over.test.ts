import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace, tryDetector } from '../../../test/support/trace.ts'
import { accountTakenOver } from './account-taken-over.ts'

const HOME = '192.0.2.1'
const AWAY = '198.51.100.7'
const ALICE = 'alice@example.test'
const DAY_MS = 86_400_000

/** The owner is at home for two days. */
function lives(trace: Trace, days = 2): void {
  for (let day = 0; day < days; day += 1) {
    trace.logsIn(HOME, 'alice')
    trace.atMs += DAY_MS
  }
}

const calls = (trace: Trace, ip: string, number: string) =>
  trace.call(ip, { uri: `sip:${number}@example.test` }, ALICE)

tryDetector(accountTakenOver, {
  alarm: [
    {
      name: 'G07 E09: it comes from elsewhere and calls abroad at once',
      subject: `account:${ALICE}`,
      isSpoofable: false,
      trace: trace => {
        lives(trace)
        trace.logsIn(AWAY, 'alice')
        calls(trace, AWAY, '+25261234567')
        calls(trace, AWAY, '+25261234568')
      },
    },
    {
      name: 'C01 E09: a login after many wrong passwords, from where the owner never was',
      subject: `account:${ALICE}`,
      trace: trace => {
        lives(trace)
        for (let n = 0; n < 12; n += 1) trace.logsIn(AWAY, 'alice', 'wrong-credentials')
        trace.logsIn(AWAY, 'alice')
      },
    },
    {
      name: 'E09 evasion: one wrong password in an hour',
      subject: `account:${ALICE}`,
      trace: trace => {
        lives(trace)
        for (let n = 0; n < 24; n += 1) {
          trace.logsIn(AWAY, 'alice', 'wrong-credentials')
          trace.atMs += 3_600_000
        }
        trace.logsIn(AWAY, 'alice')
      },
    },
  ],
  quiet: [
    {
      name: 'a user on the way, in one network after the other, who calls at home',
      trace: trace => {
        lives(trace)
        for (let n = 0; n < 30; n += 1) {
          trace.logsIn(`198.51.${n}.7`, 'alice')
          calls(trace, `198.51.${n}.7`, '02079460123')
          trace.atMs += 600_000
        }
      },
    },
    {
      name: 'a typo or three in a new place',
      trace: trace => {
        lives(trace)
        for (let n = 0; n < 3; n += 1) trace.logsIn(AWAY, 'alice', 'wrong-credentials')
        trace.logsIn(AWAY, 'alice')
        calls(trace, AWAY, '+33123456789')
      },
    },
    {
      name: 'many wrong passwords at home',
      trace: trace => {
        lives(trace)
        for (let n = 0; n < 50; n += 1) trace.logsIn(HOME, 'alice', 'wrong-credentials')
        trace.logsIn(HOME, 'alice')
      },
    },
    {
      name: 'a new account that calls abroad',
      trace: trace => {
        trace.logsIn(AWAY, 'alice')
        for (let n = 0; n < 5; n += 1) calls(trace, AWAY, `+3312345678${n}`)
      },
    },
  ],
})

/** What it was sure of, about alice who is at home elsewhere and logs in behind the address of a guesser. */
function sureAfterGuesses(number: string): readonly string[] {
  const trace = new Trace([accountTakenOver])
  lives(trace)
  for (let n = 0; n < 50; n += 1) trace.logsIn(AWAY, 'bob', 'wrong-credentials')
  trace.logsIn(AWAY, 'alice')
  trace.wait(61_000)
  calls(trace, AWAY, number)
  return trace.findings.filter(({ confidence }) => confidence === 'high').map(({ why }) => why)
}

test('S5: a guest is not suspended since his neighbour behind the same address guesses passwords', () => {
  assert.deepEqual(sureAfterGuesses('02079460123'), [])
  assert.deepEqual(sureAfterGuesses('+33123456789'), [])
})

test('C01 E09: it is sure of a capture after wrong passwords when a dear call follows', () => {
  assert.equal(sureAfterGuesses('+25261234567').length, 1)
})
