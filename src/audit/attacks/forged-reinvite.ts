import { attack } from '../attack.ts'
import { callThrough } from '../call.ts'
import { intrude, intruderSdp, outcomeOf } from '../intruding.ts'

/** INVITE within a call of others that sends their media to the attacker. */
export const forgedReinvite = attack({
  id: 'forged-reinvite',
  entry: 'E03',
  title: "takes the media of somebody else's call with a forged re-INVITE",
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, hijacking; Table 1, row 4',
  references: ['RFC 3261 §14.1', 'RFC 3261 §12.2.1.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'A re-INVITE of somebody who is no part of the call reaches neither side.',
  mending: {
    aspis:
      'On by default: requests within dialogs need the proof of their dialog and its source, or credentials.',
    kamailio:
      'Challenge within dialogs too: `if (has_totag() && is_method("INVITE|UPDATE") && !proxy_authorize(…)) { proxy_challenge(…); exit; }` before `loose_route()`.',
    opensips:
      'Call `proxy_authorize()` for INVITE and UPDATE with a To tag before `loose_route()`, and `validate_dialog()` behind it.',
    asterisk: 'PJSIP matches dialogs by tags: use TLS, and SRTP so that moved media cannot be heard.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const more = { method: 'INVITE', contact: attacker.contact, body: intruderSdp(attacker) }
    return outcomeOf(trial, calling.call, await intrude(trial, calling.call, attacker, more))
  },
})
