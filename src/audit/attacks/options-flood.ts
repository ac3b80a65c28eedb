import { attack } from '../attack.ts'
import { floodText, idleUser } from '../flooding.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

const COUNT = 12_000

/** Requests that need no state, half of them of a method that nobody knows. */
export const optionsFlood = attack({
  id: 'options-flood',
  entry: 'F04',
  title: 'floods the server with OPTIONS and unknown methods',
  threats: ['flooding'],
  clause: 'Table 1, row 6; §3.3, packet bombarding',
  references: ['RFC 3261 §26.3.2.4', 'RFC 3261 §8.2.1'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: [],
  expected: 'Honest users register and call while the flood lasts.',
  mending: {
    aspis:
      'On by default: strangers cost no state, and share the part of the time that `limits: strangers` gives them.',
    kamailio:
      'Count sources with `pike` before anything else; answer with `sl_send_reply()`, and drop methods that nobody uses.',
    opensips:
      'Count sources with `pike` before anything else; answer with `sl_send_reply()`, and drop methods that nobody uses.',
    asterisk:
      'PJSIP has no bound for strangers: put an edge before it, or a packet filter with a rate for each source.',
  },
  run(trial) {
    const { target } = trial
    const texts = ['OPTIONS', 'FLOOD'].map(method =>
      floodText(target.domain, { method, uri: idleUser(target) }),
    )
    return floodAndCall(trial, 'OPTIONS and unknown requests', { texts, perSecond: 4_000, count: COUNT })
  },
})
