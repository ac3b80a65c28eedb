import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { insiderEnumeration } from './insider-enumeration.ts'

/** A request with right credentials for a name, answered 404 by the server. */
function asks(trace: Trace, ip: string, name: string, status = 404): void {
  const request = trace.request(ip, { method: 'SUBSCRIBE', uri: `sip:${name}@example.test` })
  const judgement = { isAccepted: true, why: '', user: 'insider', realm: 'example.test', isNonceOurs: true }
  trace.observer.credentials(trace.where(ip), request, judgement)
  trace.answer(ip, request, status, 'unknown-user')
}

tryDetector(insiderEnumeration, {
  alarm: [
    {
      name: 'F07 G02 evasion: an account asks for names from many addresses',
      trace: trace => {
        for (let i = 0; i < 40; i += 1) {
          asks(trace, `192.0.${i}.7`, `nobody${i}`)
          trace.wait(180_000)
        }
      },
      subject: 'account:insider@example.test',
      isSpoofable: false,
    },
  ],
  quiet: [
    {
      name: 'a wrong name, dialled again and again',
      trace: trace => {
        for (let i = 0; i < 100; i += 1) asks(trace, '192.0.2.7', `nobody${i % 4}`)
      },
    },
    {
      name: 'a few typing errors each day',
      trace: trace => {
        for (let i = 0; i < 50; i += 1) {
          asks(trace, '192.0.2.7', `nobody${i}`)
          trace.wait(14_400_000)
        }
      },
    },
    {
      name: 'names that are there',
      trace: trace => {
        for (let i = 0; i < 100; i += 1) asks(trace, '192.0.2.7', `user${i}`, 200)
      },
    },
  ],
})
