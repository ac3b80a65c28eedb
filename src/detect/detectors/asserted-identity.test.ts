import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { assertedIdentity } from './asserted-identity.ts'

const STRANGER = '198.51.100.7'
const OFFICE = '192.0.2.1'

const asserts = (trace: Trace, ip: string, line: string, from = 'sip:mallory@example.test') =>
  trace.asks(ip, { from, lines: [line] }, 407)

tryDetector(assertedIdentity, {
  alarm: [
    {
      name: 'D02: a stranger asserts to be a user of ours',
      subject: `source:${STRANGER}`,
      isSpoofable: true,
      trace: trace => {
        trace.logsIn(OFFICE, 'head')
        asserts(trace, STRANGER, 'P-Asserted-Identity: <sip:head@example.test>')
      },
    },
    {
      name: 'D02: in Remote-Party-ID',
      subject: `source:${STRANGER}`,
      trace: trace => {
        trace.logsIn(OFFICE, 'head')
        asserts(trace, STRANGER, 'Remote-Party-ID: "Head" <sip:head@example.test>;party=calling;screen=yes')
      },
    },
    {
      name: 'D02: in Diversion',
      subject: `source:${STRANGER}`,
      trace: trace => {
        trace.logsIn(OFFICE, 'head')
        asserts(trace, STRANGER, 'Diversion: <sip:head@example.test>;reason=unconditional')
      },
    },
    {
      name: 'D02: a user asserts four numbers of others',
      subject: `source:${OFFICE}`,
      trace: trace => {
        trace.logsIn(OFFICE, 'mallory')
        for (let n = 0; n < 4; n += 1)
          asserts(trace, OFFICE, `P-Asserted-Identity: "x" <sip:+44207946${1000 + n}@example.test>`)
      },
    },
  ],
  quiet: [
    {
      name: 'a phone that asserts its own address, and one that asserts the number of its user',
      trace: trace => {
        trace.logsIn(OFFICE, 'mallory')
        for (let n = 0; n < 30; n += 1) {
          asserts(trace, OFFICE, 'Remote-Party-ID: <sip:mallory@example.test>;party=calling')
          asserts(trace, OFFICE, 'P-Asserted-Identity: <tel:+442079460123>')
        }
      },
    },
    {
      name: 'phones of an office that divert the calls of many',
      trace: trace => {
        trace.logsIn(OFFICE, 'mallory')
        for (let n = 0; n < 30; n += 1)
          asserts(trace, OFFICE, `Diversion: <sip:u${n}@example.test>`, `sip:+4420794600${n}@carrier.example`)
      },
    },
    {
      name: 'a trunk, which may',
      trace: trace => {
        trace.logsIn(OFFICE, 'head')
        for (let n = 0; n < 30; n += 1)
          asserts(trace, TRUNK_IP, `P-Asserted-Identity: <sip:+4420794600${n}@x.test>`)
        asserts(trace, TRUNK_IP, 'P-Asserted-Identity: <sip:head@example.test>')
      },
    },
  ],
})
