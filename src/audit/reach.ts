import type { Agent, Answer } from './agent.ts'
import type { Heard } from './heard.ts'
import type { Saying } from './saying.ts'

/** What became of a request: what its sender was told, and what came to the other side. */
export interface Reached {
  readonly answer: Answer
  /** Nothing when it never came. */
  readonly request: Heard | undefined
}

/** How a request is sent. */
export interface Reaching {
  /** Bare: without an answer to a challenge. A text is always sent as it is. */
  readonly isBare?: boolean
  /** How long an answer is waited for. */
  readonly withinMs?: number
  /** What may still come once an answer is here. */
  readonly afterMs?: number
}

/**
 * Sends a request and watches the callee, who answers at once what comes: an INVITE with 486, so that nothing is left
 * ringing, everything else with 200.
 */
export async function reach(
  sender: Agent,
  callee: Agent,
  saying: Saying | string,
  { isBare = false, withinMs, afterMs = 60 }: Reaching = {},
): Promise<Reached> {
  const method = typeof saying === 'string' ? saying.slice(0, saying.indexOf(' ')) : saying.method
  let isOpen = true
  let request: Heard | undefined
  const fits = (heard: Heard): boolean => isOpen && heard.method === method
  const coming = callee.line.next(fits, (withinMs ?? 4_000) + afterMs).then(heard => {
    if (heard === undefined) return
    request = heard
    callee.respond(heard, method === 'INVITE' ? 486 : 200, { toTag: 'reached', contact: false })
  })
  const answer = await (typeof saying === 'string' || isBare
    ? sender.ask(saying, withinMs)
    : sender.askProved(saying, withinMs))
  if (request === undefined && answer.status > 0) await Promise.race([coming, pauseOf(afterMs)])
  isOpen = false
  return { answer, request }
}

function pauseOf(ms: number): Promise<void> {
  return new Promise(done => setTimeout(done, ms))
}

/** `403 Forbidden`, or that nothing was answered. */
export function answered({ final }: Answer): string {
  return final === undefined ? 'no answer' : final.startLine.slice(8)
}
