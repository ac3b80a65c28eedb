import { callThrough, hangUp } from './call.ts'
import type { Transport } from './target.ts'
import type { Trial } from './trial.ts'

/**
 * The control step: what an honest user does works. With two accounts both register and one calls the other; with one
 * it registers; with none the server answers OPTIONS.
 * @param transport of the users; the first that the target has when left out
 * @returns nothing when all went well, else one sentence
 */
export async function honestUse(trial: Trial, transport?: Transport): Promise<string | undefined> {
  const { accounts, domain } = trial.target
  const by = transport === undefined ? {} : { transport }
  const [alice, bob] = await Promise.all(
    [0, 1].map(at => (accounts[at] === undefined ? undefined : trial.user(at, by))),
  )
  if (alice === undefined) {
    const asker = await trial.stranger({ who: 'somebody', ...by })
    const { final } = await asker.ask({ method: 'OPTIONS', uri: `sip:${domain}` })
    if (final === undefined) return 'OPTIONS got no answer'
    // Whoever refuses everybody serves nobody.
    return final.status === 503 ? `OPTIONS got ${final.startLine}` : undefined
  }
  const users = bob === undefined ? [alice] : [alice, bob]
  for (const user of users) {
    const { final, status } = await user.register()
    if (status !== 200) return `REGISTER of ${user.name} got ${final?.startLine ?? 'no answer'}`
  }
  const problem = bob === undefined ? undefined : await aCall(alice, bob)
  for (const user of users) await user.register(0)
  return problem
}

async function aCall(...[alice, bob]: Parameters<typeof callThrough>): Promise<string | undefined> {
  const calling = await callThrough(alice, bob)
  if ('problem' in calling) return calling.problem
  return (await hangUp(calling.call)) ? undefined : 'the BYE of a call did not go through'
}
