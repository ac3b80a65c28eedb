import { Random } from '../traffic/random.ts'
import type { Intensity } from '../traffic/wire.ts'
import { relationOf, type Truth } from './truth.ts'
import type { Verdict } from './verdict.ts'

/** How one capture came out. */
export interface Outcome {
  readonly capture: string
  /** Class of the attack, '' of honest traffic. */
  readonly name: string
  readonly attack: string
  readonly intensity: Intensity | ''
  readonly evasion: string
  readonly isFound: boolean
  /** From the first message of the campaign to the first right verdict; NaN when missed. */
  readonly delayMs: number
  /** Detectors that were right, the first to speak first. */
  readonly foundBy: readonly string[]
  /** Verdicts about who did nothing. */
  readonly falseAlarms: readonly Verdict[]
  /** Innocent subjects accused. */
  readonly innocents: number
  readonly honestMessages: number
  readonly honestUserDays: number
  readonly attackMessages: number
}

/** Scores the verdicts about one capture. */
export function scoreCapture(truth: Truth, verdicts: readonly Verdict[]): Outcome {
  const [right, wrong]: [Verdict[], Verdict[]] = [[], []]
  for (const verdict of verdicts) {
    const relation = relationOf(truth, verdict)
    if (relation === 'right') right.push(verdict)
    if (relation === 'wrong') wrong.push(verdict)
  }
  right.sort((a, b) => a.atMs - b.atMs)
  const [first] = right
  return {
    capture: truth.capture,
    name: truth.campaign?.name ?? '',
    attack: truth.campaign?.attack ?? '',
    intensity: truth.campaign?.intensity ?? '',
    evasion: truth.campaign?.evasion ?? '',
    isFound: first !== undefined,
    delayMs: first === undefined ? Number.NaN : first.atMs - truth.firstMs,
    foundBy: [...new Set(right.map(({ detector }) => detector))],
    falseAlarms: wrong,
    innocents: new Set(wrong.map(({ kind, name }) => `${kind} ${name}`)).size,
    honestMessages: truth.honestMessages,
    honestUserDays: truth.honestUserDays,
    attackMessages: truth.attackMessages,
  }
}

/** A figure, and between what it lies in 95 of 100 samples of the campaigns. */
export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** What many captures come to. */
export interface Summary {
  readonly captures: number
  readonly classes: number
  readonly recall: Interval
  /** Mean over the classes of the F1 of each: campaigns found or missed, innocents accused. */
  readonly macroF1: Interval
  readonly falseAlarms: number
  readonly honestMessages: number
  readonly falseAlarmsPerMillion: number
  readonly falseAlarmsPerUserDay: number
}

const SAMPLES = 500

/** Sums up; sampling keeps the classes and draws campaigns in each. */
export function summarize(outcomes: readonly Outcome[]): Summary {
  const attacks = outcomes.filter(({ name }) => name !== '')
  const byClass = [...Map.groupBy(attacks, ({ name }) => name).values()]
  const falseAlarms = sum(outcomes.map(each => each.falseAlarms.length))
  const honestMessages = sum(outcomes.map(each => each.honestMessages))
  const userDays = sum(outcomes.map(each => each.honestUserDays))
  return {
    captures: outcomes.length,
    classes: byClass.length,
    recall: bootstrapped(byClass, classes => recallOf(classes.flat())),
    macroF1: bootstrapped(byClass, classes => mean(classes.map(f1Of))),
    falseAlarms,
    honestMessages,
    falseAlarmsPerMillion: honestMessages === 0 ? 0 : (falseAlarms / honestMessages) * 1e6,
    falseAlarmsPerUserDay: userDays === 0 ? 0 : falseAlarms / userDays,
  }
}

/** Share of campaigns that were found. */
export function recallOf(outcomes: readonly Outcome[]): number {
  return outcomes.length === 0 ? 1 : outcomes.filter(({ isFound }) => isFound).length / outcomes.length
}

function f1Of(outcomes: readonly Outcome[]): number {
  const found = outcomes.filter(({ isFound }) => isFound).length
  const missed = outcomes.length - found
  const innocents = sum(outcomes.map(each => each.innocents))
  return found === 0 ? 0 : (2 * found) / (2 * found + missed + innocents)
}

function bootstrapped(
  byClass: readonly (readonly Outcome[])[],
  figure: (classes: readonly (readonly Outcome[])[]) => number,
): Interval {
  const random = new Random(95)
  const drawn = Array.from({ length: SAMPLES }, () =>
    figure(byClass.map(each => each.map(() => random.pick(each)))),
  ).sort((a, b) => a - b)
  const at = (share: number): number => drawn[Math.floor(share * (drawn.length - 1))] ?? 0
  return { value: figure(byClass), low: at(0.025), high: at(0.975) }
}

/** The middle one. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.filter(value => !Number.isNaN(value)).toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length
}
