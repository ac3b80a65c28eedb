import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { oneProbeCampaign } from './one-probe-campaign.ts'

function address(i: number): string {
  return `${11 + (i % 89)}.${(i * 7) % 251}.${(i >> 8) & 255}.${1 + (i % 250)}`
}

function probes(trace: Trace, count: number, everyMs: number, ip = address): void {
  for (let i = 0; i < count; i += 1) {
    trace.asks(ip(i), { method: 'REGISTER', uri: 'sip:example.test', from: `sip:${i}@example.test` }, 401)
    trace.wait(everyMs)
  }
}

tryDetector(oneProbeCampaign, {
  alarm: [
    {
      name: 'G05: one probe a source, 100,000 sources in a day',
      trace: trace => probes(trace, 120, 864),
      subject: 'server:',
      isSpoofable: true,
    },
    { name: 'G05: six sources a minute', trace: trace => probes(trace, 200, 10_000), subject: 'server:' },
    {
      name: 'G05: two sources a minute, for three hours',
      trace: trace => probes(trace, 360, 30_000),
      subject: 'server:',
    },
    {
      name: 'G05 evasion: each asks with another method',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) {
          trace.request(address(i), { method: ['OPTIONS', 'REGISTER', 'INVITE'][i % 3] ?? 'OPTIONS' })
          trace.wait(3000)
        }
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
      name: 'F23: 3,000 new phones that log in',
      trace: trace => {
        for (let i = 0; i < 3000; i += 1) {
          trace.asks(address(i), { method: 'REGISTER' }, 401)
          trace.logsIn(address(i), `user${i}`)
          trace.wait(50)
        }
        trace.wait(120_000)
      },
    },
    {
      name: 'mobiles that come from a new address each few minutes',
      trace: trace => {
        for (let i = 0; i < 500; i += 1) {
          trace.logsIn(address(i), `user${i % 20}`)
          trace.wait(2000)
        }
      },
    },
    { name: 'a stranger each two minutes, for hours', trace: trace => probes(trace, 240, 120_000) },
    {
      name: 'many addresses of one network: prefix-flood tells those',
      trace: trace => probes(trace, 200, 1000, i => `192.0.2.${1 + (i % 250)}`),
    },
  ],
})
