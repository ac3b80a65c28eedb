import { sipRequest, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { credentialReplay } from './credential-replay.ts'

const THIEF = '192.0.2.7'
const HOME = '198.51.100.4'

/** REGISTER of alice with a response of its own. */
function register(response: string): ReturnType<typeof sipRequest> {
  const aor = 'sip:alice@example.test'
  const line = `Authorization: Digest username="alice", realm="example.test", nonce="n", uri="sip:example.test", response="${response}"`
  return sipRequest({ method: 'REGISTER', uri: 'sip:example.test', from: aor, to: aor, lines: [line] })
}

function judged(trace: Trace, ip: string, response: string, why = '', user = 'alice'): void {
  const request = trace.request(ip, register(response))
  trace.observer.credentials(trace.where(ip), request, {
    ...{
      isAccepted: why === '',
      why,
      user,
      realm: 'example.test',
      isNonceOurs: why !== 'nonce-of-other-source',
    },
  })
  trace.answer(ip, request, why === '' ? 200 : 401, why)
}

tryDetector(credentialReplay, {
  alarm: [
    {
      name: 'a response that was accepted comes again from elsewhere (C06, E11)',
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: trace => {
        judged(trace, HOME, 'aa')
        trace.wait(60_000)
        judged(trace, THIEF, 'aa', 'nonce-of-other-source')
        trace.wait(5000)
      },
    },
    {
      name: 'the count of a nonce is used again at the same address (C06)',
      subject: 'account:alice@example.test',
      trace: trace => {
        judged(trace, HOME, 'aa')
        judged(trace, HOME, 'aa', 'nonce-replayed')
        trace.wait(5000)
      },
    },
    {
      name: 'evasion: hours later, when the nonce is too old (C06)',
      subject: 'account:alice@example.test',
      trace: trace => {
        judged(trace, HOME, 'aa')
        trace.wait(3_600_000)
        judged(trace, HOME, 'aa', 'nonce-expired')
        trace.wait(5000)
      },
    },
    {
      name: 'what was captured before the server watched, of three accounts (E11)',
      subject: `source:${THIEF}`,
      trace: trace => {
        for (const user of ['alice', 'bob', 'carol']) {
          judged(trace, THIEF, `of-${user}`, 'nonce-of-other-source', user)
          trace.wait(5000)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'phones that come back at another address, with the nonce of the old one',
      trace: trace => {
        for (let i = 0; i < 50; i += 1) {
          judged(trace, `198.51.100.${i}`, `${i}`, 'nonce-of-other-source')
          trace.wait(500)
          judged(trace, `198.51.100.${i}`, `new${i}`)
          trace.wait(60_000)
        }
      },
    },
    {
      name: 'a phone that sends the same credentials until it is challenged',
      trace: trace => {
        for (let i = 0; i < 50; i += 1) {
          judged(trace, HOME, `${i}`)
          trace.wait(60_000)
          judged(trace, HOME, `${i}`, 'nonce-replayed')
          trace.wait(100)
        }
        judged(trace, HOME, 'last')
        trace.wait(5000)
      },
    },
    {
      name: 'an old nonce after a restart',
      trace: trace => {
        for (let i = 0; i < 20; i += 1) {
          judged(trace, HOME, `old${i}`, 'nonce-of-other-node', `user${i}`)
          judged(trace, HOME, `new${i}`, '', `user${i}`)
        }
        trace.wait(5000)
      },
    },
  ],
})
