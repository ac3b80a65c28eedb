import { attack } from '../attack.ts'
import { callThrough } from '../call.ts'
import { intrude, intruderSdp, outcomeOf } from '../intruding.ts'
import { MENDING_OF_MEDIA_THEFT } from '../shared-mending.ts'

/** UPDATE within a call of others: like a re-INVITE, but nobody is asked. */
export const forgedUpdate = attack({
  id: 'forged-update',
  entry: 'E03',
  title: "takes the media of somebody else's call with a forged UPDATE",
  threats: ['spoofed-in-dialog-request'],
  clause: '§3.1, hijacking',
  references: ['RFC 3311 §5.2', 'RFC 3311 §7'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'An UPDATE of somebody who is no part of the call reaches neither side.',
  mending: MENDING_OF_MEDIA_THEFT,
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const attacker = await trial.stranger()
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const more = { method: 'UPDATE', contact: attacker.contact, body: intruderSdp(attacker) }
    return outcomeOf(trial, calling.call, await intrude(trial, calling.call, attacker, more))
  },
})
