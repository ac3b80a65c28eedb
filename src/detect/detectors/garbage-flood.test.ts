import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { garbageFlood } from './garbage-flood.ts'

function garbage(
  trace: Trace,
  count: number,
  everyMs: number,
  ip: (i: number) => string,
  refusal = 'not-sip',
): void {
  for (let i = 0; i < count; i += 1) {
    trace.observer.malformed(trace.where(ip(i)), '\x16\x03\x01', refusal)
    trace.wait(everyMs)
  }
}

const ONE = (): string => '192.0.2.7'

tryDetector(garbageFlood, {
  alarm: [
    {
      name: 'P16: what is no SIP, a hundred a second',
      trace: trace => garbage(trace, 100, 10, ONE),
      subject: 'source:192.0.2.7',
      isSpoofable: true,
    },
    {
      name: 'F21 P04: a dozen messages of 64 KiB',
      trace: trace => garbage(trace, 12, 100, ONE, 'headers-too-large'),
      subject: 'source:192.0.2.7',
    },
    {
      name: 'P16: from everywhere',
      trace: trace => garbage(trace, 2000, 1, i => `10.${i >> 8}.${i & 255}.1`),
      subject: 'server:',
    },
    {
      name: 'P01: a fuzzer that sends two cases a second',
      trace: trace => garbage(trace, 200, 500, ONE, 'via-malformed'),
      subject: 'source:192.0.2.7',
    },
    {
      name: 'P16 evasion: other protocols, one message in four minutes',
      trace: trace => garbage(trace, 30, 240_000, ONE),
      subject: 'source:192.0.2.7',
    },
    {
      name: 'P16 evasion: from addresses that change',
      trace: trace => garbage(trace, 30, 1000, i => `2001:db8:7:${i.toString(16)}::1`),
      subject: 'prefix:2001:db8:7::/48',
    },
  ],
  quiet: [
    {
      name: 'keep-alives of their own kind, from where somebody logged in',
      trace: trace => {
        trace.logsIn('192.0.2.7', 'alice')
        garbage(trace, 240, 30_000, ONE)
      },
    },
    {
      name: 'firmware that writes one thing wrong, once a minute',
      trace: trace => garbage(trace, 60, 60_000, ONE, 'cseq-method-mismatch'),
    },
    {
      name: 'F24: an office where thirty phones do',
      trace: trace => {
        trace.logsIn('192.0.2.7', 'alice')
        garbage(trace, 300, 2000, ONE, 'cseq-method-mismatch')
      },
    },
    {
      name: 'F25: a trunk with a fault of its own',
      trace: trace => garbage(trace, 500, 200, () => TRUNK_IP),
    },
  ],
})
