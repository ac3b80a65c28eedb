import { attack } from '../attack.ts'
import { floodText, idleUser } from '../flooding.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

/** Less than the 65,507 octets that IPv4 takes, since identifiers differ in length. */
const OCTETS = 64_000

const COUNT = 1_800

/** Datagrams as large as UDP has them: whole messages, a header without end, and no SIP at all; on a network they come in pieces. */
export const largeDatagrams = attack({
  id: 'large-datagrams',
  entry: 'F21',
  title: 'floods the server with datagrams of 64 KiB',
  threats: ['flooding', 'malformed-messages'],
  clause: 'Table 1, row 6; §3.3, packet bombarding',
  references: ['RFC 3261 §18.1.1', 'RFC 768'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: [],
  expected: 'Honest users register and call while the flood lasts.',
  mending: {
    aspis: 'On by default: what is longer than a datagram of SIP may be is dropped before it is read.',
    kamailio: 'Drop what `msg:len` says is longer than 4 KiB first; let the packet filter drop fragments.',
    opensips: 'Drop what `$ml` says is longer than 4 KiB first; let the packet filter drop fragments.',
    asterisk: 'Let the packet filter drop fragments and datagrams longer than 4 KiB to the SIP port.',
  },
  run(trial) {
    const { target } = trial
    const { domain } = target
    const asked = { method: 'MESSAGE', uri: idleUser(target), contentType: 'text/plain' }
    const texts = [
      floodText(domain, { ...asked, body: 'x'.repeat(OCTETS) }),
      floodText(domain, { ...asked, lines: Array.from({ length: OCTETS / 8 }, () => 'X: 123') }),
      `{n}${'x'.repeat(OCTETS)}`,
    ]
    return floodAndCall(trial, `datagrams of ${OCTETS} octets`, { texts, perSecond: 600, count: COUNT })
  },
})
