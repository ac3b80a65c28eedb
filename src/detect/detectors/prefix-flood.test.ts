import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { prefixFlood } from './prefix-flood.ts'

function turning(trace: Trace, network: string, perSecond: number, seconds: number): void {
  for (let i = 0; i < perSecond * seconds; i += 1) {
    trace.asks(`${network}${1 + (i % 250)}`, { method: 'INVITE' }, 407)
    trace.wait(1000 / perSecond)
  }
}

tryDetector(prefixFlood, {
  alarm: [
    {
      name: 'F02: a flood that turns through the addresses of a network',
      trace: trace => turning(trace, '192.0.2.', 2000, 2),
      subject: 'prefix:192.0.2.0/24',
      isSpoofable: true,
    },
    {
      name: 'evasion: each IPv6 address in a /64 of its own',
      trace: trace => {
        for (let i = 0; i < 2000; i += 1) trace.asks(`2001:db8:7:${i.toString(16)}::1`, {}, 407)
      },
      subject: 'prefix:2001:db8:7::/48',
    },
  ],
  quiet: [
    {
      name: 'F23: 250 phones of a street after a power cut',
      trace: trace => {
        for (let i = 0; i < 250; i += 1) {
          const ip = `192.0.2.${1 + i}`
          for (let tried = 0; tried < 3; tried += 1) trace.asks(ip, { method: 'REGISTER' }, 401)
          trace.logsIn(ip, `user${i}`)
          trace.wait(10)
        }
      },
    },
    { name: 'a hundred requests a second of a network', trace: trace => turning(trace, '192.0.2.', 100, 30) },
  ],
})
