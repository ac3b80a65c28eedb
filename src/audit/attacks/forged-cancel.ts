import { attack } from '../attack.ts'
import { cancelOf } from '../cancel.ts'
import { decline, ringThrough } from '../ringing.ts'

/** CANCEL that fits the INVITE of somebody else in every field, from another address. */
export const forgedCancel = attack({
  id: 'forged-cancel',
  entry: 'E02',
  title: "cancels somebody else's ringing call with a CANCEL that fits its INVITE",
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, call termination; Table 1, row 4',
  references: ['RFC 3261 §9.2', 'RFC 3261 §22.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A CANCEL is believed only from where its INVITE came from; the call rings on.',
  mending: {
    aspis: 'On by default: a CANCEL must come from the source of its INVITE.',
    kamailio:
      'Keep `$si` and `$sp` of the INVITE by Call-ID (`$sht` of htable), and drop a CANCEL from elsewhere before `t_relay_cancel()`.',
    opensips:
      'Keep `$si` of the INVITE by Call-ID (`cache_store("local", …)`), and drop a CANCEL from elsewhere before `t_relay()`.',
    asterisk: 'PJSIP finds the call by the branch alone: use TLS, so that nobody sees it or sends beside it.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const rung = await ringThrough(alice, bob)
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    const { ringing } = rung
    attacker.line.send(cancelOf(ringing.sent))
    const cancel = await bob.request('CANCEL', trial.silenceMs)
    const { final, status } = await decline(ringing)
    const counts = { reached: cancel === undefined ? 0 : 1 }
    if (cancel !== undefined) return trial.succeeded('the CANCEL of a stranger reached the callee', counts)
    if (status === 487) return trial.succeeded('the caller got 487 for a call that it did not cancel', counts)
    if (status !== 486)
      return trial.inconclusive(`the callee said 486, and the caller got ${final?.startLine ?? 'nothing'}`)
    return trial.resisted('no CANCEL reached the callee, and the call rang until it was declined', counts)
  },
})
