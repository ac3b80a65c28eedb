import type { Aim } from '../aims/aim.ts'
import type { Evasion } from './attacks/evasion.ts'
import type { CostResult } from './runs/cost.ts'
import type { DriftResult } from './runs/drift.ts'
import type { HonestResult } from './runs/honest.ts'
import type { SameResult } from './runs/same.ts'
import type { SweepPoint } from './runs/sweep.ts'
import { medianOf, type Outcome, recallOf, type Summary, summarize } from './score/score.ts'
import { INTENSITIES } from './traffic/wire.ts'

/** All that was found out about the detectors. */
export interface Evaluation {
  readonly runs: number
  readonly outcomes: readonly Outcome[]
  readonly evasions: Readonly<Record<Evasion, readonly Outcome[]>>
  readonly honest: HonestResult
  readonly controls: readonly HonestResult[]
  readonly drift: DriftResult
  readonly same: SameResult
  readonly sweep: readonly SweepPoint[]
  readonly cost: CostResult
}

/** One line of the table of classes. */
export interface ClassRow {
  readonly name: string
  readonly recalls: readonly number[]
  /** Median, seconds, by intensity. */
  readonly delays: readonly number[]
  readonly detectors: readonly string[]
}

export function classRows(outcomes: readonly Outcome[]): readonly ClassRow[] {
  return [...Map.groupBy(outcomes, ({ name }) => name)].map(([name, all]) => {
    const of = (intensity: string): readonly Outcome[] => all.filter(each => each.intensity === intensity)
    const counts = new Map<string, number>()
    for (const { foundBy } of all) for (const id of foundBy) counts.set(id, (counts.get(id) ?? 0) + 1)
    const usual = [...counts].filter(([, count]) => count >= all.length / 4).sort((a, b) => b[1] - a[1])
    return {
      name,
      recalls: INTENSITIES.map(intensity => recallOf(of(intensity))),
      delays: INTENSITIES.map(intensity => medianOf(of(intensity).map(({ delayMs }) => delayMs)) / 1000),
      detectors: usual.slice(0, 3).map(([id]) => id),
    }
  })
}

/** Campaigns that nobody spoke of, by class and intensity, with how many of how many. */
export function missedIn(outcomes: readonly Outcome[]): readonly string[] {
  const groups = Map.groupBy(outcomes, ({ name, intensity }) => `${name}, ${intensity}`)
  return [...groups]
    .map(([what, all]) => [what, all.filter(({ isFound }) => !isFound).length, all.length] as const)
    .filter(([, missed]) => missed > 0)
    .map(([what, missed, all]) => (all === 1 ? what : `${what}: ${missed} of ${all}`))
}

export function summaryOf(outcomes: readonly Outcome[], intensity: string): Summary {
  return summarize(outcomes.filter(each => each.intensity === intensity))
}

/** Points of recall that each evasion takes away, of 100. */
export function lossesOf(
  evasions: Evaluation['evasions'],
): readonly (readonly [name: string, recall: number, loss: number, lost: readonly string[]])[] {
  const plain = recallOf(evasions.plain)
  const foundPlain = new Set(evasions.plain.filter(({ isFound }) => isFound).map(({ name }) => name))
  return Object.entries(evasions).map(([name, outcomes]) => {
    const recall = recallOf(outcomes)
    const lost = outcomes.filter(each => !each.isFound && foundPlain.has(each.name)).map(each => each.name)
    return [name, recall, (plain - recall) * 100, [...new Set(lost)]] as const
  })
}

/** What was aimed at, in the order of the goals. */
export function detectionAims(found: Evaluation): readonly Aim[] {
  const [high, slow] = [summaryOf(found.outcomes, 'high'), summaryOf(found.outcomes, 'slow')]
  const worst = Math.max(...lossesOf(found.evasions).map(([, , loss]) => loss))
  const alerts = (found.honest.alerts.length / Math.max(1, found.honest.messages)) * 1e6
  const blocks = [found.honest, ...found.controls].reduce((sum, { blocks: each }) => sum + each.length, 0)
  return [
    { what: 'D5 innocents barred, the day and the controls', measured: blocks, limit: 0, unit: '' },
    { what: 'D5 alerts in a million honest messages', measured: alerts, limit: 1, unit: '' },
    {
      what: 'D6 classes of attack',
      measured: summarize(found.outcomes).classes,
      limit: 60,
      isLeast: true,
      unit: '',
    },
    { what: 'D6 recall, high rate', measured: high.recall.value, limit: 0.99, isLeast: true, unit: '' },
    { what: 'D6 recall, low and slow', measured: slow.recall.value, limit: 0.95, isLeast: true, unit: '' },
    {
      what: 'D6 macro-F1, all intensities',
      ...{ measured: summarize(found.outcomes).macroF1.value, limit: 0.98, isLeast: true, unit: '' },
    },
    { what: 'D7 recall that the best evasion takes away', measured: worst, limit: 5, unit: 'points' },
    {
      what: 'D8 threshold moved by a day of drift',
      measured: found.drift.movedPercent,
      limit: 10,
      unit: '%',
    },
    {
      what: 'D9 lists of findings that differ when a capture is read twice',
      ...{ measured: found.same.hashes[0] === found.same.hashes[1] ? 0 : 1, limit: 0, unit: '' },
    },
    { what: 'C1 all detectors, median message', measured: found.cost.medianNs / 1000, limit: 1, unit: 'µs' },
    { what: 'C1 all detectors, p99.9', measured: found.cost.p999Ns / 1000, limit: 20, unit: 'µs' },
    {
      what: 'C4 heap that a million honest messages add',
      ...{ measured: found.cost.heapGrowthBytes / 1e6, limit: 1, unit: 'MB' },
    },
  ]
}

export function percent(share: number): string {
  return Number.isNaN(share) ? '' : `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`
}

export function seconds(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (value < 120) return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`
  return value < 7200 ? `${Math.round(value / 60)} min` : `${(value / 3600).toFixed(1)} h`
}

export function intervalText({ value, low, high }: { value: number; low: number; high: number }): string {
  return `${value.toFixed(3)} [${low.toFixed(3)}–${high.toFixed(3)}]`
}
