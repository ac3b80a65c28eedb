import { createHash } from 'node:crypto'
import { type RequestOf, TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { covertChannel } from './covert-channel.ts'

const SPY = '198.51.100.7'
const WORDS = [
  'the parcel leaves at noon tomorrow',
  'bring the second set of keys along',
  'nobody reads what stands in a tag',
]

/** Many requests, one of eight is looked at. */
function sends(trace: Trace, ip: string, times: number, parts: (n: number) => RequestOf): void {
  for (let n = 0; n < times; n += 1) trace.asks(ip, { method: 'OPTIONS', ...parts(n) }, 200)
}

const random = (n: number) => createHash('md5').update(`x${n}`)

tryDetector(covertChannel, {
  alarm: [
    {
      name: 'G12: words as hexadecimal tags',
      subject: `source:${SPY}`,
      isSpoofable: true,
      trace: trace =>
        sends(trace, SPY, 24, n => ({ fromTag: Buffer.from(WORDS[(n >> 3) % 3] ?? '').toString('hex') })),
    },
    {
      name: 'G12: words as base64 in the Call-ID, host and all',
      subject: `source:${SPY}`,
      trace: trace =>
        sends(trace, SPY, 24, n => ({
          callId: `${Buffer.from(`${n} ${WORDS[(n >> 3) % 3]}`).toString('base64url')}@192.0.2.1`,
        })),
    },
    {
      name: 'G12 evasion: encrypted, and longer than any identifier',
      subject: `source:${SPY}`,
      trace: trace => sends(trace, SPY, 5, n => ({ callId: random(n).digest('hex').repeat(8) })),
    },
    {
      name: 'G12: in lines of the session description that nobody acts on',
      subject: `source:${SPY}`,
      trace: trace =>
        sends(trace, SPY, 24, n => ({
          method: 'INVITE',
          lines: ['Content-Type: application/sdp'],
          body: `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=${random(n).digest('hex').repeat(10)}\r\n`,
        })),
    },
    {
      name: 'G12: one call with ever new tags',
      subject: `source:${SPY}`,
      trace: trace =>
        sends(trace, SPY, 80, n => ({ method: 'INVITE', callId: 'one', fromTag: random(n).digest('hex') })),
    },
  ],
  quiet: [
    {
      name: 'identifiers as telephones make them, ten thousand of each kind',
      trace: trace => {
        const kinds = [
          (hex: string) => ({ callId: `${hex}@192.0.2.1`, fromTag: hex.slice(0, 10) }),
          (hex: string) => ({
            callId: Buffer.from(hex).toString('base64url'),
            fromTag: `as${hex.slice(0, 8)}`,
          }),
          (hex: string) => ({
            callId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12)}`,
            fromTag: hex,
          }),
          (hex: string) => ({
            callId: `1-${Number.parseInt(hex.slice(0, 8), 16)}@127.0.0.1`,
            fromTag: '1SIPpTag001',
          }),
          (hex: string) => ({
            callId: hex.slice(0, 22),
            fromTag: Buffer.from(hex, 'hex').toString('base64url'),
          }),
        ]
        sends(trace, SPY, 10_000, n => kinds[n % 5]?.(random(n).digest('hex')) ?? {})
      },
    },
    {
      name: 'a phone that registers for a day under one Call-ID, with a new tag each time',
      trace: trace =>
        sends(trace, SPY, 500, n => ({
          method: 'REGISTER',
          callId: 'one',
          fromTag: random(n).digest('hex'),
        })),
    },
    {
      name: 'one torture message with long identifiers',
      trace: trace => sends(trace, SPY, 1, () => ({ callId: 'x'.repeat(141), fromTag: 'y'.repeat(155) })),
    },
    {
      name: 'a trunk that writes what it will',
      trace: trace => sends(trace, TRUNK_IP, 50, n => ({ callId: random(n).digest('hex').repeat(8) })),
    },
  ],
})
