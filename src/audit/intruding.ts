import type { Agent } from './agent.ts'
import { type Call, hangUp, type Party, within } from './call.ts'
import type { Heard } from './heard.ts'
import { hostPort } from './line/place.ts'
import type { Outcome } from './outcome.ts'
import { targetRoute } from './reaching.ts'
import { type Saying, sdp } from './saying.ts'
import type { Trial } from './trial.ts'

/** Where media of the intruder would go: no party of a call uses that port. */
const MEDIA_PORT = 46_113

/** The session description that an intruder offers. */
export function intruderSdp(intruder: Agent): string {
  return sdp(intruder.line.local.ip, MEDIA_PORT)
}

/**
 * Whether a request is the intruder's: it came by way of it, or offers its session. Servers in the middle of a call send
 * requests of their own, and acknowledge refusals.
 */
export function isOf(intruder: Agent, heard: Heard): boolean {
  return heard.text.includes(hostPort(intruder.line.local)) || heard.body.includes(`m=audio ${MEDIA_PORT} `)
}

/**
 * A request as an intruder sends it who knows everything of the dialog. Where all speak from one address nobody could
 * tell it from the parties then: what the server wrote into its Record-Route stays secret there.
 */
export function overheard(trial: Trial, intruder: Agent, saying: Saying): Saying {
  if (trial.hasManyAddresses || !saying.routes?.length) return saying
  return { ...saying, routes: [targetRoute(trial, intruder)] }
}

/** What came of requests that a third one sent into a call. */
export interface Intrusion {
  readonly tried: number
  /** Those that reached a party. */
  readonly reached: number
  /** Those that the target itself answered with 2xx. */
  readonly accepted: number
  /** Start lines that the intruder got, each once. */
  readonly answers: string
}

/** Both ways through a call: who is spoken for, and who hears it. */
function ways({ caller, callee }: Call): readonly { from: Party; victim: Agent }[] {
  return [
    { from: caller, victim: callee.agent },
    { from: callee, victim: caller.agent },
  ]
}

/** Sends a request into a call, in either direction, with all that its parties know. */
export async function intrude(
  trial: Trial,
  call: Call,
  intruder: Agent,
  { method, ...more }: Partial<Saying> & { readonly method: string },
): Promise<Intrusion> {
  const tries = ways(call).map(async ({ from, victim }) => {
    const forged = overheard(trial, intruder, { ...within(from, method), ...more })
    const asked = intruder.ask(forged, trial.silenceMs)
    const heard = await victim.line.next(
      each => each.method === method && isOf(intruder, each),
      trial.silenceMs,
    )
    if (heard !== undefined) victim.respond(heard, 481, { contact: false })
    const { final, status } = await asked
    const isAccepted = status >= 200 && status < 300
    return { isReached: heard !== undefined, isAccepted, answer: final?.startLine ?? 'silence' }
  })
  const done = await Promise.all(tries)
  return {
    tried: done.length,
    reached: done.filter(({ isReached }) => isReached).length,
    accepted: done.filter(({ isReached, isAccepted }) => isAccepted && !isReached).length,
    answers: [...new Set(done.map(({ answer }) => answer))].join(', '),
  }
}

/** The outcome of requests that came into a call: each that had an effect is one too many. */
export async function outcomeOf(
  trial: Trial,
  call: Call,
  { tried, reached, accepted, answers }: Intrusion,
): Promise<Outcome> {
  const counts = { tried, reached, accepted }
  if (reached + accepted > 0)
    return trial.succeeded(
      `of ${tried} forged requests ${reached} reached a party of the call, and ${accepted} the server accepted itself`,
      counts,
    )
  if (!(await hangUp(call))) return trial.inconclusive('the call did not go on afterwards', counts)
  return trial.resisted(`none of ${tried} forged requests reached a party of the call (${answers})`, counts)
}
