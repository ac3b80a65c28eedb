import { setTimeout as pause } from 'node:timers/promises'
import type { Attack } from './attack.ts'
import { type Bindings, bindingsNow, removeOthers } from './bindings.ts'
import { OverBudget, Rate } from './budget.ts'
import { control, recovers } from './control.ts'
import { freshTrial, type Ground, groundOf } from './ground.ts'
import { LadderRecorder } from './ladder.ts'
import { missingNeed } from './needs.ts'
import type { Outcome, Result } from './outcome.ts'
import type { Target } from './target.ts'
import { Missing, type Trial, Unable } from './trial.ts'
import { HONEST } from './victims.ts'

export type Profile = 'safe' | 'full'

/** How an audit goes. */
export interface AuditOptions {
  /** `safe` leaves out what may hurt the target. */
  readonly profile: Profile
  /** Messages a second in the mean of what is not intrusive. */
  readonly perSecond: number
  /** Outcomes of an earlier run that are not tried again, by attack. */
  readonly earlier?: ReadonlyMap<string, Result>
  readonly begins?: (attack: Attack, at: number) => void
  readonly ends?: (attack: Attack, result: Result) => void
  /** Ends the run early: what was found until then is given, the rest skipped. */
  readonly signal?: AbortSignal
}

/** What an audit found. */
export interface Audit {
  readonly target: Target
  readonly profile: Profile
  readonly startedAt: string
  readonly durationMs: number
  /** In the order of the list. */
  readonly results: readonly Result[]
  /** Set when the target stopped serving honest users and did not come back. */
  readonly died?: string
  /** Whether that is sure: from one address a ban looks the same. */
  readonly isDead: boolean
  /** Whether it was ended before all attacks were tried. */
  readonly isInterrupted: boolean
}

/** An attack that hangs ends after that time; intrusive ones take longer by their nature. */
const MAX_ATTACK_MS = { safe: 20_000, intrusive: 60_000 }

/** What took no longer is tried again when it was inconclusive, after a pause. */
const MAX_AGAIN_MS = 5_000
const AGAIN_MS = 1_000

/** Messages to remove bindings and hang up after an attack, beyond its own. */
const CLEANING_MESSAGES = 60

const INTERRUPTED = 'the run was interrupted'

/** Runs attacks one after the other, each between two control steps. */
export async function audit(
  target: Target,
  attacks: readonly Attack[],
  options: AuditOptions,
): Promise<Audit> {
  const startedAt = new Date().toISOString()
  const beganMs = performance.now()
  const ground = groundOf(target, options.perSecond)
  const before = await bindingsNow(ground)
  const results: Result[] = []
  let died: string | undefined
  for (const [at, attack] of attacks.entries()) {
    const known = options.earlier?.get(attack.id) ?? skipped(attack, target, options, died)
    options.begins?.(attack, at)
    const tried = known === undefined ? await tryTwice(attack, ground, before, options.signal) : undefined
    const result = known ?? tried?.result ?? skip(attack, INTERRUPTED)
    results.push(result)
    options.ends?.(attack, result)
    if (tried?.problem !== undefined && !(await recovers(ground, options.signal)))
      died = deathOf(attack, ground, tried.problem)
  }
  await removeOthers(ground, before)
  return {
    target,
    profile: options.profile,
    startedAt,
    durationMs: performance.now() - beganMs,
    results,
    ...(died === undefined ? {} : { died }),
    isDead: died !== undefined && ground.addresses.isMany,
    isInterrupted: options.signal?.aborted === true,
  }
}

/** An attack with the control step after it. */
interface Tried {
  readonly result: Result
  /** Why honest users are not served after it. */
  readonly problem: string | undefined
}

