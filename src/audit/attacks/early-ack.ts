import { attack } from '../attack.ts'
import { within } from '../call.ts'
import { intruderSdp, isOf, overheard } from '../intruding.ts'
import { decline, dialogBy, ringingAt, ringThrough } from '../ringing.ts'

/** ACK while the call still rings: nothing is there to be acknowledged. */
export const earlyAck = attack({
  id: 'early-ack',
  entry: 'E04',
  title: "acknowledges somebody else's call before it is answered",
  threats: ['unauthenticated-ack'],
  clause: '§3.3, ACK relies on the credentials of previous requests',
  references: ['RFC 3261 §17.2.1', 'RFC 3261 §16.6'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'An ACK for a call that nobody answered goes nowhere.',
  mending: {
    aspis: 'On by default: an ACK needs the proof of its dialog and its source, or it is dropped.',
    kamailio:
      'ACK cannot be challenged: keep `$si` of the INVITE by Call-ID (`$sht` of htable), and drop an ACK from elsewhere before `loose_route()`.',
    opensips:
      'ACK cannot be challenged: compare `$si` with that kept of the INVITE by Call-ID before `loose_route()`, and call `validate_dialog()` behind it.',
    asterisk: 'A back-to-back user agent sends no ACK of others on: nothing to do.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const rung = await ringThrough(alice, bob)
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    const { ringing } = rung
    const heard = await ringingAt(ringing, trial.answerMs)
    if (heard === undefined) return trial.inconclusive('the 180 of the callee did not reach the caller')
    const early = overheard(trial, attacker, {
      ...within(dialogBy(ringing, heard), 'ACK'),
      contact: false as const,
      body: intruderSdp(attacker),
    })
    attacker.line.send(attacker.text(early))
    const ack = await bob.line.next(each => each.method === 'ACK' && isOf(attacker, each), trial.silenceMs)
    const { status } = await decline(ringing)
    if (ack !== undefined)
      return trial.succeeded('an ACK of a stranger reached a callee whose phone still rang')
    if (status !== 486) return trial.inconclusive('the call did not ring on until it was declined')
    return trial.resisted('the ACK went nowhere, and the call rang until it was declined')
  },
})
