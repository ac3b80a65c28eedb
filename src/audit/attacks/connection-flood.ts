import { attack } from '../attack.ts'
import { crowdAndCall, HONEST_BESIDE } from '../connections.ts'

const COUNT = 1_000

/** As many connections as one machine opens in a moment. */
export const connectionFlood = attack({
  id: 'connection-flood',
  entry: 'F15',
  title: 'opens a thousand connections from one address and says nothing',
  threats: ['syn-flood', 'many-connections'],
  clause: '§3.1, SYN flood; §3.2, connections',
  references: ['RFC 3261 §26.3.2.4', 'RFC 4987 §3'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: COUNT + 2 * HONEST_BESIDE,
  needs: ['tcp'],
  expected: 'Honest users are served over UDP and TCP beside a thousand silent connections.',
  mending: {
    aspis:
      'On by default: `limits: connections-per-source` and `limits: connections`; who says nothing is closed after ten seconds.',
    kamailio:
      'Raise `tcp_max_connections` and the descriptors of the process, and bound connections of each source: `tcp_accept_iplimit` (5.8 and later) or the packet filter (`connlimit`).',
    opensips:
      'Raise `tcp_max_connections` and the descriptors of the process, and bound connections of each source in the packet filter (`connlimit`).',
    asterisk:
      'Bound connections of each source in the packet filter (`connlimit`), and raise the descriptors of the process.',
  },
  async run(trial) {
    return await crowdAndCall(trial, COUNT, 1)
  },
})
