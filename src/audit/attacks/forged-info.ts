import { attack } from '../attack.ts'
import { callThrough } from '../call.ts'
import { intrude, outcomeOf } from '../intruding.ts'

/** INFO within a call of others: digits that nobody pressed (RFC 6086 calls INFO a package's carrier). */
export const forgedInfo = attack({
  id: 'forged-info',
  entry: 'E03',
  title: "presses digits in somebody else's call with a forged INFO",
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, hijacking; Table 1, row 4',
  references: ['RFC 6086 §4.2', 'RFC 3261 §12.2.1.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'An INFO of somebody who is no part of the call reaches neither side.',
  mending: {
    aspis:
      'On by default: requests within dialogs need the proof of their dialog and its source, or credentials.',
    kamailio:
      'Challenge every request with a To tag but ACK and CANCEL: `proxy_authorize(…)` before `loose_route()`.',
    opensips: 'Call `proxy_authorize()` for every request with a To tag but ACK, before `loose_route()`.',
    asterisk: 'Set `dtmf_mode=rfc4733` on endpoints, so that digits do not come by INFO; use TLS.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const more = {
      method: 'INFO',
      contact: false as const,
      contentType: 'application/dtmf-relay',
      body: 'Signal=9\r\nDuration=160\r\n',
    }
    return outcomeOf(trial, calling.call, await intrude(trial, calling.call, attacker, more))
  },
})
