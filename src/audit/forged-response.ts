import { branchOf, type Responding, responseTo } from './agent.ts'
import type { Heard } from './heard.ts'
import type { Outcome } from './outcome.ts'
import { decline, type Ringing, ringThrough } from './ringing.ts'
import { token } from './saying.ts'
import { soon } from './soon.ts'
import type { Trial } from './trial.ts'

/** What the third one answers with. */
export interface Forgery {
  readonly status: number
  readonly more?: Responding
  /** Changes the text; as it is when left out. */
  readonly change?: (text: string, ringing: Ringing) => string
}

/**
 * Answers somebody else's ringing call from a third address; the call must go on until its callee declines it.
 * @param mark a word of the forgeries: a server that acts on them may tell the caller of it by another status
 */
export async function forgeResponses(
  trial: Trial,
  what: string,
  forgeries: readonly Forgery[],
  mark?: string,
): Promise<Outcome> {
  const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
  const attacker = await trial.stranger()
  const rung = await ringThrough(alice, bob)
  if ('problem' in rung) return trial.inconclusive(rung.problem)
  const { ringing } = rung
  for (const { status, more, change } of forgeries) {
    const text = responseTo(ringing.invite, status, { toTag: token(), contact: attacker.contact, ...more })
    attacker.line.send(change?.(text, ringing) ?? text)
  }
  // The callee says nothing yet, so what the caller gets of these is none of its own.
  const branch = branchOf(ringing.sent)
  const statuses = new Set(forgeries.map(({ status }) => status))
  const forged = (): readonly Heard[] =>
    alice.line.heard.filter(
      ({ status, text }) =>
        branchOf(text) === branch &&
        (statuses.has(status) || (status > 0 && mark !== undefined && text.includes(mark))),
    )
  await soon(() => forged().length > 0, trial.silenceMs)
  const heard = forged()
  const { final, status } = await decline(ringing)
  const [taken] = heard
  const counts = { tried: forgeries.length, taken: heard.length }
  if (taken !== undefined)
    return trial.succeeded(`the caller got ${taken.startLine}, which the callee never sent`, counts)
  if (status !== 486)
    return trial.inconclusive(
      `the callee said 486, and the caller got ${final?.startLine ?? 'nothing'}`,
      counts,
    )
  return trial.resisted(
    `of ${forgeries.length} ${what} none reached the caller, who got the 486 of the callee`,
    counts,
  )
}
