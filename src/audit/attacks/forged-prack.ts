import { attack } from '../attack.ts'
import { within } from '../call.ts'
import { intruderSdp, overheard } from '../intruding.ts'
import { decline, dialogBy, ringingAt, ringThrough } from '../ringing.ts'

/** PRACK of somebody else for the provisional response of a call that rings; it may carry a session description. */
export const forgedPrack = attack({
  id: 'forged-prack',
  entry: 'E03',
  title: "speaks in somebody else's ringing call with a forged PRACK",
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, hijacking',
  references: ['RFC 3262 §3', 'RFC 3262 §5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A PRACK of somebody who is no part of the call does not reach the callee.',
  mending: {
    aspis:
      'On by default: requests within dialogs need the proof of their dialog and its source, or credentials.',
    kamailio:
      'Challenge every request with a To tag but ACK and CANCEL: `proxy_authorize(…)` before `loose_route()`.',
    opensips: 'Call `proxy_authorize()` for every request with a To tag but ACK, before `loose_route()`.',
    asterisk: 'Set `100rel=no` on endpoints where nothing needs it; use TLS.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const rung = await ringThrough(alice, bob)
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    const { ringing } = rung
    const heard = await ringingAt(ringing, trial.answerMs)
    if (heard === undefined) return trial.inconclusive('the 180 of the callee did not reach the caller')
    const forged = overheard(trial, attacker, {
      ...within(dialogBy(ringing, heard), 'PRACK'),
      contact: false as const,
      lines: [`RAck: 1 ${heard.cseq.number} INVITE`],
      body: intruderSdp(attacker),
    })
    const asked = attacker.ask(forged, trial.silenceMs)
    const prack = await bob.request('PRACK', trial.silenceMs)
    if (prack !== undefined) bob.respond(prack, 481, { contact: false })
    const { final } = await asked
    const { status } = await decline(ringing)
    if (prack !== undefined) return trial.succeeded('a forged PRACK reached the callee of a ringing call')
    if (status !== 486) return trial.inconclusive('the call did not ring on until it was declined')
    return trial.resisted(`the forged PRACK got ${final?.startLine ?? 'silence'}, and the call rang on`)
  },
})
