import type { Agent } from './agent.ts'
import type { Outcome } from './outcome.ts'
import { type Saying, token } from './saying.ts'
import type { Trial } from './trial.ts'

/** REGISTERs for a user's address-of-record; plain, and as if within a dialog. */
export function registersFor(victim: Agent, more: Partial<Saying>): readonly Saying[] {
  const base = { method: 'REGISTER', uri: `sip:${victim.domain}`, from: victim.aor, to: victim.aor, ...more }
  return [base, { ...base, toTag: token() }]
}

/** Whether the attack bound a contact of its own, as the user's own registrar tells him. */
export async function boundAfter(
  trial: Trial,
  victim: Agent,
  contact: string,
  answers: readonly string[],
): Promise<Outcome> {
  const bindings = await victim.bindings()
  if (bindings === undefined) return trial.inconclusive('the user could not ask for its bindings afterwards')
  const counts = { tried: answers.length, bound: bindings.filter(uri => sameUri(uri, contact)).length }
  const seen = [...new Set(answers)].join(', ')
  if (counts.bound > 0)
    return trial.succeeded(
      `the contact of a stranger is bound to the user, whose calls go there (${seen})`,
      counts,
    )
  if (!bindings.some(uri => sameUri(uri, victim.contact)))
    return trial.succeeded(`the contact of the user is bound no more (${seen})`, counts)
  return trial.resisted(`the contact of a stranger was not bound (${seen})`, counts)
}

/** Whether the user's contact stands after attempts to remove it. */
export async function standsAfter(trial: Trial, victim: Agent, answers: readonly string[]): Promise<Outcome> {
  const bindings = await victim.bindings()
  if (bindings === undefined) return trial.inconclusive('the user could not ask for its bindings afterwards')
  const seen = [...new Set(answers)].join(', ')
  const counts = { tried: answers.length, bindings: bindings.length }
  if (bindings.some(uri => sameUri(uri, victim.contact)))
    return trial.resisted(`the contact of the user is still bound (${seen})`, counts)
  return trial.succeeded(`the contact of the user is bound no more: nobody can call him (${seen})`, counts)
}

/** Host, port and user; registrars add parameters of their own. */
function sameUri(one: string, other: string): boolean {
  const bare = (uri: string): string => uri.split(';', 1)[0] ?? ''
  return bare(one) === bare(other)
}

/** Asks each, and gives the start lines that came. */
export async function answersTo(
  asker: Agent,
  sayings: readonly Saying[],
  isProved = false,
): Promise<readonly string[]> {
  const answers: string[] = []
  for (const saying of sayings) {
    const { final } = await (isProved ? asker.askProved(saying) : asker.ask(saying))
    answers.push(final?.startLine ?? 'silence')
  }
  return answers
}
