import { attack } from '../attack.ts'
import { cancelOf } from '../cancel.ts'
import { decline, ringThrough } from '../ringing.ts'
import { token } from '../saying.ts'

/** CANCEL that knows a call by what any element on its way shows, but not the branch. */
export const cancelWithoutBranch = attack({
  id: 'cancel-without-branch',
  entry: 'E02',
  title: 'cancels a ringing call by its Call-ID, with a branch of its own',
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, call termination',
  references: ['RFC 3261 §9.2', 'RFC 3261 §17.2.3'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A CANCEL that fits no transaction is answered 481 or dropped; the call rings on.',
  mending: {
    aspis:
      'On by default: a CANCEL is matched by branch, sent-by and source, and never forwarded without a match.',
    kamailio:
      'Forward only what matches: `if (is_method("CANCEL")) { if (t_check_trans()) route(RELAY); exit; }`.',
    opensips:
      'Forward only what matches: `if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }`.',
    asterisk: 'PJSIP matches by branch: keep to a released version.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const rung = await ringThrough(alice, bob)
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    const { ringing } = rung
    const via = (): string => `SIP/2.0/${attacker.sentBy};branch=z9hG4bK${token()};rport`
    const whole = cancelOf(ringing.sent, { via: via() })
    const poor = cancelOf(ringing.sent, { via: via() })
      .replace(/^From:.*$/m, `From: <${attacker.aor}>;tag=${token()}`)
      .replace(/^CSeq:.*$/m, 'CSeq: 1 CANCEL')
    const old = cancelOf(ringing.sent, { via: `SIP/2.0/${attacker.sentBy}` })
    const tries = [whole, poor, old]
    for (const text of tries) attacker.line.send(text)
    const cancel = await bob.request('CANCEL', trial.silenceMs)
    const { final, status } = await decline(ringing)
    const counts = { tried: tries.length, reached: cancel === undefined ? 0 : 1 }
    if (cancel !== undefined || status === 487)
      return trial.succeeded(
        `one of ${tries.length} CANCELs without the branch of the INVITE ${cancel === undefined ? 'ended the call: its caller got 487' : 'reached the callee'}`,
        counts,
      )
    if (status !== 486)
      return trial.inconclusive(`the callee said 486, and the caller got ${final?.startLine ?? 'nothing'}`)
    return trial.resisted(
      `none of ${tries.length} CANCELs had an effect: the call rang until it was declined`,
      counts,
    )
  },
})