/** What was inconclusive is tried once more: an answer may have been lost, or the target busy. */
async function tryTwice(...about: Parameters<typeof tryOne>): Promise<Tried> {
  const first = await tryOne(...about)
  const { verdict, durationMs } = first.result
  const [, , , signal] = about
  const isWorthIt = verdict === 'inconclusive' && durationMs < MAX_AGAIN_MS && first.problem === undefined
  if (!isWorthIt || signal?.aborted === true) return first
  await pause(AGAIN_MS)
  const [attack, ...rest] = about
  const left = Math.max(1, attack.maxMessages - first.result.sent)
  const second = await tryOne({ ...attack, maxMessages: left }, ...rest)
  return { ...second, result: { ...second.result, sent: first.result.sent + second.result.sent } }
}

async function tryOne(
  attack: Attack,
  ground: Ground,
  before: Bindings,
  signal: AbortSignal | undefined,
): Promise<Tried> {
  const beganMs = performance.now()
  const own = attack.isIntrusive ? new Rate(Number.POSITIVE_INFINITY) : undefined
  const target = ground.victims.targetOf(attack, ground.target)
  const { trial, budget } = freshTrial({ ...ground, target }, attack.maxMessages, own)
  const outcome = await run(attack, trial, signal)
  const { ladder } = trial.ladder
  const durationMs = performance.now() - beganMs
  const result: Result = { attack: attack.id, ...outcome, durationMs, sent: budget.sent, ladder }
  budget.reserve(CLEANING_MESSAGES)
  await trial.clean()
  if (signal?.aborted === true) return { result, problem: undefined }
  if (outcome.verdict === 'succeeded') await removeOthers(ground, before, HONEST)
  const problem = await control(ground)
  if (problem === undefined || outcome.verdict !== 'resisted') return { result, problem }
  return { result: { ...result, ...unserved(outcome, ground, problem) }, problem }
}

/** What an attack that was resisted comes to when nobody is served after it. */
function unserved({ why }: Outcome, { addresses }: Ground, problem: string): Outcome {
  if (addresses.isMany) {
    return { verdict: 'succeeded', why: `${why}; but honest users were not served afterwards: ${problem}` }
  }
  // From one address a ban of the attacker looks like a dead target.
  const seen = `this address was not served afterwards (${problem}): banned, or the target is down`
  return { verdict: 'inconclusive', why: `${why}; but ${seen}` }
}

function deathOf(after: Attack, { addresses }: Ground, problem: string): string {
  return addresses.isMany
    ? `the target served no honest user any more after ${after.id} (${problem})`
    : `the target served this address no more after ${after.id} (${problem}): banned, or the target is down`
}

async function run(attack: Attack, trial: Trial, signal: AbortSignal | undefined): Promise<Outcome> {
  const late = new AbortController()
  const stop = (): void => late.abort()
  signal?.addEventListener('abort', stop)
  const maxMs = attack.isIntrusive ? MAX_ATTACK_MS.intrusive : MAX_ATTACK_MS.safe
  const limit = pause(maxMs, undefined, { signal: late.signal }).then(
    () => trial.inconclusive(`it did not end within ${maxMs / 1_000} s`),
    () => trial.skipped(INTERRUPTED),
  )
  try {
    return await Promise.race([attack.run(trial), limit])
  } catch (error) {
    if (error instanceof Missing) return trial.skipped(error.message)
    if (error instanceof Unable || error instanceof OverBudget) return trial.inconclusive(error.message)
    // A fault of one attack is no reason to lose what the others found.
    return trial.inconclusive(`a fault of the attack itself: ${String(error)}`)
  } finally {
    signal?.removeEventListener('abort', stop)
    late.abort()
  }
}

function skipped(
  attack: Attack,
  target: Target,
  { profile, signal }: AuditOptions,
  died: string | undefined,
): Result | undefined {
  if (signal?.aborted === true) return skip(attack, INTERRUPTED)
  if (died !== undefined) return skip(attack, died)
  if (attack.isIntrusive && profile === 'safe') return skip(attack, 'intrusive: only with --profile full')
  const missing = missingNeed(attack, target)
  return missing === undefined ? undefined : skip(attack, `needs ${missing}`)
}

function skip(attack: Attack, why: string): Result {
  const { ladder } = new LadderRecorder()
  return { attack: attack.id, verdict: 'skipped', why, durationMs: 0, sent: 0, ladder }
}
