import { attack } from '../attack.ts'
import { floodText, idleUser } from '../flooding.ts'
import { sdp } from '../saying.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

const COUNT = 12_000

/** INVITEs without credentials, faster than anybody calls. */
export const inviteFlood = attack({
  id: 'invite-flood',
  entry: 'F01',
  title: 'floods the server with INVITEs from one address',
  threats: ['flooding'],
  clause: 'Table 1, row 6; §3.3, packet bombarding',
  references: ['RFC 3261 §26.3.2.4', 'RFC 7339 §5.10.1'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: [],
  expected: 'Honest users register and call while the flood lasts.',
  mending: {
    aspis:
      'On by default: strangers cost no state, and share the part of the time that `limits: strangers` gives them.',
    kamailio: 'Count sources with `pike` or `pipelimit` before anything else, and challenge statelessly.',
    opensips: 'Count sources with `pike` or `ratelimit` before anything else, and challenge statelessly.',
    asterisk:
      'PJSIP has no bound for strangers: put an edge before it, or a packet filter with a rate for each source.',
  },
  run(trial) {
    const { target } = trial
    const saying = { method: 'INVITE', uri: idleUser(target), body: sdp('127.0.0.1') }
    const texts = [floodText(target.domain, saying)]
    return floodAndCall(trial, 'INVITEs', { texts, perSecond: 4_000, count: COUNT })
  },
})
