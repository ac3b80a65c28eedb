import type { Agent } from './agent.ts'
import type { Outcome } from './outcome.ts'
import type { Saying } from './saying.ts'
import type { Trial } from './trial.ts'

/** How much one user sends to another within seconds; nobody types or dials so fast. */
export const SPAM = 60

/** Sent before the first is answered. */
const AT_ONCE = 10

/** One user sends request after request to another, who answers each. It succeeds when nothing slows it down. */
export async function spam(
  trial: Trial,
  saying: (to: Agent, at: number) => Saying,
  answerStatus: number,
  what: string,
): Promise<Outcome> {
  const [sender, victim] = [await trial.registered(0), await trial.registered(1)]
  const beganMs = trial.nowMs()
  const statuses = new Map<number, number>()
  let delivered = 0
  const { method } = saying(victim, 0)
  const ended = new AbortController()
  const receiving = (async () => {
    while (!ended.signal.aborted) {
      const heard = await victim.request(method, trial.silenceMs)
      if (heard === undefined) continue
      delivered++
      victim.respond(heard, answerStatus, { toTag: String(delivered), contact: false })
    }
  })()
  for (let at = 0; at < SPAM; at += AT_ONCE) {
    const sending = Array.from({ length: AT_ONCE }, (_, one) =>
      sender.askProved(saying(victim, at + one), trial.answerMs / 2),
    )
    for (const { status } of await Promise.all(sending)) statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  const tookMs = trial.nowMs() - beganMs
  ended.abort()
  await receiving
  const said = [...statuses].map(([status, count]) => `${status || 'silence'} × ${count}`).join(', ')
  const counts = { sent: SPAM, delivered }
  const seen = `${delivered} of ${SPAM} ${what} of one user reached another within ${(tookMs / 1_000).toFixed(1)} s (${said})`
  if (delivered === 0) return trial.inconclusive(seen, counts)
  return delivered >= SPAM * 0.9 ? trial.succeeded(seen, counts) : trial.resisted(seen, counts)
}
