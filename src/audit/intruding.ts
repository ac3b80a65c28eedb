import type { Agent } from './agent.ts'
import { type Call, type Party, within } from './call.ts'
import type { Heard } from './heard.ts'
import type { Saying } from './saying.ts'

/** What came of requests that a third one sent into a call. */
export interface Intrusion {
  readonly tried: number
  /** Those that reached a party. */
  readonly reached: readonly Heard[]
  /** Start lines that the intruder got, each once. */
  readonly answers: readonly string[]
}

/** Both ways through a call: who is spoken for, and who hears it. */
export function ways({ caller, callee }: Call): readonly { from: Party; victim: Agent }[] {
  return [
    { from: caller, victim: callee.agent },
    { from: callee, victim: caller.agent },
  ]
}

/** Sends a request into a call, in either direction, with all that its parties know. */
export async function intrude(
  call: Call,
  intruder: Agent,
  silenceMs: number,
  { method, ...more }: Partial<Saying> & { readonly method: string },
): Promise<Intrusion> {
  const tries = ways(call).map(async ({ from, victim }) => {
    const forged = { ...within(from, method), ...more }
    const asked = intruder.ask(forged, silenceMs)
    const heard = await victim.request(method, silenceMs)
    if (heard !== undefined && method !== 'ACK') victim.respond(heard, 481, { contact: false })
    const { final } = await asked
    return { heard, answer: final?.startLine ?? 'silence' }
  })
  const done = await Promise.all(tries)
  return {
    tried: done.length,
    reached: done.flatMap(({ heard }) => heard ?? []),
    answers: [...new Set(done.map(({ answer }) => answer))],
  }
}
