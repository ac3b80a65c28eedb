import { attack } from '../attack.ts'
import { callThrough } from '../call.ts'
import { intrude, outcomeOf } from '../intruding.ts'

/** BYE with a CSeq that the dialog has left behind, as one who replays or guesses numbers has it. */
export const oldCseqBye = attack({
  id: 'old-cseq-bye',
  entry: 'E07',
  title: "ends somebody else's call with a BYE whose CSeq goes back",
  threats: ['spoofed-in-dialog-request', 'replay'],
  clause: '§3.1, hijacking; Table 1, row 3',
  references: ['RFC 3261 §12.2.2', 'RFC 3261 §22.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'A request that goes back in its dialog, and comes from elsewhere, reaches neither side.',
  mending: {
    aspis:
      'On by default: requests within dialogs need the proof of their dialog and its source, or credentials.',
    kamailio:
      'Challenge every request with a To tag but ACK and CANCEL: `proxy_authorize(…)` before `loose_route()`.',
    opensips:
      'Call `proxy_authorize()` for every request with a To tag but ACK before `loose_route()`, and `validate_dialog()` behind it.',
    asterisk: 'PJSIP answers a CSeq that goes back with 500: nothing to do.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob, { cseq: 4_000 })
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const more = { method: 'BYE', contact: false as const, cseq: 2 }
    return outcomeOf(trial, calling.call, await intrude(trial, calling.call, attacker, more))
  },
})
