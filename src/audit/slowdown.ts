import type { Agent } from './agent.ts'
import type { Outcome } from './outcome.ts'
import { type Comparison, median, rankTest } from './rank-test.ts'
import type { Trial } from './trial.ts'

/** Messages of each kind in one series. */
const SAMPLES = 8

/** All must hold, twice, for a message to count as dear: chance, how often it is slower, by how much. */
const MAX_P = 0.01
const MIN_EFFECT = 0.9
const MIN_SLOWER_MS = 10
const MIN_TIMES = 3

/** A message, and one of the same length that asks for nothing dear. */
export interface Bomb {
  readonly what: string
  readonly bomb: (sender: Agent) => string
  readonly harmless: (sender: Agent) => string
}

interface Series extends Comparison {
  readonly bombMs: number
  readonly harmlessMs: number
}

/**
 * Sends bombs and harmless messages of the same length in turn, each from an address of its own, and behind each an honest
 * request from another, whose answer waits for as long as the server is at work.
 */
export async function slowdown(trial: Trial, bombs: readonly Bomb[]): Promise<Outcome> {
  const told: string[] = []
  for (const each of bombs) {
    const first = await series(trial, each)
    if (first === undefined) return trial.inconclusive('honest requests were not answered')
    told.push(`${each.what} ${first.bombMs.toFixed(1)} ms, harmless ${first.harmlessMs.toFixed(1)} ms`)
    if (!isTelling(first)) continue
    const second = await series(trial, each)
    if (second !== undefined && !isTelling(second)) continue
    return trial.succeeded(
      `behind ${each.what} honest answers took ${first.bombMs.toFixed(1)} ms (median), behind harmless messages of its length ${first.harmlessMs.toFixed(1)} ms, and so they did again`,
      { bombs: bombs.length, samples: SAMPLES, bombMs: first.bombMs, harmlessMs: first.harmlessMs },
    )
  }
  const counts = { bombs: bombs.length, samples: SAMPLES }
  return trial.resisted(
    `none of ${bombs.length} kinds slowed others down (medians: ${told.slice(0, 3).join('; ')})`,
    counts,
  )
}

async function series(trial: Trial, { bomb, harmless }: Bomb): Promise<Series | undefined> {
  const honest = await trial.stranger({ who: 'somebody' })
  // The first answer of a socket costs more than the next ones.
  if ((await probe(trial, honest)) === undefined) return undefined
  const bombMs: number[] = []
  const harmlessMs: number[] = []
  for (let at = 0; at < SAMPLES; at++) {
    for (const isBomb of at % 2 === 0 ? [true, false] : [false, true]) {
      const sender = await trial.stranger()
      await trial.turn()
      sender.line.send(isBomb ? bomb(sender) : harmless(sender))
      const tookMs = await probe(trial, honest)
      if (tookMs === undefined && !isBomb) return undefined
      // What keeps it at work for longer than anybody waits is waited for, so that the next message finds it idle.
      for (let more = 0; tookMs === undefined && more < IDLE_TRIES; more++)
        if ((await probe(trial, honest)) !== undefined) break
      const times = isBomb ? bombMs : harmlessMs
      times.push(tookMs ?? trial.answerMs)
    }
    // What takes that long each time need not be tried on.
    if (at >= 5 && median(bombMs) > SURE_MS && median(harmlessMs) * 10 < median(bombMs)) break
  }
  return {
    ...rankTest(bombMs, harmlessMs),
    bombMs: median(bombMs),
    harmlessMs: median(harmlessMs),
  }
}

const SURE_MS = 100
const IDLE_TRIES = 5

/** How long the answer to an honest request takes; nothing when none came. */
async function probe(trial: Trial, honest: Agent): Promise<number | undefined> {
  const beganMs = trial.nowMs()
  const { final } = await honest.ask({ method: 'OPTIONS', uri: `sip:${trial.target.domain}`, contact: false })
  return final === undefined ? undefined : trial.nowMs() - beganMs
}

function isTelling({ p, effect, bombMs, harmlessMs }: Series): boolean {
  const isSlower = bombMs - harmlessMs >= MIN_SLOWER_MS && bombMs >= harmlessMs * MIN_TIMES
  return isSlower && p < MAX_P && effect >= MIN_EFFECT
}
