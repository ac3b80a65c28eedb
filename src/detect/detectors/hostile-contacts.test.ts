import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { hostileContacts } from './hostile-contacts.ts'

const SOURCE = '198.51.100.7'

const registers = (
  trace: Trace,
  contacts: readonly string[],
  status = 200,
  why = '',
  ip = SOURCE,
  user = 'alice',
  params = '',
) =>
  trace.asks(
    ip,
    {
      ...{ method: 'REGISTER', uri: 'sip:example.test', to: `sip:${user}@example.test` },
      lines: contacts.map(contact => `Contact: <${contact}>${params}`),
    },
    status,
    why,
  )

tryDetector(hostileContacts, {
  alarm: [
    {
      name: 'F12: many contacts in one request',
      subject: `source:${SOURCE}`,
      trace: trace =>
        registers(
          trace,
          Array.from({ length: 25 }, (_, n) => `sip:a@192.0.2.${n}`),
          400,
          'too-many-contacts',
        ),
    },
    {
      name: 'F13: the server itself as contact',
      subject: `source:${SOURCE}`,
      isSpoofable: true,
      trace: trace => registers(trace, ['sip:bob@edge.test'], 403, 'contact-points-to-us'),
    },
    {
      name: 'F11: contacts that lead back to the domain, where that is taken',
      subject: `source:${SOURCE}`,
      trace: trace => {
        for (let n = 0; n < 2; n += 1) registers(trace, [`sip:b${n}@example.test`])
      },
    },
    {
      name: 'F12: another port for each registration of an account',
      subject: `source:${SOURCE}`,
      trace: trace => {
        for (let n = 0; n < 15; n += 1) {
          registers(trace, [`sip:a@${SOURCE}:${10_000 + n}`])
          trace.atMs += 200_000
        }
      },
    },
    {
      name: 'F13: contacts elsewhere that are refused, three different ones',
      subject: `source:${SOURCE}`,
      trace: trace => {
        for (let n = 0; n < 3; n += 1) registers(trace, [`sip:a@203.0.113.${n}`], 403, 'contact-is-foreign')
      },
    },
    {
      name: 'F12, evasion: one account fills its bindings from address after address',
      subject: 'account:alice@example.test',
      trace: trace => {
        for (let n = 0; n < 6; n += 1) {
          const parts = { method: 'REGISTER', uri: 'sip:example.test', to: 'sip:alice@example.test' }
          const lines = [`Contact: <sip:alice@192.0.2.${n}>`]
          trace.asks(`192.0.2.${n}`, { ...parts, lines }, 403, 'too-many-bindings')
        }
      },
    },
    {
      name: 'F13: victims in four networks, where that is taken',
      subject: `source:${SOURCE}`,
      trace: trace => {
        for (let n = 0; n < 4; n += 1) registers(trace, [`sip:a@8.8.${n}.8`])
      },
    },
    {
      name: 'F13 evasion: twenty accounts and addresses, one victim',
      subject: 'destination:8.8.8.8',
      trace: trace => {
        for (let n = 0; n < 20; n += 1)
          registers(trace, ['sip:a@8.8.8.8:53'], 200, '', `198.51.${n}.7`, `u${n}`)
      },
    },
  ],
  quiet: [
    {
      name: 'an IPv6 phone with another private address each hour, written at length, by either family of address',
      trace: trace => {
        for (let n = 1; n < 40; n += 1) {
          const contact = `sip:a@[2001:0DB9:0000:0001:00${n + 10}:0:0:7]`
          registers(trace, [contact], 200, '', '2001:db9:0:1::7', 'alice')
          registers(trace, [contact], 200, '', SOURCE, 'alice')
          trace.wait(1_800_000)
        }
      },
    },
    {
      name: 'phones behind a NAT, at their own address, and in its network',
      trace: trace => {
        for (let n = 0; n < 200; n += 1) {
          registers(trace, [`sip:a@192.168.1.${n}`], 200, '', SOURCE, `u${n}`)
          registers(trace, [`sip:a@${SOURCE}:${5060 + n}`], 200, '', SOURCE, `u${n}`)
          registers(trace, ['sip:a@198.51.100.8'], 200, '', SOURCE, `u${n}`)
        }
      },
    },
    {
      name: 'a telephone in a browser that is loaded again and again, and one whose flow breaks every minute',
      trace: trace => {
        for (let n = 0; n < 13; n += 1) registers(trace, [`sip:a@x${n}.invalid;transport=ws`])
        for (let n = 0; n < 60; n += 1)
          registers(trace, [`sip:b@${SOURCE}:${20_000 + n}`], 200, '', SOURCE, 'bob', ';reg-id=1')
      },
    },
    {
      name: 'a phone that is set up wrongly, for days',
      trace: trace => {
        for (let n = 0; n < 100; n += 1) registers(trace, ['sip:a@8.8.8.8'], 403, 'contact-is-foreign')
      },
    },
    {
      name: 'challenges, names as hosts, and a trunk',
      trace: trace => {
        for (let n = 0; n < 30; n += 1) {
          registers(trace, [`sip:a@8.8.${n}.8`], 401)
          registers(trace, [`sip:a@phone${n}.invalid`], 200, '', SOURCE, `u${n}`)
          registers(trace, [`sip:a@8.8.${n}.8`], 403, 'trunk-registers', TRUNK_IP)
        }
      },
    },
  ],
})
