import { attack } from '../attack.ts'
import { crowdAndCall, HONEST_BESIDE } from '../connections.ts'

const COUNT = 3_000
const SOURCES = 12

/** More connections than a process may have descriptors by default, from more addresses than a bound for each would catch. */
export const connectionsExhausted = attack({
  id: 'connections-exhausted',
  entry: 'F19',
  title: 'takes three thousand connections from a dozen addresses',
  threats: ['many-connections', 'syn-flood'],
  clause: '§3.2, connections; §3.1, SYN flood',
  references: ['RFC 3261 §26.3.2.4'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: COUNT + 2 * HONEST_BESIDE,
  needs: ['tcp', 'addresses'],
  expected: 'Honest users are served over UDP and TCP beside three thousand silent connections.',
  mending: {
    aspis:
      'On by default: `limits: connections`; descriptors for the database are kept back, and who says nothing is closed after ten seconds.',
    kamailio:
      'Raise `tcp_max_connections` and the descriptors of the process, and bound connections of each source: `tcp_accept_iplimit` (5.8 and later) or the packet filter (`connlimit`).',
    opensips:
      'Raise `tcp_max_connections` and the descriptors of the process, and bound connections of each source in the packet filter (`connlimit`).',
    asterisk:
      'Bound connections of each source in the packet filter (`connlimit`), and raise the descriptors of the process.',
  },
  async run(trial) {
    return await crowdAndCall(trial, COUNT, SOURCES)
  },
})
