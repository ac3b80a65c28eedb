import type { Agent } from './agent.ts'
import type { Trap } from './line/trap.ts'
import type { Outcome } from './outcome.ts'
import { type Saying, token } from './saying.ts'
import type { Trial } from './trial.ts'

/** What a stranger asks, so that the target sends it to the trap. */
export type Relaying = (trap: Trap, attacker: Agent) => readonly Saying[]

/** Whose From a stranger gives: a user's of the target, and one of nobody; each with a To tag too. */
export function fromAnybody(trial: Trial, saying: Saying): readonly Saying[] {
  const user = trial.target.accounts[0]?.user ?? 'user'
  const froms = [`sip:${user}@${trial.target.domain}`, 'sip:somebody@elsewhere.invalid']
  return froms.flatMap(from => [
    { ...saying, from },
    { ...saying, from, toTag: token() },
  ])
}

/** A stranger has the target send requests to a third party: each that comes there is one too many. */
export async function relay(trial: Trial, relaying: Relaying, ip?: string): Promise<Outcome> {
  const [attacker, trap] = [await trial.stranger(), await trial.trap('third party', ip)]
  const sayings = relaying(trap, attacker)
  const answers = new Set<string>()
  const asked = sayings.map(async saying => {
    const text = attacker.text(saying)
    // An ACK is never answered: nothing is waited for.
    if (saying.method === 'ACK') return attacker.line.send(text)
    const { final } = await attacker.ask(text, trial.silenceMs)
    answers.add(final?.startLine ?? 'silence')
  })
  await Promise.all([...asked, trial.pause(trial.silenceMs)])
  const reached = new Set(trap.requests.map(({ callId }) => callId)).size
  const counts = { tried: sayings.length, reached, connections: trap.connections }
  if (reached + trap.connections > 0)
    return trial.succeeded(
      `the server sent ${reached} of ${sayings.length} requests of a stranger to an address of his choice${trap.connections > 0 ? `, and opened ${trap.connections} connections to it` : ''}`,
      counts,
    )
  const seen = answers.size === 0 ? 'silence' : [...answers].join(', ')
  return trial.resisted(`none of ${sayings.length} requests went to the third party (${seen})`, counts)
}
