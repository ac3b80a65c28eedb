import { attack } from '../attack.ts'
import { floodText, idleUser } from '../flooding.ts'
import { floodAndCall, HONEST_MESSAGES } from '../under-load.ts'

const COUNT = 12_000

/** Requests that end or acknowledge calls that never were: ACK cannot be challenged, CANCEL must not be. */
export const inDialogFlood = attack({
  id: 'in-dialog-flood',
  entry: 'F06',
  title: 'floods the server with ACK, BYE and CANCEL',
  threats: ['flooding', 'unauthenticated-ack'],
  clause: 'Table 1, row 6; §3.3, ACK',
  references: ['RFC 3261 §22.1', 'RFC 3261 §9.2'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 2 * COUNT + HONEST_MESSAGES,
  needs: [],
  expected: 'Honest users register and call while the flood lasts.',
  mending: {
    aspis:
      'On by default: without the keyed proof of a dialog an ACK is dropped, and a BYE or CANCEL is answered without state.',
    kamailio:
      'Call `t_check_trans()` for ACK and CANCEL and drop what it does not know; count sources with `pike` before.',
    opensips:
      'Call `t_check_trans()` for ACK and CANCEL and drop what it does not know; count sources with `pike` before.',
    asterisk:
      'PJSIP has no bound for strangers: put an edge before it, or a packet filter with a rate for each source.',
  },
  run(trial) {
    const { target } = trial
    const texts = ['ACK', 'BYE', 'CANCEL'].map(method => {
      const tagged = method === 'CANCEL' ? {} : { toTag: '{n}' }
      return floodText(target.domain, { method, uri: idleUser(target), ...tagged })
    })
    return floodAndCall(trial, 'ACK, BYE and CANCEL', { texts, perSecond: 4_000, count: COUNT })
  },
})
