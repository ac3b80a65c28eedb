import { attack } from '../attack.ts'
import { callThrough, hangUp, within } from '../call.ts'
import { overheard } from '../intruding.ts'
import { answered, reach } from '../reach.ts'
import { REFER_MENDING } from '../refer-mending.ts'

/** REFER with the tags of a call, from somebody outside it. */
export const referIntoForeignCall = attack({
  id: 'refer-into-foreign-call',
  entry: 'D08',
  title: "transfers a party of somebody else's call, by a REFER with its tags",
  threats: ['spoofed-in-dialog-request', 'referee-in-the-middle'],
  clause: '§3.3, REFER; §3.1, call hijacking',
  references: ['RFC 3515 §2.4.1', 'RFC 3261 §12.2.1.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 100,
  needs: ['two-accounts'],
  expected: 'A REFER into a call comes through from its parties only.',
  mending: REFER_MENDING,
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const stranger = await trial.stranger()
    const insider =
      trial.target.accounts[2] === undefined ? undefined : await trial.registered(2, { who: 'insider' })
    const calling = await callThrough(alice, bob)
    if ('problem' in calling) return trial.inconclusive(calling.problem)
    const { call } = calling
    // A server that joins two calls of its own needs a moment for it.
    await trial.pause(trial.silenceMs)
    const { accounts, domain } = trial.target
    const towards = accounts[2]?.user ?? accounts[0]?.user ?? ''
    const refer = () => ({
      ...within(call.caller, 'REFER'),
      lines: [`Refer-To: <sip:${towards}@${domain}>`],
    })
    const tries = [
      await reach(stranger, bob, overheard(trial, stranger, refer()), {
        isBare: true,
        withinMs: trial.silenceMs,
      }),
      ...(insider === undefined
        ? []
        : [await reach(insider, bob, overheard(trial, insider, { ...refer(), from: insider.aor }))]),
    ]
    const reached = tries.filter(({ request }) => request !== undefined).length
    // A server that makes calls of its own is the party that is referred.
    const accepted = tries.filter(({ answer: { status } }) => status >= 200 && status < 300).length
    const called = insider?.line.heard.find(({ method }) => method === 'INVITE')
    if (called !== undefined) insider?.respond(called, 486, { toTag: 'referred', contact: false })
    const counts = { tried: tries.length, reached, accepted, called: called === undefined ? 0 : 1 }
    const stands = await hangUp(call)
    if (reached > 0)
      return trial.succeeded(
        `${reached} of ${tries.length} REFERs from outside the call came to its callee`,
        counts,
      )
    if (accepted > 0)
      return trial.succeeded(
        `the server took ${accepted} of ${tries.length} REFERs from outside the call, ${called === undefined ? 'and called nobody yet' : 'and called whom they named'}`,
        counts,
      )
    if (!stands) return trial.inconclusive('the call could not be ended by its own parties', counts)
    const refused = tries.map(({ answer }) => answered(answer)).join('; ')
    return trial.resisted(
      `none of ${tries.length} REFERs from outside the call came through: ${refused}`,
      counts,
    )
  },
})
