import { attack } from '../attack.ts'
import { responseText } from '../flooding.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

const COUNT = 12_000

/** Responses to requests that were never sent; a Via of the target on top makes them look like its own. */
export const responseFlood = attack({
  id: 'response-flood',
  entry: 'F05',
  title: 'floods the server with responses that nobody asked for',
  threats: ['flooding'],
  clause: 'Table 1, row 6; §3.3, packet bombarding',
  references: ['RFC 3261 §16.7', 'RFC 3261 §18.1.2'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: [],
  expected: 'Honest users register and call while the flood lasts.',
  mending: {
    aspis:
      'On by default: a response without the branch of a transaction that waits is dropped before it is parsed.',
    kamailio: 'Drop in `reply_route` what `t_check_trans()` does not know.',
    opensips: 'Let the packet filter bound the datagrams of each source that is no neighbour.',
    asterisk:
      'PJSIP has no bound for strangers: put an edge before it, or a packet filter with a rate for each source.',
  },
  run(trial) {
    const texts = ['180 Ringing', '200 OK', '404 Not Found'].map(status => responseText(trial.target, status))
    return floodAndCall(trial, 'responses', { texts, perSecond: 4_000, count: COUNT })
  },
})
