import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { registrationHijack } from './registration-hijack.ts'

const HOME = '198.51.100.4'
const THIEF = '192.0.2.7'
const ACCOUNT = 'account:alice@example.test'

const PHONE = ['User-Agent: Yealink SIP-T46S']
const TOOL = ['User-Agent: linphone-cli']
const REMOVAL = ['Expires: 0']

function registers(trace: Trace, ip: string, agent: readonly string[], lines: readonly string[] = []): void {
  trace.logsIn(ip, 'alice', '', { lines: [...agent, ...lines] })
}

tryDetector(registrationHijack, {
  alarm: [
    {
      name: "somebody new with another program takes away the owner's registration (E09, E10)",
      subject: ACCOUNT,
      isSpoofable: false,
      trace: trace => {
        registers(trace, HOME, PHONE)
        trace.wait(600_000)
        registers(trace, THIEF, TOOL, REMOVAL)
      },
    },
    {
      name: "evasion: with the owner's program, and then against his phone (E09)",
      subject: ACCOUNT,
      trace: trace => {
        registers(trace, HOME, PHONE)
        for (let i = 0; i < 3; i += 1) {
          trace.wait(60_000)
          registers(trace, THIEF, PHONE, REMOVAL)
          trace.wait(60_000)
          registers(trace, HOME, PHONE)
        }
      },
    },
    {
      name: 'one address collects account after account (E09)',
      subject: `source:${THIEF}`,
      trace: trace => {
        for (let i = 0; i < 8; i += 1) trace.logsIn(`198.51.100.${i}`, `user${i}`, '', { lines: [...PHONE] })
        for (let i = 0; i < 8; i += 1) {
          trace.wait(900_000)
          trace.logsIn(THIEF, `user${i}`, '', { lines: [...TOOL] })
        }
      },
    },
    {
      name: 'REGISTER for another account with good credentials (C13, E10)',
      subject: `source:${THIEF}`,
      trace: trace => {
        registers(trace, HOME, PHONE)
        const line =
          'Authorization: Digest username="mallory", realm="example.test", nonce="n", uri="sip:example.test", response="0"'
        const aor = 'sip:alice@example.test'
        trace.asks(
          THIEF,
          {
            method: 'REGISTER',
            uri: 'sip:example.test',
            from: aor,
            to: aor,
            lines: [line, 'Contact: *', 'Expires: 0'],
          },
          403,
          'not-your-aor',
        )
      },
    },
  ],
  quiet: [
    {
      name: 'a phone that changes networks takes away its old contact',
      trace: trace => {
        for (let i = 0; i < 20; i += 1) {
          registers(trace, `198.51.100.${i}`, PHONE)
          trace.wait(120_000)
          registers(trace, `198.51.100.${i + 1}`, PHONE, REMOVAL)
        }
      },
    },
    {
      name: 'guests of a hotel bring the phones that they have everywhere',
      trace: trace => {
        for (let i = 0; i < 30; i += 1) trace.logsIn(`198.51.100.${i}`, `user${i}`, '', { lines: [...PHONE] })
        for (let i = 0; i < 30; i += 1) trace.logsIn('203.0.113.99', `user${i}`, '', { lines: [...PHONE] })
      },
    },
    {
      name: 'an office whose users were first seen at home, with phones of many makes',
      trace: trace => {
        for (let i = 0; i < 12; i += 1) trace.logsIn(`198.51.100.${i}`, `user${i}`, '', { lines: [...TOOL] })
        for (let i = 0; i < 12; i += 1)
          trace.logsIn('203.0.113.99', `user${i}`, '', { lines: [`User-Agent: Phone ${i % 4}`] })
      },
    },
    {
      name: 'a second phone of another make',
      trace: trace => {
        for (let i = 0; i < 20; i += 1) {
          registers(trace, HOME, PHONE)
          registers(trace, '203.0.113.80', TOOL)
          trace.wait(300_000)
        }
      },
    },
    {
      name: 'a phone that is switched off in the evening and on in the morning',
      trace: trace => {
        for (let day = 0; day < 5; day += 1) {
          registers(trace, HOME, PHONE)
          trace.wait(3_600_000)
          registers(trace, HOME, PHONE, REMOVAL)
          trace.wait(3_600_000)
        }
      },
    },
  ],
})
