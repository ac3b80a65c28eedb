import { attack } from '../attack.ts'
import { callThrough } from '../call.ts'
import { intrude, intruderSdp, outcomeOf } from '../intruding.ts'
import { MENDING_OF_MEDIA_THEFT } from '../shared-mending.ts'

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
  mending: MENDING_OF_MEDIA_THEFT,
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const more = { method: 'INVITE', contact: attacker.contact, body: intruderSdp(attacker) }
    return outcomeOf(trial, calling.call, await intrude(trial, calling.call, attacker, more))
  },
})
