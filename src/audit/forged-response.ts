import { type Responding, responseTo } from './agent.ts'
import type { Outcome } from './outcome.ts'
import { decline, type Ringing, ringThrough } from './ringing.ts'
import { soon } from './soon.ts'
import type { Trial } from './trial.ts'

/** How a response of somebody else is told from the callee's own. */
const FORGED_TAG = 'forged-by-a-third'

/** What the third one answers with. */
export interface Forgery {
  readonly status: number
  readonly more?: Responding
  /** Changes the text; as it is when left out. */
  readonly change?: (text: string, ringing: Ringing) => string
}

/** Answers somebody else's ringing call from a third address; the call must go on until its callee declines it. */
export async function forgeResponses(
  trial: Trial,
  what: string,
  forgeries: readonly Forgery[],
): Promise<Outcome> {
  const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
  const attacker = await trial.stranger()
  const rung = await ringThrough(alice, bob)
  if ('problem' in rung) return trial.inconclusive(rung.problem)
  const { ringing } = rung
  for (const { status, more, change } of forgeries) {
    const text = responseTo(ringing.invite, status, { toTag: FORGED_TAG, contact: attacker.contact, ...more })
    attacker.line.send(change?.(text, ringing) ?? text)
  }
  const taken = (): readonly string[] =>
    alice.line.heard.filter(({ text }) => text.includes(FORGED_TAG)).map(({ startLine }) => startLine)
  await soon(() => taken().length > 0, trial.silenceMs)
  const { final, status } = await decline(ringing)
  const counts = { tried: forgeries.length, taken: taken().length }
  const [first] = taken()
  if (first !== undefined)
    return trial.succeeded(`the caller got "${first}" of ${what} that the callee never sent`, counts)
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
