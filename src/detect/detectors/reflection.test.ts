import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { reflection } from './reflection.ts'

const VICTIM = '198.51.100.7'
const OFFICE = '192.0.2.1'

const challenged = (trace: Trace, ip: string, method = 'REGISTER') => trace.asks(ip, { method }, 401)

tryDetector(reflection, {
  alarm: [
    {
      name: 'F14: challenges for one address that nobody makes use of',
      subject: `source:${VICTIM}`,
      isSpoofable: true,
      trace: trace => {
        for (let n = 0; n < 300; n += 1) {
          challenged(trace, VICTIM, n % 2 === 0 ? 'REGISTER' : 'INVITE')
          trace.atMs += 50
        }
      },
    },
    {
      name: 'F14 evasion: for all addresses of a network',
      subject: 'prefix:198.51.100.0/24',
      trace: trace => {
        for (let n = 0; n < 2000; n += 1) {
          challenged(trace, `198.51.100.${n % 250}`)
          trace.atMs += 5
        }
      },
    },
  ],
  quiet: [
    {
      name: 'F23 F24: a thousand phones of one address that come back with credentials, or acknowledge',
      trace: trace => {
        for (let n = 0; n < 1000; n += 1) {
          challenged(trace, OFFICE)
          trace.logsIn(OFFICE, `u${n}`)
          const invite = challenged(trace, OFFICE, 'INVITE')
          trace.request(OFFICE, { method: 'ACK', callId: invite.callId, toTag: 'x' })
          trace.atMs += 20
        }
      },
    },
    {
      name: 'over TCP, to a neighbour, and a few that are lost',
      trace: trace => {
        for (let n = 0; n < 500; n += 1) {
          trace.asks(OFFICE, { method: 'REGISTER' }, 401, '', 'tcp')
          challenged(trace, TRUNK_IP)
          if (n % 10 === 0) challenged(trace, VICTIM)
          trace.atMs += 100
        }
      },
    },
  ],
})
