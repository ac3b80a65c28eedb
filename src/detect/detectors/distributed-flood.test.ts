import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { distributedFlood } from './distributed-flood.ts'

/** An address of its own for each number, in networks all over. */
function address(i: number): string {
  return `${11 + (i % 89)}.${(i * 7) % 251}.${(i >> 8) & 255}.${1 + (i % 250)}`
}

function flood(trace: Trace, sources: number, count: number, perMs: number, method = 'INVITE'): void {
  for (let i = 0; i < count; i += 1) {
    trace.request(address(i % sources), { method })
    if (i % perMs === 0) trace.wait(1)
  }
}

tryDetector(distributedFlood, {
  alarm: [
    {
      name: 'F02 S7: 10,000 forged sources, 50,000 a second, within two seconds',
      trace: trace => flood(trace, 10_000, 10_000, 50),
      subject: 'server:',
      isSpoofable: true,
    },
    {
      name: 'F04 S7: OPTIONS of 100 sources, 10,000 a second',
      trace: trace => flood(trace, 100, 12_000, 10, 'OPTIONS'),
      subject: 'server:',
    },
    {
      name: 'F02: an address never seen before for each of 30,000 requests',
      trace: trace => flood(trace, 1_000_000, 30_000, 10, 'REGISTER'),
      subject: 'server:',
    },
    {
      name: 'evasion: some of them log in',
      trace: trace => {
        for (let i = 0; i < 300; i += 1) trace.logsIn(address(i), `user${i}`)
        flood(trace, 10_000, 20_000, 10)
      },
      subject: 'server:',
    },
  ],
  quiet: [
    {
      name: 'phones that are called by a trunk, and hang up, though nobody logged in from there yet',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) {
          const invite = trace.call(TRUNK_IP)
          trace.responds(address(i), TRUNK_IP, invite, 200)
          const inside = { callId: invite.callId, fromTag: 'callee', toTag: invite.from.tag ?? '' }
          trace.responds(TRUNK_IP, address(i), trace.request(address(i), { method: 'BYE', ...inside }), 200)
          trace.wait(100)
        }
        trace.wait(120_000)
      },
    },
    {
      name: 'F23: 10,000 phones after a power cut and a restart, within a minute, three tries each',
      trace: trace => {
        const tries = (i: number): void => {
          trace.asks(address(i), { method: 'REGISTER' }, 401)
        }
        for (let i = 0; i < 10_000 + 2000; i += 1) {
          if (i < 10_000) tries(i)
          if (i >= 1000 && i < 11_000) tries(i - 1000)
          if (i >= 2000) {
            tries(i - 2000)
            trace.logsIn(address(i - 2000), `user${i}`)
          }
          trace.wait(6)
        }
      },
    },
    {
      name: 'a flash crowd of strangers whose calls ring',
      trace: trace => {
        for (let i = 0; i < 4000; i += 1) {
          trace.responds('203.0.113.77', address(i), trace.call(address(i)), 180)
          trace.wait(2)
        }
      },
    },
    {
      name: 'one source alone, however loud',
      trace: trace => {
        for (let i = 0; i < 20_000; i += 1) trace.request('192.0.2.7', { method: 'INVITE' })
      },
    },
  ],
})
