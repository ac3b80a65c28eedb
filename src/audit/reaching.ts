import type { Agent } from './agent.ts'
import { hostPort } from './line/place.ts'
import type { Outcome } from './outcome.ts'
import { type Saying, token } from './saying.ts'
import type { Trial } from './trial.ts'

/** The target as a loose route: `<sip:192.0.2.1:5060;lr>`. */
export function targetRoute(trial: Trial, { line }: Agent): string {
  const { ip, ports } = trial.target
  return `<sip:${hostPort({ ip, port: ports[line.transport] ?? 0 })};lr>`
}

/**
 * Ways for a stranger to a user: to the address-of-record, the same as if within a dialog, and to the contact by a Route
 * as dialogs have it.
 */
export function waysTo(trial: Trial, victim: Agent, attacker: Agent, saying: Saying): readonly Saying[] {
  const uri = { ...saying, to: victim.aor }
  return [
    { ...uri, uri: victim.aor },
    { ...uri, uri: victim.aor, toTag: token() },
    { ...uri, uri: victim.contact, toTag: token() },
    { ...uri, uri: victim.contact, toTag: token(), routes: [targetRoute(trial, attacker)] },
  ]
}

/** Sends requests of a stranger to a user, all at once; each that arrives is one too many. */
export async function reachUser(
  trial: Trial,
  what: string,
  victim: Agent,
  attacker: Agent,
  sayings: readonly Saying[],
): Promise<Outcome> {
  const answers = new Set<string>()
  const asked = sayings.map(async saying => {
    const { final } = await attacker.ask(saying, trial.silenceMs)
    answers.add(final?.startLine ?? 'silence')
  })
  const methods = new Set(sayings.map(({ method }) => method))
  const reached = new Map<string, string>()
  const until = performance.now() + trial.silenceMs
  for (;;) {
    const heard = await victim.line.next(({ method }) => methods.has(method), until - performance.now())
    if (heard === undefined) break
    reached.set(heard.callId, heard.method)
    victim.respond(heard, 481, { contact: false })
  }
  await Promise.all(asked)
  const counts = { tried: sayings.length, reached: reached.size }
  if (reached.size > 0)
    return trial.succeeded(
      `${reached.size} of ${sayings.length} ${what} reached a user: ${[...new Set(reached.values())].join(', ')}`,
      counts,
    )
  return trial.resisted(
    `none of ${sayings.length} ${what} reached a user (${[...answers].join(', ')})`,
    counts,
  )
}
