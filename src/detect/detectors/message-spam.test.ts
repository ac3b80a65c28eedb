import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { messageSpam } from './message-spam.ts'

const SPAMMER = '198.51.100.7'
const OFFICE = '192.0.2.1'
const TEXT = 'You have won a voyage, call +1 900 555 0100 now to hear more of it!'

const writes = (
  trace: Trace,
  ip: string,
  n: number,
  parts: { from?: string; body?: string; type?: string } = {},
) =>
  trace.asks(
    ip,
    {
      ...{ method: 'MESSAGE', uri: `sip:user${n}@example.test`, body: parts.body ?? TEXT },
      ...(parts.from === undefined ? {} : { from: parts.from }),
      lines: parts.type === '' ? [] : [`Content-Type: ${parts.type ?? 'text/plain'}`],
    },
    202,
  )

tryDetector(messageSpam, {
  alarm: [
    ...['', 'message/cpim', 'multipart/mixed; boundary=b'].map(type => ({
      name: `G10 evasion: the text is sent as ${type === '' ? 'nothing that has a name' : type}`,
      subject: `source:${SPAMMER}`,
      trace: (trace: Trace) => {
        for (let n = 0; n < 25; n += 1) writes(trace, SPAMMER, n, { type })
      },
    })),
    {
      name: 'G10: one text to twenty-five people',
      subject: `source:${SPAMMER}`,
      trace: trace => {
        for (let n = 0; n < 25; n += 1) writes(trace, SPAMMER, n)
      },
    },
    {
      name: 'G10 evasion: another text and another From each time',
      subject: `source:${SPAMMER}`,
      isSpoofable: true,
      trace: trace => {
        for (let n = 0; n < 25; n += 1)
          writes(trace, SPAMMER, n, { from: `sip:a${n}@other.test`, body: `hello ${n}` })
      },
    },
    {
      name: 'G10 evasion: one text from many sources',
      subject: 'server:',
      trace: trace => {
        for (let n = 0; n < 30; n += 1) writes(trace, `198.51.100.${n}`, n)
      },
    },
    {
      name: 'G10 evasion: five accounts in turn, one message in half a minute, a number of its own in each',
      subject: 'source:198.51.100.3',
      trace: trace => {
        for (let n = 0; n < 60; n += 1) {
          if (n < 5) trace.logsIn(`198.51.100.${n}`, `u${n}`)
          const from = `sip:u${n % 5}@example.test`
          writes(trace, `198.51.100.${n % 5}`, n, { from, body: `Win now: http://prize.invalid/${n}` })
          trace.wait(30_000)
        }
      },
    },
    {
      name: 'G10: a user of an office does',
      subject: `source:${OFFICE}`,
      trace: trace => {
        trace.logsIn(OFFICE, 'alice')
        for (let n = 0; n < 25; n += 1) writes(trace, OFFICE, n)
      },
    },
  ],
  quiet: [
    {
      name: 'F24: two hundred people of an office write to each other',
      trace: trace => {
        trace.logsIn(OFFICE, 'alice')
        for (let n = 0; n < 1000; n += 1)
          writes(trace, OFFICE, n, { from: `sip:u${n % 200}@example.test`, body: `see you at ${n}` })
      },
    },
    {
      name: 'one who writes to his team, and at length to a friend',
      trace: trace => {
        trace.logsIn(OFFICE, 'alice')
        for (let n = 0; n < 15; n += 1) writes(trace, OFFICE, n)
        for (let n = 0; n < 500; n += 1) writes(trace, OFFICE, 1, { body: `${TEXT}${n}` })
      },
    },
    {
      name: 'typing notices, and the texts of a trunk',
      trace: trace => {
        for (let n = 0; n < 100; n += 1) {
          writes(trace, SPAMMER, n, { type: 'application/im-iscomposing+xml' })
          writes(trace, TRUNK_IP, n)
        }
      },
    },
  ],
})
