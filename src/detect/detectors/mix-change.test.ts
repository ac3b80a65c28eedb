import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { mixChange } from './mix-change.ts'

function address(i: number): string {
  return `${11 + (i % 89)}.${(i * 7) % 251}.${(i >> 8) & 255}.${1 + (i % 250)}`
}

/** New phones that are challenged and log in. */
function phones(trace: Trace, count: number, first = 0, tries = 1): void {
  for (let i = first; i < first + count; i += 1) {
    for (let tried = 0; tried < tries; tried += 1) trace.asks(address(i), { method: 'REGISTER' }, 401)
    trace.logsIn(address(i), `user${i}`)
    trace.wait(20)
  }
}

function flood(trace: Trace, methods: readonly string[], count: number, status: number): void {
  for (let i = 0; i < count; i += 1) {
    trace.asks(address(20_000 + i), { method: methods[i % methods.length] ?? '' }, status)
    trace.wait(5)
  }
}

tryDetector(mixChange, {
  alarm: [
    {
      name: 'F02: nothing but INVITE, after an honest hour',
      trace: trace => {
        phones(trace, 1000)
        flood(trace, ['INVITE'], 600, 407)
      },
      subject: 'server:',
      isSpoofable: true,
    },
    {
      name: 'F04: OPTIONS from the start',
      trace: trace => flood(trace, ['OPTIONS'], 600, 200),
      subject: 'server:',
    },
    {
      name: 'F06: BYE and CANCEL',
      trace: trace => flood(trace, ['BYE', 'CANCEL'], 600, 481),
      subject: 'server:',
    },
    {
      name: 'F03: REGISTER without a login that succeeds',
      trace: trace => {
        phones(trace, 500)
        flood(trace, ['REGISTER'], 1200, 401)
      },
      subject: 'server:',
    },
    {
      name: 'G02: own addresses from which nobody is found',
      trace: trace => {
        phones(trace, 1000)
        for (let i = 0; i < 1200; i += 1) trace.asks(address(i % 1000), { uri: `sip:${i}@example.test` }, 404)
      },
      subject: 'server:',
    },
    {
      name: 'D8 evasion: the mix is shifted a little each hour, for a day',
      trace: trace => {
        for (let hour = 0; hour < 24; hour += 1) {
          phones(trace, 150, hour * 150)
          flood(trace, ['INVITE'], hour * 20, 407)
          trace.wait(3_500_000)
        }
        flood(trace, ['INVITE'], 600, 407)
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
      name: 'F23: 3,000 new phones after a power cut, three tries each',
      trace: trace => phones(trace, 3000, 0, 3),
    },
    {
      name: 'a flash crowd that meets busy tones',
      trace: trace => {
        phones(trace, 500)
        for (let i = 0; i < 1500; i += 1) {
          const ip = address(i % 500)
          trace.asks(ip, {}, 407)
          trace.responds('198.51.100.1', ip, trace.call(ip, {}, `user${i % 500}@example.test`), 486)
        }
      },
    },
    {
      name: 'F25: a trunk whose campaign dials numbers that are not there',
      trace: trace => {
        for (let i = 0; i < 2000; i += 1) trace.asks(TRUNK_IP, {}, 404)
      },
    },
  ],
})
