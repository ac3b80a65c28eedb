import { attack } from '../attack.ts'
import { within } from '../call.ts'
import type { Heard } from '../heard.ts'
import { intruderSdp, isOf, overheard } from '../intruding.ts'
import { dialogBy, ringThrough } from '../ringing.ts'
import { sdp } from '../saying.ts'

/** ACK for the 200 of somebody else's call, sooner than its caller's, with another session description. */
export const forgedAck = attack({
  id: 'forged-ack',
  entry: 'E04',
  title: "acknowledges somebody else's call with a session description of its own",
  threats: ['unauthenticated-ack', 'spoofed-in-dialog-request'],
  clause: '§3.3, ACK relies on the credentials of previous requests',
  references: ['RFC 3261 §22.1', 'RFC 3261 §13.2.2.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: "An ACK from another address does not reach the callee; the caller's own does.",
  mending: {
    aspis: 'On by default: an ACK needs the proof of its dialog and its source, or it is dropped.',
    kamailio:
      'ACK cannot be challenged: keep `$si` of the INVITE by Call-ID (`$sht` of htable), and drop an ACK from elsewhere before `loose_route()`.',
    opensips:
      'ACK cannot be challenged: compare `$si` with that kept of the INVITE by Call-ID before `loose_route()`, and call `validate_dialog()` behind it.',
    asterisk: 'PJSIP takes an ACK by its tags: use TLS, and offer the session in the INVITE.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const rung = await ringThrough(alice, bob, { body: '' })
    if ('problem' in rung) return trial.inconclusive(rung.problem)
    const { ringing } = rung
    bob.respond(ringing.invite, 200, { toTag: ringing.toTag, body: sdp(bob.line.local.ip) })
    const { final, status } = await ringing.answer
    if (final === undefined || status !== 200)
      return trial.inconclusive(`the callee accepted, and the caller got ${final?.startLine ?? 'nothing'}`)
    const party = dialogBy(ringing, final)
    const ack = { ...within(party, 'ACK'), cseq: final.cseq.number }
    const forgery = overheard(trial, attacker, { ...ack, contact: false, body: intruderSdp(attacker) })
    attacker.line.send(attacker.text(forgery))
    const isForged = (each: Heard): boolean => each.method === 'ACK' && isOf(attacker, each)
    const forged = await bob.line.next(isForged, trial.silenceMs)
    alice.line.send(alice.text({ ...ack, body: sdp(alice.line.local.ip) }))
    if (forged !== undefined)
      return trial.succeeded(
        'the forged ACK reached the callee, with the address of the attacker for its media',
      )
    const own = await bob.line.next(each => each.method === 'ACK' && each.body !== '', trial.answerMs)
    if (own === undefined)
      return trial.inconclusive(
        bob.line.heard.some(({ method }) => method === 'ACK')
          ? 'the server acknowledges by itself: where its media goes after a forged ACK is not seen'
          : "neither the forged ACK nor the caller's own reached the callee",
      )
    return trial.resisted("the forged ACK went nowhere, and the caller's own reached the callee")
  },
})
