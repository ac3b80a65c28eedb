import { type Agent, ackOfRefusal } from './agent.ts'
import type { Vector } from './malformed/vector.ts'
import type { Outcome } from './outcome.ts'
import { BUSY, busyCallee } from './probing.ts'
import { type Saying, sdp, token, USER_AGENT } from './saying.ts'
import type { Transport } from './target.ts'
import type { Trial } from './trial.ts'

type Carrier = Vector['carrier']

/** What came of one request. */
interface Fate {
  readonly what: string
  /** 2xx for a query; for a call, that the callee got it. */
  readonly isTaken: boolean
  /** `400`, `silence`, `closed`. */
  readonly answer: string
}

/** What may never come is waited for that many times as long as silence is listened to, or honest requests took. */
const PATIENCE = 3

/**
 * Sends every vector with good credentials from an address of its own, between honest requests of the same kind: a
 * server that refuses honest ones too proves nothing.
 * @param kind what the vectors are, in the plural: `messages with contradicting fields`
 */
export async function spoiledRequests(
  trial: Trial,
  kind: string,
  vectors: readonly Vector[],
  transport?: Transport,
): Promise<Outcome> {
  const carriers = [...new Set(vectors.map(({ carrier }) => carrier))]
  const callee = carriers.includes('call') ? await busyCallee(trial) : undefined
  const sent = (vector: Vector, withinMs: number) => one(trial, vector, callee, transport, withinMs)
  const honest = (): Promise<readonly Fate[]> =>
    Promise.all(
      carriers.map(carrier => sent({ what: NAMES[carrier], carrier, spoil: text => text }, trial.answerMs)),
    )
  const beganMs = trial.nowMs()
  const before = (await honest()).find(({ isTaken }) => !isTaken)
  if (before !== undefined) return trial.inconclusive(`${before.what} got ${before.answer}`)
  // A refusal may be silence, and a slow server is not silent.
  const withinMs = PATIENCE * Math.max(trial.silenceMs, trial.nowMs() - beganMs)
  const fates = await inTurns(vectors, vector => sent(vector, withinMs))
  const after = (await honest()).find(({ isTaken }) => !isTaken)
  const taken = fates.filter(({ isTaken }) => isTaken)
  const counts = { tried: fates.length, taken: taken.length }
  if (taken.length > 0)
    return trial.succeeded(`${taken.length} of ${fates.length} ${kind} were taken: ${some(taken)}`, counts)
  if (after !== undefined && trial.hasManyAddresses)
    return trial.succeeded(`after ${fates.length} ${kind} ${after.what} got ${after.answer}`, counts)
  if (after !== undefined) return trial.inconclusive(`afterwards ${after.what} got ${after.answer}`, counts)
  return trial.resisted(
    `none of ${fates.length} ${kind} was taken (${tally(fates)}); honest requests were, before and after`,
    counts,
  )
}

/** Some at a time: a target that has to hash for each is not made slow. */
async function inTurns<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<readonly R[]> {
  const left = [...items.entries()]
  const done: R[] = []
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) done[next[0]] = await act(next[1])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return done
}

const AT_ONCE = 8

const NAMES: Readonly<Record<Carrier, string>> = {
  query: "an honest query of a user's own bindings",
  call: 'an honest call from one user to another',
}

async function one(
  trial: Trial,
  { what, carrier, spoil }: Vector,
  callee: Agent | undefined,
  transport: Transport | undefined,
  withinMs: number,
): Promise<Fate> {
  const caller = await trial.user(0, transport === undefined ? {} : { transport })
  const domain = trial.target.domain
  const userAgent = `${USER_AGENT} ${token()}`
  const asked: Saying & { readonly cseq: number } = {
    method: carrier === 'query' ? 'REGISTER' : 'INVITE',
    uri: carrier === 'query' ? `sip:${domain}` : (callee?.aor ?? ''),
    ...(carrier === 'query' ? { to: caller.aor, contact: false } : { body: sdp(caller.line.local.ip) }),
    callId: token(),
    fromTag: token(),
    cseq: 1,
    userAgent,
  }
  const first = await caller.ask(asked)
  const isChallenged = first.status === 401 || first.status === 407
  const proof = isChallenged && first.final !== undefined ? caller.proof(first.final, asked) : undefined
  await trial.turn()
  const text = spoil(caller.text({ ...asked, cseq: 2, lines: proof === undefined ? [] : [proof] }))
  caller.line.send(text)
  const final = await caller.line.next(heard => heard.status >= 200, withinMs)
  if (final !== undefined && carrier === 'call' && final.status >= 300)
    caller.line.send(ackOfRefusal(text, final))
  const isReached = callee?.line.heard.some(heard => heard.text.includes(userAgent)) === true
  const isTaken = final !== undefined && (final.status < 300 || (carrier === 'call' && final.status === BUSY))
  // Of many requests those that were taken are the evidence.
  if (!isTaken && !isReached) trial.ladder.leaveOut(caller.line.local)
  const silence = caller.line.isClosed ? 'closed' : 'silence'
  return { what, isTaken: isTaken || isReached, answer: final?.startLine.slice(8) ?? silence }
}

function some(fates: readonly Fate[]): string {
  const named = fates.slice(0, 4).map(({ what }) => what)
  return fates.length > named.length ? `${named.join(', ')} and others` : named.join(', ')
}

function tally(fates: readonly Fate[]): string {
  const counts = new Map<string, number>()
  for (const { answer } of fates) {
    const name = /^\d/.test(answer) ? answer.slice(0, 3) : answer
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
}
