import { type Agent, ackOfRefusal } from '../agent.ts'
import { attack } from '../attack.ts'
import { type Saying, token } from '../saying.ts'
import type { Trial } from '../trial.ts'

const CALLS = 1_000
const PER_SECOND = 500
const TICK_MS = 10
/** So many refusals are a bound, and so many calls without them none. */
const REFUSED = 100
const PASSED = 800
/** A server that keeps them all waiting has so long. */
const MAX_MS = 9_000

/** INVITEs with right credentials, faster than anybody dials; the callee is busy. */
export const insiderFlood = attack({
  id: 'insider-flood',
  entry: 'F07',
  title: 'calls five hundred times a second with a right password',
  threats: ['flooding', 'internal-attacker'],
  clause: 'Table 1, row 6; §3.1, internal attackers',
  references: ['RFC 3261 §26.3.2.4', 'RFC 7339 §5.10.1'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 3 * CALLS + 100,
  needs: ['three-accounts'],
  expected: 'New requests of one account are bounded: beyond that they are refused.',
  mending: {
    aspis: 'On by default: `limits: requests-per-account`.',
    kamailio: 'Count by `$au` with `pipelimit` (`pl_check()`) after authentication, and answer 503.',
    opensips: 'Count by `$au` with `ratelimit` (`rl_check()`) after authentication, and answer 503.',
    asterisk: 'Bound calls of an endpoint in the dialplan with `GROUP_COUNT()`; nothing bounds its requests.',
  },
  async run(trial) {
    const callee = await trial.registered(1)
    const insider = await trial.user(2)
    const asked: Saying = { method: 'INVITE', uri: callee.aor }
    const first = await insider.ask(asked)
    const reached = answerBusy(callee)
    const sent = new Map<string, string>()
    const refused = new Map<string, number>()
    const asking = acknowledge(insider, sent, refused)
    const beganMs = trial.nowMs()
    const isDone = (): boolean =>
      refused.size >= REFUSED || reached.size >= PASSED || trial.nowMs() - beganMs > MAX_MS
    for (let at = 0; at < CALLS && !isDone(); at++) {
      const callId = token()
      const proof = first.final === undefined ? undefined : insider.proof(first.final, asked, { nc: at + 1 })
      const text = insider.text({ ...asked, callId, lines: proof === undefined ? [] : [proof] })
      sent.set(callId, text)
      insider.line.send(text)
      if (at % ((PER_SECOND * TICK_MS) / 1_000) === 0) await trial.pause(TICK_MS)
    }
    while (!isDone()) await trial.pause(TICK_MS)
    asking.end()
    return judge(trial, sent.size, Math.min(reached.size, sent.size), refused, trial.nowMs() - beganMs)
  },
})

function judge(
  trial: Trial,
  sent: number,
  reached: number,
  refused: ReadonlyMap<string, number>,
  tookMs: number,
) {
  const statuses = [...new Set(refused.values())].join(', ')
  const counts = { sent, reached, refused: refused.size }
  const told = `of ${sent} calls of one account ${reached} reached the callee within ${(tookMs / 1_000).toFixed(1)} s`
  if (reached === 0) return trial.inconclusive(`${told}, ${refused.size} were refused (${statuses})`, counts)
  if (refused.size >= REFUSED)
    return trial.resisted(`${told}, and ${refused.size} were refused (${statuses})`, counts)
  if (reached >= sent / 3) return trial.succeeded(`${told}, and ${refused.size} were refused`, counts)
  return trial.inconclusive(`${told}, and only ${refused.size} of the others were refused`, counts)
}

/** Answers every call by 486. @returns Call-IDs of those that came, as they come */
function answerBusy(callee: Agent): ReadonlySet<string> {
  const reached = new Set<string>()
  const answer = async (): Promise<void> => {
    for (;;) {
      const invite = await callee.line.next(heard => heard.method === 'INVITE', MAX_MS)
      if (invite === undefined) return
      reached.add(invite.callId)
      callee.respond(invite, 486, { toTag: token(), contact: false })
    }
  }
  // Its end is that of the line, or of the budget.
  answer().catch(() => undefined)
  return reached
}

/** Acknowledges refusals, and notes those that are not the callee's. */
function acknowledge(
  insider: Agent,
  sent: ReadonlyMap<string, string>,
  refused: Map<string, number>,
): { end(): void } {
  let isOver = false
  const answer = async (): Promise<void> => {
    while (!isOver) {
      const final = await insider.line.next(({ status }) => status >= 300, MAX_MS)
      const invite = final === undefined ? undefined : sent.get(final.callId)
      if (final === undefined) return
      if (invite === undefined) continue
      // A nonce that is good once only is no bound.
      if (![401, 407, 486].includes(final.status)) refused.set(final.callId, final.status)
      insider.line.send(ackOfRefusal(invite, final))
    }
  }
  answer().catch(() => undefined)
  return {
    end: () => {
      isOver = true
    },
  }
}
