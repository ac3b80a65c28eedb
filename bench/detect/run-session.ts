import { Judge, type JudgeOptions } from './judge.ts'
import { type Outcome, scoreCapture } from './score/score.ts'
import { TruthKeeper } from './score/truth.ts'
import { verdictOf } from './score/verdict.ts'
import { playSession, type SessionPlan } from './session.ts'

/** Plays a session in front of the detectors, and scores what they say. */
export function runSession(plan: SessionPlan, options: JudgeOptions = {}): Outcome {
  const judge = new Judge(options)
  const keeper = new TruthKeeper()
  let lastMs = 0
  const session = playSession(plan, wired => {
    // A server's clock goes on while nothing comes.
    if (wired.atMs - lastMs > 1000) judge.rest(wired.atMs)
    lastMs = wired.atMs
    keeper.note(wired)
    judge.see(wired)
  })
  judge.rest(lastMs + 60_000)
  const { campaign, targets, honestUserDays } = session
  const truth = keeper.truth(campaign.id, campaign, targets, honestUserDays)
  return scoreCapture(
    truth,
    judge.findings.map(finding => verdictOf(campaign.id, finding)),
  )
}
