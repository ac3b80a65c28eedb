import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { spamCalls } from './spam-calls.ts'

const CALLER = '198.51.100.7'
const CALLEE = '192.0.2.9'
const ALICE = 'alice@example.test'

const uri = (n: number) => `sip:${2000 + n}@example.test`

function fails(trace: Trace, ip: string, n: number, status: number, account = ALICE): void {
  const invite = trace.call(ip, { uri: uri(n) }, account)
  trace.wait(5000)
  trace.responds(CALLEE, ip, invite, status)
}

/** The called hangs up. */
function hungUpOn(trace: Trace, n: number, talkMs: number, caller = CALLER, account = ALICE): void {
  const invite = trace.call(caller, { uri: uri(n), from: `sip:+4420${n}@x.test` }, account)
  trace.responds(CALLEE, caller, invite, 200)
  trace.request(caller, {
    method: 'ACK',
    callId: invite.callId,
    fromTag: invite.from.tag ?? '',
    toTag: 'callee',
  })
  trace.wait(talkMs)
  const bye = trace.request(CALLEE, {
    ...{ method: 'BYE', callId: invite.callId, from: invite.to.uriText, to: invite.from.uriText },
    ...{ fromTag: 'callee', toTag: invite.from.tag ?? '' },
  })
  trace.responds(caller, CALLEE, bye, 200)
}

tryDetector(spamCalls, {
  alarm: [
    {
      name: 'G09: nobody answers, many decline',
      subject: `account:${ALICE}`,
      isSpoofable: false,
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 30; n += 1) fails(trace, CALLER, n, n % 2 === 0 ? 603 : 480)
      },
    },
    {
      name: 'G09: they answer and hang up within seconds',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 30; n += 1) hungUpOn(trace, n, 4000)
      },
    },
    {
      name: 'G09: behind a trunk, under another number for each call',
      subject: 'trunk:carrier',
      trace: trace => {
        for (let n = 0; n < 60; n += 1) {
          hungUpOn(trace, n, 3000, TRUNK_IP, '')
          if (n % 4 === 0) hungUpOn(trace, 100 + n, 60_000, TRUNK_IP, '')
        }
      },
    },
    {
      name: 'G09: somebody without an account does it',
      subject: `source:${CALLER}`,
      isSpoofable: true,
      trace: trace => {
        for (let n = 0; n < 30; n += 1) fails(trace, CALLER, n, 480, '')
      },
    },
  ],
  quiet: [
    {
      name: 'F25: a campaign of a trunk',
      trace: trace => {
        for (let n = 0; n < 200; n += 1) fails(trace, TRUNK_IP, n, 480, '')
        for (let n = 0; n < 200; n += 1) hungUpOn(trace, n, n % 3 === 0 ? 3000 : 60_000, TRUNK_IP, '')
      },
    },
    {
      name: 'a sales desk that reaches one in four',
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 120; n += 1)
          if (n % 4 === 0) trace.talks(CALLER, CALLEE, 60_000, { uri: uri(n) }, ALICE)
          else fails(trace, CALLER, n, 480)
      },
    },
    {
      name: 'one who redials a busy number, and one whom the callees keep on the phone',
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 60; n += 1) fails(trace, CALLER, 1, 480)
        for (let n = 0; n < 40; n += 1) hungUpOn(trace, n, 60_000)
      },
    },
  ],
})
