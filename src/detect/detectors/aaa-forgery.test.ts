import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import type { AaaSeen } from '../sighting.ts'
import { aaaForgery } from './aaa-forgery.ts'

const shows = (trace: Trace, what: AaaSeen['what'], detail = '') =>
  trace.see({ kind: 'aaa', ...trace.where('0.0.0.0'), server: 'radius.test', what, detail })

tryDetector(aaaForgery, {
  alarm: [
    {
      name: 'H09: an acceptance without Message-Authenticator',
      subject: 'domain:radius.test',
      trace: trace => shows(trace, 'answer-forged', 'message-authenticator-missing'),
    },
    {
      name: 'H10: a peer that is not who it says',
      subject: 'domain:radius.test',
      trace: trace => shows(trace, 'answer-forged', 'identity-wrong'),
    },
    {
      name: 'H09: a server that is kept from answering, again and again',
      subject: 'domain:radius.test',
      trace: trace => {
        for (let n = 0; n < 6; n += 1) {
          shows(trace, 'dead')
          shows(trace, 'alive')
          trace.wait(60_000)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'a server that restarts now and then',
      trace: trace => {
        for (let n = 0; n < 20; n += 1) {
          shows(trace, 'dead')
          shows(trace, 'alive')
          trace.atMs += 1_800_000
        }
      },
    },
  ],
})
