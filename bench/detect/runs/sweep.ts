import { DETECTORS } from '../../../src/detect/detectors.ts'
import type { Settings } from '../judge.ts'
import type { Outcome } from '../score/score.ts'
import { runHonestDay } from './honest.ts'
import { runQuality } from './quality.ts'

/** What came out when every threshold was so many times as high. */
export interface SweepPoint {
  readonly factor: number
  readonly recall: number
  readonly falsePerUserDay: number
  /** The same by detector: share of the campaigns that it finds at the lowest thresholds, and its false alarms. */
  readonly byDetector: Readonly<Record<string, { readonly recall: number; readonly falsePerUserDay: number }>>
}

/** From thresholds that see ghosts to some that see little. */
const FACTORS = [0.25, 0.5, 0.75, 1, 1.5, 2.5, 5] as const
/** Seeds for finding thresholds, far from those that are scored. */
const TUNING = 1

/** Thresholds of all detectors go up and down together: what is found, and who is accused wrongly. */
export function runSweep(every: number, only: string, honestScale: number): readonly SweepPoint[] {
  let reachable: ReadonlyMap<string, number> | undefined
  return FACTORS.map(factor => {
    const settings = scaled(factor)
    const attacks = runQuality({ runs: 1, every, only, settings, firstSeed: TUNING, intensities: ['medium'] })
    const honest = runHonestDay(TUNING, honestScale, settings)
    const found = countedBy(attacks)
    reachable ??= found
    const userDays = honest.users + attacks.reduce((sum, each) => sum + each.honestUserDays, 0)
    const wrong = [...honest.alerts.map(alert => alert.split(' ')[0] ?? ''), ...wrongOf(attacks)]
    const byDetector = DETECTORS.map(({ id }) => {
      const most = Math.max(1, reachable?.get(id) ?? 0)
      const falseAlarms = wrong.filter(each => each === id).length
      return [
        id,
        { recall: Math.min(1, (found.get(id) ?? 0) / most), falsePerUserDay: falseAlarms / userDays },
      ] as const
    })
    return {
      factor,
      recall: attacks.filter(({ isFound }) => isFound).length / Math.max(1, attacks.length),
      falsePerUserDay: wrong.length / userDays,
      byDetector: Object.fromEntries(byDetector),
    }
  })
}

/** What every detector is set to; what is a time stays as it is. */
export function scaled(factor: number): Settings {
  return Object.fromEntries(
    DETECTORS.map(({ id, thresholds }) => {
      const limits = Object.entries(thresholds).map(([name, { default: usual, min, max, unit }]) => {
        const isTime = /^(?:ms|s|seconds|minutes|hours)$/.test(unit)
        const value = isTime ? usual : Math.min(max, Math.max(min, usual * factor))
        return [name, value] as const
      })
      return [id, { limits: Object.fromEntries(limits) }] as const
    }),
  )
}

function countedBy(outcomes: readonly Outcome[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { foundBy } of outcomes) for (const id of foundBy) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

function wrongOf(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap(({ falseAlarms }) => falseAlarms.map(({ detector }) => detector))
}
