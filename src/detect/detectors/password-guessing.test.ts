import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace, tryDetector } from '../../../test/support/trace.ts'
import { passwordGuessing } from './password-guessing.ts'

const THIEF = '192.0.2.7'
const WRONG = 'wrong-credentials'

function tries(
  trace: Trace,
  count: number,
  pauseMs: number,
  user: (n: number) => string = () => 'bob',
): void {
  for (let i = 0; i < count; i += 1) {
    trace.logsIn(THIEF, user(i), WRONG)
    trace.wait(pauseMs)
  }
}

tryDetector(passwordGuessing, {
  alarm: [
    {
      name: 'five wrong passwords for one account in a second (C01, G03)',
      subject: `source:${THIEF}`,
      isSpoofable: false,
      trace: trace => tries(trace, 5, 200),
    },
    {
      name: 'evasion: one try in ten minutes is named by the fifth (C04)',
      subject: `source:${THIEF}`,
      trace: trace => tries(trace, 5, 600_000),
    },
    {
      name: 'the tenth failure of a source, whatever the accounts (C02)',
      subject: `source:${THIEF}`,
      trace: trace => tries(trace, 10, 20_000, n => `user${n % 4}`),
    },
    {
      name: 'tries that the server makes wait count too (C01)',
      subject: `source:${THIEF}`,
      trace: trace => {
        tries(trace, 3, 100)
        for (let i = 0; i < 2; i += 1) trace.logsIn(THIEF, 'bob', 'guessing')
      },
    },
    {
      name: 'evasion: one who has an account at the same address is told of by the account that he tries (C01)',
      subject: 'account:bob@example.test',
      trace: trace => {
        trace.logsIn(THIEF, 'mallory')
        tries(trace, 6, 1000)
      },
    },
    {
      name: 'a nonce that was never ours makes the address forgeable (F22)',
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: trace => {
        for (let i = 0; i < 5; i += 1) trace.logsIn(THIEF, 'bob', WRONG, {}, { isNonceOurs: false })
      },
    },
  ],
  quiet: [
    {
      name: 'a phone with an old password, which tries each half minute, is told of at 5, 10, 20, 40 and 80 tries and banned for none',
      trace: trace => {
        tries(trace, 120, 30_000)
        const scores = trace.findings.map(({ score, confidence }) => `${score} ${confidence}`)
        assert.deepEqual(scores, ['20 low', '20 low', '20 low', '20 low', '20 low'])
        trace.findings.length = 0
      },
    },
    {
      name: 'the owner mistypes three times, then is right, day after day',
      trace: trace => {
        for (let day = 0; day < 5; day += 1) {
          tries(trace, 3, 10_000)
          trace.logsIn(THIEF, 'bob')
          trace.wait(3_600_000)
        }
      },
    },
    {
      name: 'an office of 200 phones, of which some are mistyped and put right (F24)',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) {
          if (i % 10 === 0) trace.logsIn(THIEF, `user${i}`, WRONG)
          trace.logsIn(THIEF, `user${i}`)
        }
      },
    },
    {
      name: 'requests without credentials are challenged (F23)',
      trace: trace => {
        for (let i = 0; i < 500; i += 1) trace.asks(THIEF, { method: 'REGISTER' }, 401, 'no-credentials')
      },
    },
    {
      name: 'old nonces after a restart are no wrong passwords',
      trace: trace => {
        for (let i = 0; i < 50; i += 1) trace.logsIn(THIEF, `user${i}`, 'nonce-of-other-node')
      },
    },
  ],
})

test('a phone with an old password is told of six times in two days, and bans nobody', () => {
  const trace = new Trace([passwordGuessing])
  tries(trace, 200, 900_000)
  assert.equal(trace.findings.length, 6)
  for (const { score, confidence } of trace.findings) {
    assert.equal(confidence, 'low')
    assert.ok(score <= 20)
  }
})
