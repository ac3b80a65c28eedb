import { type Flood, type Flooded, startFlood } from './flooding.ts'
import { honestUse } from './honest.ts'
import type { Outcome } from './outcome.ts'
import type { Trial } from './trial.ts'

/** Messages of the honest users of one attack, what is said again included. */
export const HONEST_MESSAGES = 2_500

/** Tries before a flood, all served. */
const TRIES_BEFORE = 3
const MAX_TRIES = 40
/** Between two tries. */
const REST_MS = 60
/** Part of the honest users that must be served. */
const MIN_SERVED = 0.8
/** Slower than that, and so many times slower than before, is no service. */
const MAX_MS = 1_000
const MAX_SLOWER = 8
/** Who waited that long when the flood ended was not served under it, whatever came afterwards. */
const MAX_WAITING_MS = 700
/** When no more time was lost by users who were not served, it may be chance: the flood comes once more. */
const SURE_LOST_MS = 2_600

/** What became of honest users, one after the other. */
export interface HonestTries {
  readonly served: number
  readonly tried: number
  readonly medianMs: number
  /** Of the last one that was not served; empty when all were. */
  readonly problem: string
  /** Time under the flood of those who were not served. */
  readonly lostMs: number
}

/**
 * Honest users register and call each other, again and again.
 * @param goesOn asked before each try but the first
 * @param endedMs when the flood ended; nothing while it runs
 */
export async function honestTries(
  trial: Trial,
  goesOn: (tried: number) => boolean,
  endedMs: () => number | undefined = () => undefined,
): Promise<HonestTries> {
  const tookMs: number[] = []
  let served = 0
  let lostMs = 0
  let problem = ''
  do {
    const beganMs = trial.nowMs()
    const said = await honestUse(trial)
    const waitedMs = (endedMs() ?? Number.POSITIVE_INFINITY) - beganMs
    const isLate = trial.nowMs() - beganMs > waitedMs
    // Served or not when the flood was over says nothing of the flood, unless it was long in coming.
    if (!isLate || waitedMs > MAX_WAITING_MS) {
      const took = trial.nowMs() - beganMs
      tookMs.push(took)
      if (said === undefined && !isLate) served++
      else {
        lostMs += Math.min(took, waitedMs)
        problem = said ?? `not before the flood had ended, after ${Math.round(waitedMs)} ms`
      }
    }
    await trial.pause(REST_MS)
  } while (goesOn(tookMs.length))
  return { served, tried: tookMs.length, medianMs: median(tookMs), problem, lostMs }
}

/** A flood with what became of honest users meanwhile. */
export interface Weathered extends HonestTries {
  readonly flooded: Flooded
  readonly lastedMs: number
  readonly beforeMs: number
}

/** A flood, while honest users from other addresses go on: whether they are served. @param what it is a flood of */
export async function floodAndCall(trial: Trial, what: string, flood: Flood): Promise<Outcome> {
  const before = await honestTries(trial, tried => tried < TRIES_BEFORE)
  if (before.served < before.tried)
    return trial.inconclusive(`honest users were not served before: ${before.problem}`)
  const first = await weather(trial, flood, before.medianMs)
  const isMinority = first.served * 2 >= first.tried
  const isChance = problemOf(first) !== undefined && (isMinority || first.lostMs < SURE_LOST_MS)
  return judge(trial, what, flood, isChance ? await weather(trial, flood, before.medianMs) : first)
}

async function weather(trial: Trial, flood: Flood, beforeMs: number): Promise<Weathered> {
  const running = await startFlood(trial, flood)
  const beganMs = trial.nowMs()
  await trial.pause(REST_MS)
  const tries = await honestTries(
    trial,
    tried => running.endedMs() === undefined && tried < MAX_TRIES,
    running.endedMs,
  )
  const flooded = await running.ended
  return { ...tries, flooded, lastedMs: (running.endedMs() ?? trial.nowMs()) - beganMs, beforeMs }
}

/** What a flood did to honest users; nothing when they were served in time. */
function problemOf({ served, tried, medianMs, beforeMs, problem }: Weathered): string | undefined {
  if (served < tried * MIN_SERVED) return `: ${problem}`
  return medianMs > MAX_MS && medianMs > beforeMs * MAX_SLOWER ? ', but too slowly' : undefined
}

function judge(trial: Trial, what: string, flood: Flood, weathered: Weathered): Outcome {
  const { flooded, served, tried, medianMs, beforeMs, lastedMs } = weathered
  const { sent, heard, heardOctets } = flooded
  const counts = {
    sent,
    answers: heard,
    answerOctets: heardOctets,
    tried,
    served,
    medianMs: Math.round(medianMs),
  }
  const rate = `${sent} ${what} within ${(lastedMs / 1_000).toFixed(1)} s`
  if (sent < flood.count / 2)
    return trial.inconclusive(`this machine could send only ${rate}, of ${flood.count}`, counts)
  const times = `median ${Math.round(medianMs)} ms, before ${Math.round(beforeMs)} ms`
  const told = `under ${rate}, ${served} of ${tried} honest users were served (${times})`
  const problem = problemOf(weathered)
  if (problem === undefined) return trial.resisted(told, counts)
  // From one address the users share what is done about the flooder.
  if (!trial.hasManyAddresses && served < tried * MIN_SERVED)
    return trial.inconclusive(
      `${told}${problem}; but their address is the flooder's, and may be barred`,
      counts,
    )
  return trial.succeeded(`${told}${problem}`, counts)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
