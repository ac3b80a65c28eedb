import { attack } from '../attack.ts'
import { floodText, idleUser } from '../flooding.ts'
import { sdp } from '../saying.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

/** Each sends one message in so many milliseconds: no rate for each source sees it. */
const SOURCES = 400

const COUNT = 12_000

/** The same from many addresses, as a flood with forged sources looks. */
export const inviteFloodOfMany = attack({
  id: 'invite-flood-of-many',
  entry: 'F02',
  title: 'floods the server with INVITEs from hundreds of addresses',
  threats: ['flooding', 'ip-spoofing'],
  clause: 'Table 1, row 6; §3.3, packet bombarding',
  references: ['RFC 3261 §26.3.2.4', 'RFC 7339 §5.10.1'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: ['addresses'],
  expected: 'Honest users register and call while the flood lasts.',
  mending: {
    aspis:
      'On by default: strangers cost no state, and share the part of the time that `limits: strangers` gives them.',
    kamailio:
      'A count for each source does not help: bound all that is new with `pipelimit` or `ratelimit`, and let registered users pass first.',
    opensips:
      'A count for each source does not help: bound all that is new with `ratelimit`, and let registered users pass first.',
    asterisk:
      'PJSIP has no bound for strangers: put an edge before it, or a packet filter with a rate for each source.',
  },
  run(trial) {
    const { target } = trial
    const saying = { method: 'INVITE', uri: idleUser(target), body: sdp('127.0.0.1') }
    const texts = [floodText(target.domain, saying)]
    const flood = { texts, perSecond: 4_000, count: COUNT, sources: SOURCES }
    return floodAndCall(trial, `INVITEs of ${SOURCES} addresses`, flood)
  },
})
