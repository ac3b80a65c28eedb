import type { Attack, Severity } from './attack.ts'
import type { Profile } from './audit.ts'
import type { Verdict } from './outcome.ts'

/** From the best to the worst. */
export type Letter = 'A+' | 'A' | 'B' | 'C' | 'D' | 'F'

/** What a run is worth, and why. */
export interface Grade {
  /** None when too much was not tried. */
  readonly letter?: Letter
  /** How sure the letter is: what was inconclusive or skipped may have changed it. */
  readonly confidence: 'high' | 'medium' | 'low'
  /** Weight of what was resisted, of all that was tried to its end: 0 to 100. */
  readonly score: number
  /** Weight that was tried to its end, of all that the profile has: 0 to 100. */
  readonly triedPercent: number
  /** Sentences: what capped it, what is missing. */
  readonly reasons: readonly string[]
}

/** An attack as far as the grade looks at it. */
export interface Graded {
  readonly severity: Severity
  readonly verdict: Verdict
  /** Of what was skipped or inconclusive. */
  readonly why: string
}

/** How much an attack counts. */
export const WEIGHTS: Readonly<Record<Severity, number>> = { low: 1, medium: 2, high: 4, critical: 8 }

/** Less than that of the weight tried, and there is no grade. */
export const LEAST_TRIED_PERCENT = 70

/** Not less than that for the best one. */
const BEST_TRIED_PERCENT = 90

const LETTERS: readonly Letter[] = ['A+', 'A', 'B', 'C', 'D', 'F']

/** The least score of a letter. */
const BOUNDS: readonly (readonly [number, Letter])[] = [
  [95, 'A'],
  [85, 'B'],
  [70, 'C'],
  [50, 'D'],
]

/** Succeeded attacks of a severity, from that many on, allow no better letter. The worst that holds counts. */
export const CAPS: readonly (readonly [Severity, number, Letter])[] = [
  ['critical', 2, 'F'],
  ['critical', 1, 'D'],
  ['high', 5, 'D'],
  ['high', 1, 'C'],
  ['medium', 1, 'B'],
  ['low', 1, 'A'],
]

/** All attacks of the profile and what came of each; what the run left out on purpose is skipped too. */
export function gradedOf(
  all: readonly Attack[],
  profile: Profile,
  outcomes: ReadonlyMap<string, { readonly verdict: Verdict; readonly why: string }>,
): readonly Graded[] {
  return all
    .filter(({ isIntrusive }) => profile === 'full' || !isIntrusive)
    .map(({ id, severity }) => {
      const { verdict, why } = outcomes.get(id) ?? { verdict: 'skipped', why: 'left out of this run' }
      return { severity, verdict, why }
    })
}

/** Grades a run. @param died the target stopped serving honest users @see docs/audit.md */
export function gradeOf(graded: readonly Graded[], died: boolean): Grade {
  const weigh = (...verdicts: readonly Verdict[]): number =>
    graded
      .filter(({ verdict }) => verdicts.includes(verdict))
      .reduce((sum, { severity }) => sum + WEIGHTS[severity], 0)
  const whole = weigh('resisted', 'succeeded', 'inconclusive', 'skipped')
  const ended = weigh('resisted', 'succeeded')
  const score = ended === 0 ? 0 : round((100 * weigh('resisted')) / ended)
  const triedPercent = whole === 0 ? 0 : round((100 * ended) / whole)
  const doubt = whole === 0 ? 100 : (100 * weigh('inconclusive', 'skipped')) / whole
  const confidence = doubt <= 2 ? 'high' : doubt <= 15 ? 'medium' : 'low'
  const about = { confidence, score, triedPercent } as const
  if (died) return { ...about, letter: 'F', reasons: ['The target stopped serving honest users: F.'] }
  const missing = missingWords(graded)
  if (triedPercent < LEAST_TRIED_PERCENT) {
    const bound = `less than the ${LEAST_TRIED_PERCENT} % that a grade needs`
    return { ...about, reasons: [`Only ${triedPercent} % was tried to its end, ${bound}.`, ...missing] }
  }
  const caps = CAPS.filter(([severity, from]) => count(graded, severity) >= from)
  const cap = caps.map(([, , letter]) => letter).reduce(worse, 'A+')
  const byScore = letterOf(score, graded, triedPercent)
  const letter = worse(cap, byScore)
  const capped = caps.find(([, , each]) => each === cap)
  return {
    ...about,
    letter,
    reasons: [
      ...(capped === undefined ? [] : [capWords(capped[0], graded, cap)]),
      `${score} % of the weight that was tried was resisted.`,
      ...(letter === 'A' && score === 100
        ? [`An A+ needs ${BEST_TRIED_PERCENT} % tried and nothing inconclusive.`]
        : []),
      ...missing,
    ],
  }
}

/** Down, so that 99.9 % is not called whole. */
function round(percent: number): number {
  return Math.floor(percent * 10) / 10
}

function count(graded: readonly Graded[], severity: Severity): number {
  return graded.filter(each => each.verdict === 'succeeded' && each.severity === severity).length
}

function worse(a: Letter, b: Letter): Letter {
  return LETTERS.indexOf(a) > LETTERS.indexOf(b) ? a : b
}

function letterOf(score: number, graded: readonly Graded[], triedPercent: number): Letter {
  const isSure =
    graded.every(({ verdict }) => verdict !== 'inconclusive') && triedPercent >= BEST_TRIED_PERCENT
  if (score === 100 && isSure) return 'A+'
  return BOUNDS.find(([least]) => score >= least)?.[1] ?? 'F'
}

function capWords(severity: Severity, graded: readonly Graded[], cap: Letter): string {
  const succeeded = count(graded, severity)
  const noun = succeeded === 1 ? 'attack' : 'attacks'
  return `${succeeded} ${noun} of ${severity} severity succeeded: ${cap === 'F' ? cap : `at best ${cap}`}.`
}

/** What was not tried to its end, by reason, the most frequent first. */
function missingWords(graded: readonly Graded[]): readonly string[] {
  const inconclusive = graded.filter(({ verdict }) => verdict === 'inconclusive').length
  const reasons = new Map<string, number>()
  for (const { verdict, why } of graded)
    if (verdict === 'skipped') reasons.set(why, (reasons.get(why) ?? 0) + 1)
  const skipped = [...reasons].sort(([, a], [, b]) => b - a).map(([why, times]) => `${times} × ${why}`)
  return [
    ...(inconclusive === 0 ? [] : [`${inconclusive} inconclusive.`]),
    ...(skipped.length === 0 ? [] : [`Not tried: ${skipped.slice(0, 6).join('; ')}.`]),
  ]
}
