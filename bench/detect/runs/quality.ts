import { CLASSES } from '../attacks/classes.ts'
import { EVASIONS, type Evasion } from '../attacks/evasion.ts'
import { nameOf } from '../attacks/field.ts'
import type { Settings } from '../judge.ts'
import { runSession } from '../run-session.ts'
import type { Outcome } from '../score/score.ts'
import { HELD_OUT } from '../session.ts'
import { INTENSITIES, type Intensity } from '../traffic/wire.ts'

/** Which attacks are played. */
export interface QualityPlan {
  /** Of each class and intensity. */
  readonly runs: number
  /** Classes whose names begin so; '' all. */
  readonly only: string
  /** Each class, or every second or third one; default 1. */
  readonly every?: number
  readonly intensities?: readonly Intensity[]
  readonly evasion?: Evasion
  readonly settings?: Settings
  /** Default: seeds that nothing was tuned with. */
  readonly firstSeed?: number
  /** Told after each class. */
  readonly onClass?: (outcomes: readonly Outcome[]) => void
}

/** Every class at every intensity, run after run, each amid honest people and in front of fresh detectors, D6. */
export function runQuality(plan: QualityPlan): readonly Outcome[] {
  const { runs, only, every = 1, intensities = INTENSITIES, evasion = 'plain', firstSeed = HELD_OUT } = plan
  const classes = CLASSES.filter((each, at) => at % every === 0 && nameOf(each).startsWith(only))
  return classes.flatMap(attack => {
    const outcomes = intensities.flatMap(intensity =>
      Array.from({ length: runs }, (_, run) =>
        runSession(
          { attack, intensity, evasion, run: firstSeed + run },
          plan.settings && { settings: plan.settings },
        ),
      ),
    )
    plan.onClass?.(outcomes)
    return outcomes
  })
}

/** The same attacks at their highest intensity by who does not want to be seen, D7. */
export function runEvasions(
  runs: number,
  only: string,
  every = 1,
): Readonly<Record<Evasion, readonly Outcome[]>> {
  const play = (evasion: Evasion): readonly Outcome[] =>
    runQuality({ runs, only, every, evasion, intensities: ['high'] })
  const all = EVASIONS.map(evasion => [evasion, play(evasion)] as const)
  const of = (wanted: Evasion): readonly Outcome[] => all.find(([name]) => name === wanted)?.[1] ?? []
  return {
    plain: of('plain'),
    renamed: of('renamed'),
    compact: of('compact'),
    'letter-case': of('letter-case'),
    folded: of('folded'),
    'percent-encoded': of('percent-encoded'),
    'small-segments': of('small-segments'),
    'many-sources': of('many-sources'),
    'hundredfold-slower': of('hundredfold-slower'),
    'ipv6-rotation': of('ipv6-rotation'),
  }
}
