import { attack } from '../attack.ts'
import { callThrough } from '../call.ts'
import { intrude, outcomeOf } from '../intruding.ts'

/** BYE with the tags of a call that stands, from somebody who is no part of it. */
export const forgedBye = attack({
  id: 'forged-bye',
  entry: 'E01',
  title: "ends somebody else's call with a forged BYE",
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, call termination; Table 1, row 4',
  references: ['RFC 3261 §15', 'RFC 3261 §12.2.1.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts'],
  expected: 'A BYE from another address without credentials reaches neither side of the call.',
  mending: {
    aspis: 'On by default: requests within dialogs need the proof of their dialog, or credentials.',
    kamailio:
      'Challenge within dialogs too: `if (has_totag() && !is_method("ACK|CANCEL") && !proxy_authorize(…)) { proxy_challenge(…); exit; }` before `loose_route()`; then compare `$au` with `$fU`.',
    opensips:
      'Call `proxy_authorize()` for every request with a To tag but ACK before `loose_route()`, and `validate_dialog()` behind it.',
    asterisk: 'PJSIP matches dialogs by tags alone: keep the port to known peers, use TLS.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const more = { method: 'BYE', contact: false as const }
    return outcomeOf(trial, calling.call, await intrude(trial, calling.call, attacker, more))
  },
})
