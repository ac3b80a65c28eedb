import type { Agent } from './agent.ts'
import type { Trial } from './trial.ts'

/** What may never come is waited for that many lengths of silence. */
const PATIENCE = 3

/**
 * The status that a stranger from an address of its own gets for a message, as three digits, or `silence`.
 * @param say the message, one character an octet
 */
export async function statusFor(trial: Trial, say: (asker: Agent) => string): Promise<string> {
  const asker = await trial.stranger()
  await trial.turn()
  asker.line.send(say(asker))
  const answer = await asker.line.next(heard => heard.status >= 200, PATIENCE * trial.silenceMs)
  return answer?.startLine.slice(8, 11) ?? 'silence'
}

/** A callee of ours who is always busy, and how often each call rang there. */
export async function busyCallee(trial: Trial): Promise<Agent> {
  const callee = await trial.registered(1)
  void (async () => {
    for (;;) {
      const invite = await callee.request('INVITE', 60_000)
      if (invite === undefined) return
      callee.respond(invite, BUSY, { toTag: 'busy', contact: false })
    }
  })()
  return callee
}

/** What a callee who is always busy answers: nobody else says it, so that it tells who answered. */
export const BUSY = 486
