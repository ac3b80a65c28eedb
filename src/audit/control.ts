import { setTimeout as pause } from 'node:timers/promises'
import { OverBudget } from './budget.ts'
import { freshTrial, type Ground } from './ground.ts'
import { honestUse } from './honest.ts'
import { Unable } from './trial.ts'

/** Messages of one control step at most: two registrations, a call, two removals, and what is said again. */
const CONTROL_MESSAGES = 200

/** A target that stumbled gets that long to serve again. */
const RECOVERY_MS = 15_000

/** One lost datagram is no failure: asked again after that time. */
const AGAIN_MS = 400

/** The control step on lines of its own, once more when it failed. @returns nothing when honest users are served */
export async function control(ground: Ground): Promise<string | undefined> {
  if ((await once(ground)) === undefined) return undefined
  await pause(AGAIN_MS)
  return once(ground)
}

async function once(ground: Ground): Promise<string | undefined> {
  const { trial } = freshTrial(ground, CONTROL_MESSAGES)
  try {
    return await honestUse(trial)
  } catch (error) {
    if (error instanceof Unable || error instanceof OverBudget) return error.message
    throw error
  } finally {
    await trial.clean()
  }
}

/** Waits for a target that stumbled. @returns whether it serves again */
export async function recovers(ground: Ground, signal?: AbortSignal): Promise<boolean> {
  const until = performance.now() + RECOVERY_MS
  while (performance.now() < until && signal?.aborted !== true) {
    await pause(500)
    if ((await once(ground)) === undefined) return true
  }
  return false
}
