import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { distributedEnumeration } from './distributed-enumeration.ts'

function search(trace: Trace, count: number, ip: (n: number) => string, status = 401): void {
  for (let i = 0; i < count; i += 1) {
    const aor = `sip:${100 + i}@example.test`
    trace.asks(ip(i), { method: 'REGISTER', uri: 'sip:example.test', from: aor, to: aor }, status)
    trace.wait(10_000)
  }
}

tryDetector(distributedEnumeration, {
  alarm: [
    {
      name: 'one name from each address of a /24 (G02, G05)',
      subject: 'prefix:192.0.2.0/24',
      isSpoofable: true,
      trace: trace => search(trace, 20, n => `192.0.2.${n}`),
    },
    {
      name: 'evasion: one name from each /64 of an IPv6 /48',
      subject: 'prefix:2001:db8:7::/48',
      trace: trace => search(trace, 20, n => `2001:db8:7:${n.toString(16)}::5`),
    },
  ],
  quiet: [
    {
      name: 'a network of phones that finish what they begin (F23)',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) {
          const aor = `sip:phone${i}@example.test`
          trace.asks(`192.0.2.${i}`, { method: 'REGISTER', uri: 'sip:example.test', from: aor, to: aor }, 401)
          trace.logsIn(`192.0.2.${i}`, `phone${i}`)
          trace.wait(100)
        }
      },
    },
    {
      name: 'a few names from each of many networks',
      trace: trace => search(trace, 60, n => `198.18.${n}.1`),
    },
  ],
})
