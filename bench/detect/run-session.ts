import { Judge, type JudgeOptions } from './judge.ts'
import { type Outcome, scoreCapture } from './score/score.ts'
import { TruthKeeper } from './score/truth.ts'
import { verdictOf } from './score/verdict.ts'
import { playSession, type SessionPlan } from './session.ts'

const DAY_MS = 86_400_000

/** Plays a session in front of the detectors, and scores what they say. */
export function runSession(plan: SessionPlan, options: JudgeOptions = {}): Outcome {
  const judge = new Judge(options)
  const keeper = new TruthKeeper()
  let [firstMs, lastMs] = [0, 0]
  const session = playSession(plan, wired => {
    if (firstMs === 0) firstMs = wired.atMs
    // A server's clock goes on while nothing comes.
    if (wired.atMs - lastMs > 1000) judge.rest(wired.atMs)
    lastMs = wired.atMs
    keeper.note(wired)
    judge.see(wired)
  })
  judge.rest(lastMs + 60_000)
  const { campaign, targets, honestUsers } = session
  const userDays = (honestUsers * (lastMs - firstMs)) / DAY_MS
  const truth = keeper.truth(campaign.id, campaign, targets, userDays)
  return scoreCapture(
    truth,
    judge.findings.map(finding => verdictOf(campaign.id, finding)),
  )
}
