import { ackOfRefusal, branchOf } from './agent.ts'
import { within } from './call.ts'
import type { Heard } from './heard.ts'
import type { Outcome } from './outcome.ts'
import { dialogBy } from './ringing.ts'
import { type Saying, sdp, token } from './saying.ts'
import { soon } from './soon.ts'
import { type Trial, Unable } from './trial.ts'

/** Calls of one account at once. */
const CALLS = 700

/** So many go out before one is answered. */
const IN_FLIGHT = 40

/** How often what got no answer is sent. */
const TIMES = 3

/** It is over when nothing more comes for so long. */
const QUIET_MS = 400

/** Lost ones in a hundred are no bound. */
const LOST_PERCENT = 5

/** Messages of both sides, with those that end the calls. */
export const MANY_CALLS_MESSAGES = CALLS * 8 + 100

/**
 * One account begins calls without end, which its callee leaves ringing or accepts, and which nobody acknowledges:
 * whether all of them stand.
 */
export async function manyCalls(trial: Trial, status: 180 | 200): Promise<Outcome> {
  const [caller, callee] = [await trial.registered(2), await trial.registered(1)]
  const rung: Heard[] = []
  const accepted = new Map<string, Heard>()
  const refusals = new Map<string, string>()
  const sent = new Map<string, { readonly asked: Saying; readonly text: string }>()
  const unheard = new Set<string>()
  let isOn = true
  trial.atEnd(async () => {
    isOn = false
  })
  const calleeServes = async (): Promise<void> => {
    while (isOn) {
      const heard = await callee.line.next(({ method }) => method === 'INVITE' || method === 'BYE', 50)
      if (heard?.method === 'BYE') callee.respond(heard, 200, { contact: false })
      else if (heard !== undefined) {
        rung.push(heard)
        callee.respond(heard, status, { toTag: tagOf(heard), body: status === 200 ? sdp('127.0.0.1') : '' })
      }
    }
  }
  const callerServes = async (): Promise<void> => {
    while (isOn) {
      const heard = await caller.line.next(each => each.status > 0 && each.cseq.method === 'INVITE', 50)
      const invite = heard === undefined ? undefined : sent.get(branchOf(heard.text))
      if (heard === undefined || invite === undefined) continue
      unheard.delete(branchOf(heard.text))
      if (heard.status < 200) continue
      if (heard.status < 300) accepted.set(branchOf(heard.text), heard)
      else {
        refusals.set(branchOf(heard.text), heard.startLine)
        caller.line.send(ackOfRefusal(invite.text, heard))
      }
    }
  }
  const saying = (): Saying => {
    const body = sdp(caller.line.local.ip)
    return { method: 'INVITE', uri: callee.aor, callId: token(), fromTag: token(), body }
  }

  const first = await caller.ask(saying())
  if (first.final === undefined || (first.status !== 401 && first.status !== 407))
    throw new Unable(`an INVITE without credentials got ${first.final?.startLine ?? 'no answer'}`)
  const serving = Promise.all([calleeServes(), callerServes()])
  for (let at = 0; at < CALLS; at++) {
    const asked = saying()
    const proof = caller.proof(first.final, asked, { nc: at + 1 })
    const text = caller.text({ ...asked, ...(proof === undefined ? {} : { lines: [proof] }) })
    sent.set(branchOf(text), { asked, text })
    unheard.add(branchOf(text))
  }
  // What was lost is said again, as any caller would.
  for (let time = 0; time < TIMES && unheard.size > 0; time++) {
    let inFlight = 0
    const before = unheard.size
    for (const branch of [...unheard]) {
      // A slow server is waited for: what its socket cannot hold is no bound.
      const isHeard = await soon(() => inFlight - (before - unheard.size) < IN_FLIGHT, QUIET_MS)
      if (!isHeard) break
      caller.line.send(sent.get(branch)?.text ?? '')
      inFlight++
    }
    await quiet(() => unheard.size)
  }
  await quiet(() => rung.length + refusals.size)
  const stood = rung.length
  const refused = refusals.size
  const [reason = ''] = refusals.values()

  if (status === 180) for (const heard of rung) callee.respond(heard, 486, { toTag: tagOf(heard) })
  for (const [branch, heard] of accepted) {
    const party = dialogBy({ caller, asked: sent.get(branch)?.asked ?? saying() }, heard)
    caller.line.send(caller.text({ ...within(party, 'ACK'), cseq: heard.cseq.number }))
    caller.line.send(caller.text(within(party, 'BYE')))
  }
  await quiet(() => refusals.size)
  isOn = false
  await serving

  const counts = { tried: CALLS, stood, refused }
  if (stood === 0) return trial.inconclusive(`of ${CALLS} calls none reached the callee ${reason}`, counts)
  if (stood >= CALLS * (1 - LOST_PERCENT / 100))
    return trial.succeeded(
      `${stood} of ${CALLS} calls of one account stood at once, and nothing held it back`,
      counts,
    )
  const rest = refused === 0 ? 'the others got no answer' : `${refused} got ${reason}`
  return trial.resisted(`of ${CALLS} calls of one account ${stood} stood at once; ${rest}`, counts)
}

function tagOf({ callId }: Heard): string {
  return `to-${callId.slice(0, 12)}`
}

async function quiet(count: () => number): Promise<void> {
  let before = -1
  while (before !== count()) {
    before = count()
    await soon(() => count() !== before, QUIET_MS)
  }
}
