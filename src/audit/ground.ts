import { Addresses } from './addresses.ts'
import { Budget, Rate } from './budget.ts'
import { isLoopback, type Target } from './target.ts'
import { type Pace, Trial } from './trial.ts'
import { Victims } from './victims.ts'

/** What all steps of a run share. */
export interface Ground {
  readonly target: Target
  readonly pace: Pace
  readonly addresses: Addresses
  /** Of everything but intrusive attacks. */
  readonly rate: Rate
  readonly victims: Victims
}

/** Where a run begins. @param perSecond messages a second in the mean */
export function groundOf(target: Target, perSecond: number): Ground {
  const pace: Pace = isLoopback(target.ip)
    ? { answerMs: 2_000, silenceMs: 120 }
    : { answerMs: 4_000, silenceMs: 700 }
  return {
    target,
    pace,
    addresses: new Addresses(target.ip),
    rate: new Rate(perSecond),
    victims: new Victims(),
  }
}

/** A trial from addresses that nothing was done from. @param rate another one than the run's */
export function freshTrial(
  { target, pace, addresses, rate }: Ground,
  maxMessages: number,
  own?: Rate,
): { readonly trial: Trial; readonly budget: Budget } {
  addresses.turnPage()
  const budget = new Budget(maxMessages, own ?? rate)
  return { trial: new Trial(target, pace, addresses, budget), budget }
}
