import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { readRequest, TRUNK_IP, Trace, tryDetector } from '../../../test/support/trace.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { tollFraud } from './toll-fraud.ts'

const HOME = '192.0.2.1'
const GATEWAY = TRUNK_IP
const THIEF = '198.51.100.7'
const ALICE = 'alice@example.test'
const PREMIUM = ['+19005550101', '+19005550102', '00881612345678']
const DAY_MS = 86_400_000

const to = (number: string) => ({ uri: `sip:${number}@example.test` })

/** A call that nobody takes. */
function fails(trace: Trace, ip: string, number: string, account = ALICE, toClass = ''): void {
  const invite = trace.call(ip, to(number), account, toClass)
  trace.responds(GATEWAY, ip, invite, 486)
}

const insideOf = ({ callId, from }: SipRequest) => ({ callId, fromTag: from.tag ?? '', toTag: 'callee' })

/** Time passes without a tick for each second of it. */
const passes = (trace: Trace, ms: number) => {
  trace.atMs += ms
}

tryDetector(tollFraud, {
  alarm: [
    {
      name: 'G07: a stolen account calls three premium numbers',
      subject: `account:${ALICE}`,
      isSpoofable: false,
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        for (const number of PREMIUM) trace.talks(THIEF, GATEWAY, 60_000, to(number), ALICE)
      },
    },
    {
      name: 'G07: the class of the policy counts where digits say nothing',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        for (const number of ['118700', '118701', '118702']) fails(trace, THIEF, number, ALICE, 'premium')
      },
    },
    {
      name: 'G07: numbers abroad that fraud often goes to, one in ten minutes',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        for (const number of ['+25261234567', '0023276123456', '+37127123456', '+53512345678']) {
          fails(trace, THIEF, number)
          trace.wait(600_000)
        }
      },
    },
    {
      name: 'G07: four calls abroad at once',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        for (const number of ['+33123456789', '+33123456780', '+33123456781', '+33123456782'])
          trace.responds(GATEWAY, THIEF, trace.call(THIEF, to(number), ALICE), 200)
      },
    },
    {
      name: 'G07: three numbers, each for four hours at once',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        const calls = [0, 1, 2].map(n => trace.call(THIEF, to(`+3312345678${n}`), ALICE))
        for (const invite of calls) {
          trace.responds(GATEWAY, THIEF, invite, 200)
          trace.request(THIEF, { method: 'ACK', ...insideOf(invite) })
        }
        passes(trace, 4 * 3_600_000)
        for (const invite of calls)
          trace.responds(GATEWAY, THIEF, trace.request(THIEF, { method: 'BYE', ...insideOf(invite) }), 200)
      },
    },
    {
      name: 'G07: at an hour when the account never calls, two are enough',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let day = 0; day < 5; day += 1) {
          for (let n = 0; n < 5; n += 1) trace.talks(HOME, GATEWAY, 60_000, to('02079460123'), ALICE)
          passes(trace, DAY_MS - 5 * 62_000)
        }
        passes(trace, 12 * 3_600_000)
        for (const number of PREMIUM.slice(0, 2)) fails(trace, THIEF, number)
      },
    },
    {
      name: 'G07 C14: calls that the rules refuse',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        for (const number of PREMIUM) {
          const request = trace.request(THIEF, to(number))
          trace.observer.credentials(trace.where(THIEF), request, {
            ...{ isAccepted: true, why: '', user: 'alice', realm: 'example.test', isNonceOurs: true },
          })
          trace.answer(THIEF, request, 403, 'not-authorized')
        }
      },
    },
    {
      name: 'G07: dear numbers of a source where nobody logged in',
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: trace => {
        for (const number of ['+25261234567', '0023276123456', '+37127123456'])
          trace.asks(THIEF, to(number), 407)
      },
    },
    {
      name: 'G07 evasion: the thief teaches a destination for one night and gains nothing',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        trace.talks(THIEF, GATEWAY, 30_000, to('+25261234567'), ALICE)
        passes(trace, 3 * 3_600_000)
        for (const number of ['+25261234561', '+25261234562', '+25261234563']) fails(trace, THIEF, number)
      },
    },
  ],
  quiet: [
    {
      name: 'numbers of another domain, called by SIP, ten at a time',
      trace: trace => {
        trace.logsIn('192.0.2.10', 'alice')
        for (let i = 0; i < 10; i += 1)
          trace.call(
            '192.0.2.10',
            { uri: 'sip:+442079460001@other.test' },
            'alice@example.test',
            'other-domains',
          )
      },
    },
    {
      name: 'calls at home, all day',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let n = 0; n < 200; n += 1) trace.talks(HOME, GATEWAY, 60_000, to(`0207946${1000 + n}`), ALICE)
      },
    },
    {
      name: 'an office that calls the same country every day',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let day = 0; day < 5; day += 1) {
          const calls = day === 0 ? 2 : 12
          for (let n = 0; n < calls; n += 1) {
            trace.talks(HOME, GATEWAY, 120_000, to(`+4930123${1000 + n}`), ALICE)
            passes(trace, 1_500_000)
          }
          passes(trace, DAY_MS - calls * 1_622_000)
        }
      },
    },
    {
      name: 'a dear number that is busy, dialled again and again',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let n = 0; n < 8; n += 1) {
          fails(trace, HOME, '+19005550101')
          trace.wait(20_000)
        }
      },
    },
    {
      name: 'a hotline of the dearest kind that is busy, redialled forty times in ten minutes',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let i = 0; i < 40; i += 1) {
          fails(trace, HOME, '+19005550101')
          trace.wait(15_000)
        }
      },
    },
    {
      name: 'somebody who has another one refused, under his name',
      trace: trace => {
        trace.logsIn(THIEF, 'mallory')
        trace.logsIn(HOME, 'alice')
        const lines = ['Proxy-Authorization: Digest username="mallory"']
        for (const number of PREMIUM) trace.asks(THIEF, { ...to(number), lines }, 403, 'from-not-yours')
      },
    },
    {
      name: 'S5: refused calls under the address of another, with his name on invented credentials',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        const lines = ['Proxy-Authorization: Digest username="alice"']
        for (const number of [...PREMIUM, ...PREMIUM])
          trace.asks(HOME, { ...to(number), lines }, 403, 'from-not-yours')
      },
    },
    {
      name: 'S5: a colleague who proves himself, and puts the name of another on credentials in front of his',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        trace.logsIn(HOME, 'mallory')
        const lines = ['Proxy-Authorization: Digest username="alice"']
        for (const number of [...PREMIUM, ...PREMIUM]) {
          const request = trace.request(HOME, { ...to(number), lines })
          trace.observer.credentials(trace.where(HOME), request, {
            ...{ isAccepted: true, why: '', user: 'mallory', realm: 'example.test', isNonceOurs: true },
          })
          trace.answer(HOME, request, 403, 'from-not-yours')
        }
      },
    },
    {
      name: 'F25: a trunk',
      trace: trace => {
        for (const number of [...PREMIUM, ...PREMIUM]) fails(trace, TRUNK_IP, number, '')
      },
    },
    {
      name: 'one who talks to a friend abroad for a day',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        trace.talks(HOME, GATEWAY, 15 * 3_600_000, to('+33123456789'), ALICE)
        trace.talks(HOME, GATEWAY, 8 * 3_600_000, to('+33123456789'), ALICE)
      },
    },
    {
      name: 'numbers that the policy calls national',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let n = 0; n < 20; n += 1) fails(trace, HOME, `+49301234${100 + n}`, ALICE, 'national')
      },
    },
    {
      name: 'a traveller calls two people abroad',
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        trace.talks(THIEF, GATEWAY, 600_000, to('+33123456789'), ALICE)
        trace.talks(THIEF, GATEWAY, 600_000, to('+4930123456'), ALICE)
      },
    },
  ],
})

const TRACE = new URL('../../../../shared/corpus/trace/honeypot-2010.jsonl.gz', import.meta.url)

test('G07: the calls of the stolen account in the trace of a honeypot are found by the third number', t => {
  let packed: Uint8Array
  try {
    packed = readFileSync(TRACE)
  } catch {
    return t.skip('needs the trace in ../shared/corpus, which is not beside this checkout')
  }
  const run = new Trace([tollFraud])
  const lines: unknown[] = gunzipSync(packed)
    .toString('latin1')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  let calls = 0
  for (const line of lines) {
    const { t: seconds, src, msg } = readLine(line)
    run.atMs = seconds * 1000
    if (msg.startsWith('INVITE')) calls += 1
    run.request(src, readRequest(msg))
    if (run.findings.length > 0) break
  }
  assert.deepEqual(run.found, ['toll-fraud source:198.51.100.2'])
  assert.equal(calls, 3)
})

function readLine(line: unknown): { t: number; src: string; msg: string } {
  assert.ok(typeof line === 'object' && line !== null && 't' in line && 'src' in line && 'msg' in line)
  const { t, src, msg } = line
  assert.ok(typeof t === 'number' && typeof src === 'string' && typeof msg === 'string')
  return { t, src, msg }
}
