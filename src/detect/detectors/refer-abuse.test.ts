import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { referAbuse } from './refer-abuse.ts'

const STRANGER = '198.51.100.7'
const HOME = '192.0.2.1'

const refers = (
  trace: Trace,
  ip: string,
  target: string,
  parts: { status?: number; why?: string; referrer?: string; toTag?: string; from?: string } = {},
) =>
  trace.asks(
    ip,
    {
      method: 'REFER',
      ...(parts.toTag === undefined ? {} : { toTag: parts.toTag }),
      ...(parts.from === undefined ? {} : { from: parts.from }),
      lines: [
        `Refer-To: <${target}>`,
        ...(parts.referrer === undefined ? [] : [`Referred-By: <${parts.referrer}>`]),
      ],
    },
    parts.status ?? 202,
    parts.why,
  )

tryDetector(referAbuse, {
  alarm: [
    {
      name: 'D08 G11: a stranger refers to a premium number',
      subject: `source:${STRANGER}`,
      isSpoofable: true,
      trace: trace => refers(trace, STRANGER, 'sip:+19005550100@example.test', { status: 403 }),
    },
    {
      name: 'D08 G11: a user refers others to two of them',
      subject: `source:${HOME}`,
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        refers(trace, HOME, 'sip:+19005550100@example.test', { toTag: 'a' })
        refers(trace, HOME, 'tel:+25261234567', { toTag: 'b' })
      },
    },
    {
      name: 'D08: a target that is no telephone',
      subject: `source:${STRANGER}`,
      trace: trace => refers(trace, STRANGER, 'http://127.0.0.1:80/', { status: 403 }),
    },
    {
      name: 'D06: a referrer who is not who sends it',
      subject: `source:${STRANGER}`,
      trace: trace =>
        refers(trace, STRANGER, 'sip:carol@example.test', {
          ...{ status: 407, from: 'sip:mallory@example.test', referrer: 'sip:chief@example.test' },
        }),
    },
    {
      name: 'D07: a token of another reference',
      subject: `source:${STRANGER}`,
      trace: trace => {
        const request = trace.request(STRANGER, { lines: ['Referred-By: <sip:alice@example.test>'] })
        trace.answer(STRANGER, request, 429, 'token-of-another-refer')
      },
    },
    {
      name: 'D08: references that are refused one after the other',
      subject: `source:${HOME}`,
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let n = 0; n < 4; n += 1)
          refers(trace, HOME, `sip:x${n}@other.test`, { status: 403, why: 'refer-not-allowed' })
      },
    },
  ],
  quiet: [
    {
      name: 'transfers inside the house and abroad, and one to a premium number',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let n = 0; n < 50; n += 1)
          refers(trace, HOME, `sip:${200 + n}@example.test`, {
            toTag: 'a',
            referrer: 'sip:alice@example.test',
          })
        for (let n = 0; n < 9; n += 1) refers(trace, HOME, `sip:+3312345678${n}@example.test`, { toTag: 'a' })
        refers(trace, HOME, 'sip:+19005550100@example.test', { toTag: 'a' })
      },
    },
    {
      name: 'a REFER that is challenged, and one in a call that is gone',
      trace: trace => {
        for (let n = 0; n < 9; n += 1) {
          refers(trace, STRANGER, 'sip:carol@example.test', { status: 407 })
          refers(trace, STRANGER, 'sip:carol@example.test', { status: 481, toTag: 'a' })
        }
      },
    },
    {
      name: 'a trunk whose transfers are refused',
      trace: trace => {
        for (let n = 0; n < 9; n += 1) refers(trace, TRUNK_IP, 'sip:carol@example.test', { status: 403 })
      },
    },
  ],
})
