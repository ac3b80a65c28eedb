import type { Agent } from './agent.ts'
import { hostPort } from './line/place.ts'
import { Mirrors } from './mirror.ts'
import { token } from './saying.ts'
import { soon } from './soon.ts'
import { type Trial, Unable } from './trial.ts'

/** Hops that a request of ours may take: it goes round no longer, if the target counts. */
const HOPS = 30

/** Requests that a single one may become: RFC 5393 ends a loop of two names at six. */
export const MAX_OF_ONE = 10

/** Who is registered where: the user of the contact is the one that a mirror sends the request back for. */
export interface Looped {
  /** Index of the account. */
  readonly of: number
  readonly user: string
}

/** Registers contacts at mirrors of ours. @throws Unable when the target does not take them */
export async function mirrorsAt(trial: Trial, contacts: readonly Looped[]): Promise<Mirrors> {
  const agents: Agent[] = []
  for (const { of, user } of contacts) {
    const agent = await trial.user(of, { who: 'mirror' })
    const contact = `sip:${user}@${hostPort(agent.line.local)}`
    const { final, status } = await agent.register(120, contact)
    if (status !== 200) throw new Unable(`a contact got ${final?.startLine ?? 'no answer'}`)
    trial.atEnd(() => agent.register(0, contact))
    agents.push(agent)
  }
  return new Mirrors(agents, 'MESSAGE')
}

/**
 * One request for the first account, and how many came of it at the mirrors: of a stranger from elsewhere, for
 * servers that let calls from outside in without proof, else of a user.
 */
export async function sentRound(trial: Trial, mirrors: Mirrors): Promise<number> {
  const user = trial.target.accounts[0]?.user ?? 'user'
  const uri = `sip:${user}@${trial.target.domain}`
  const saying = { method: 'MESSAGE', uri, maxForwards: HOPS, contentType: 'text/plain', body: 'round' }
  const stranger = await trial.stranger({ who: 'sender' })
  await stranger.ask({ ...saying, from: `sip:${token()}@elsewhere.invalid` }, trial.silenceMs)
  if (mirrors.received === 0) {
    const caller = await trial.user(1, { who: 'sender' })
    await caller.askProved(saying, trial.answerMs)
  }
  let before = -1
  // It is over when nothing more comes.
  while (before !== mirrors.received) {
    before = mirrors.received
    await soon(() => mirrors.received > before, trial.silenceMs)
  }
  mirrors.stop()
  return mirrors.received
}

/** A contact of the first account that sends nothing back: it counts what comes. */
export async function witnessAt(trial: Trial): Promise<Mirrors> {
  const agent = await trial.registered(0, { who: 'witness' })
  return new Mirrors([agent], 'MESSAGE', 0)
}
