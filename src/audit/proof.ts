import type { Agent, Answer } from './agent.ts'
import { type Challenge, credentials, type Proving } from './digest.ts'
import type { Heard } from './heard.ts'
import { type Saying, token } from './saying.ts'
import { type Trial, Unable } from './trial.ts'

/** A request that proof was asked for, and the challenge that asks. */
export interface Asked {
  readonly agent: Agent
  /** What the request said; Call-ID, tag and CSeq are set. */
  readonly saying: Saying
  readonly challenged: Heard
  readonly challenge: Challenge
}

/** REGISTER of the agent's own contact, for a minute. */
export function registering(agent: Agent): Saying {
  const lines = ['Expires: 60']
  return { method: 'REGISTER', uri: `sip:${agent.domain}`, to: agent.aor, contact: agent.contact, lines }
}

/** Sends a request without credentials. @throws Unable when it is not challenged */
export async function askedForProof(agent: Agent, saying: Saying = registering(agent)): Promise<Asked> {
  const whole = { callId: token(), fromTag: token(), cseq: 1, ...saying }
  const { final, status } = await agent.ask(whole)
  if (final !== undefined && status < 300)
    throw new Unable(`${whole.method} was served without credentials: there is nothing to forge`)
  const challenge = final === undefined ? undefined : agent.challenge(final)
  if (final === undefined || challenge === undefined)
    throw new Unable(`${whole.method} was not challenged: ${final?.startLine ?? 'no answer'}`)
  return { agent, saying: whole, challenged: final, challenge }
}

/** The same request once more, with that field. */
export function withProof({ saying }: Asked, proof: string): Saying {
  return { ...saying, cseq: (saying.cseq ?? 1) + 1, lines: [...(saying.lines ?? []), proof] }
}

/** Answers the challenge of a REGISTER with that field; what it bound is removed at the end. */
export async function registerWith(trial: Trial, asked: Asked, proof: string): Promise<Answer> {
  const { agent, saying } = asked
  const answer = await agent.ask(withProof(asked, proof))
  if (isTaken(answer) && typeof saying.contact === 'string') {
    const { contact } = saying
    trial.atEnd(() => agent.register(0, contact))
  }
  return answer
}

/** The account of an agent. @throws Unable when it has none */
export function accountOf({ account, name }: Agent): { readonly user: string; readonly password: string } {
  if (account === undefined) throw new Unable(`${name} has no account`)
  return { user: account.authUser ?? account.user, password: account.password }
}

/** The field that answers a challenge as it should be answered, but for these lies. */
export function proofOf({ agent, challenge, saying }: Asked, lies: Lies = {}): string {
  const { method, uri, body } = saying
  const honest = { ...accountOf(agent), method, uri, ...(body === undefined ? {} : { body }) }
  return credentials({ ...challenge, ...lies.challenge }, { ...honest, ...lies.proving })
}

/** What is not as it should be. */
export interface Lies {
  readonly challenge?: Partial<Challenge>
  readonly proving?: Partial<Proving>
}

export function isTaken({ status }: Answer): boolean {
  return status >= 200 && status < 300
}
