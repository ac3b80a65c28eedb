import { hostPort } from './line/place.ts'
import type { Trap } from './line/trap.ts'
import type { Outcome } from './outcome.ts'
import { sdp } from './saying.ts'
import { soon } from './soon.ts'
import type { Trial } from './trial.ts'

/** A user registers a place that is not its own and is called: whether the call is sent there. */
export async function answerToContact(trial: Trial, trap: Trap, what: string): Promise<Outcome> {
  const alice = await trial.user(0)
  const contact = `sip:${alice.account?.user ?? 'user'}@${hostPort(trap.at)}`
  const { final, status } = await alice.register(120, contact)
  if (final === undefined) return trial.inconclusive('the REGISTER got no answer')
  if (status !== 200) return trial.resisted(`a contact at ${what} got ${final.startLine}`)
  trial.atEnd(() => alice.register(0, contact))
  const bob = await trial.user(1)
  // The call may come to the source of the REGISTER instead: it is declined there.
  const own = alice.request('INVITE', trial.answerMs)
  void own.then(invite => invite !== undefined && alice.respond(invite, 486, { contact: false }))
  const asked = bob.askProved(
    { method: 'INVITE', uri: alice.aor, body: sdp(bob.line.local.ip) },
    trial.answerMs / 2,
  )
  const isThere = (): boolean => trap.heard.length > 0 || trap.connections > 0
  let isOver = false
  void asked.then(() => {
    isOver = true
  })
  await soon(() => isThere() || isOver, trial.answerMs)
  await soon(isThere, trial.silenceMs)
  const counts = { reached: trap.requests.length, connections: trap.connections }
  if (isThere())
    return trial.succeeded(`a call to a user was sent to ${what}, which never registered`, counts)
  return trial.resisted(`a contact at ${what} was taken, and no call was sent there`, counts)
}
