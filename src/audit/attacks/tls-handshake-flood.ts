import { attack } from '../attack.ts'
import { clientHello, HONEST_BESIDE, judgeBeside, openMany, unservedBeside } from '../connections.ts'

const COUNT = 600
/** Octets of a ClientHello that says its length and no more. */
const FRAGMENT = 20

/** Half of them send a whole ClientHello, for which the server computes a key; half a fragment of one. */
export const tlsHandshakeFlood = attack({
  id: 'tls-handshake-flood',
  entry: 'F17',
  title: 'begins TLS handshakes without end and leaves them',
  threats: ['syn-flood', 'many-connections'],
  clause: '§3.2, TLS; §3.1, TCP',
  references: ['RFC 8446 §4.1.2', 'RFC 3261 §26.3.2.4'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: COUNT + 2 * HONEST_BESIDE,
  needs: ['tls'],
  expected: 'Honest users are served over TLS and UDP while handshakes are begun and left.',
  mending: {
    aspis:
      'On by default: half-open handshakes are bounded, the oldest makes room, and each has five seconds.',
    kamailio:
      'Set `tls` `connection_timeout` to a few seconds, and bound new connections of each source in the packet filter.',
    opensips:
      'Bound new connections of each source in the packet filter (`connlimit`), and raise `tcp_max_connections`.',
    asterisk:
      'Bound connections of each source in the packet filter (`connlimit`), and raise the descriptors of the process.',
  },
  async run(trial) {
    const transports = ['TLS', 'UDP'] as const
    const before = await unservedBeside(trial, transports)
    if (before !== undefined) return trial.inconclusive(`honest users were not served before ${before}`)
    const hello = await clientHello(trial.target.domain)
    const crowd = await openMany(trial, { transport: 'TLS', count: COUNT })
    for (const [at, socket] of crowd.sockets.entries()) {
      if (socket.readyState === 'open') socket.write(at % 2 === 0 ? hello : hello.subarray(0, FRAGMENT))
    }
    const problem = await unservedBeside(trial, transports)
    const standing = crowd.standing()
    const told = `${COUNT} handshakes were begun and left, ${standing} still stood`
    return judgeBeside(trial, told, problem, { begun: COUNT, standing })
  },
})
