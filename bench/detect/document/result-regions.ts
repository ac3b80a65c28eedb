import { markdownTable } from '../../document/regions.ts'
import {
  classRows,
  type Evaluation,
  intervalText,
  lossesOf,
  missedIn,
  percent,
  seconds,
  summaryOf,
} from '../report.ts'
import type { HonestResult } from '../runs/honest.ts'
import { medianOf, type Outcome, summarize } from '../score/score.ts'
import { INTENSITIES } from '../traffic/wire.ts'

/** Texts of the regions of the page, by name. */
export function resultRegions(found: Evaluation): Readonly<Record<string, string>> {
  return {
    quality: qualityText(found),
    'by-class': byClassText(found.outcomes),
    'by-detector': byDetectorText(found),
    evasions: evasionsText(found),
    honest: honestText(found),
    'drift-and-replay': `${driftText(found)}\n\n${sameText(found)}`,
    'detection-cost': costText(found),
    thresholds: sweepText(found),
  }
}

function qualityText({ outcomes }: Evaluation): string {
  const rows = [...INTENSITIES, 'all' as const].map(intensity => {
    const all = intensity === 'all' ? outcomes : outcomes.filter(each => each.intensity === intensity)
    const summary = intensity === 'all' ? summarize(outcomes) : summaryOf(outcomes, intensity)
    const delay = medianOf(all.map(({ delayMs }) => delayMs)) / 1000
    return [
      intensity,
      String(summary.captures),
      intervalText(summary.recall),
      intervalText(summary.macroF1),
      seconds(delay),
      `${summary.falseAlarms} in ${summary.honestMessages}`,
    ]
  })
  const head = [
    'intensity',
    'campaigns',
    'recall',
    'macro-F1',
    'median time to detect',
    'false alarms in honest messages',
  ]
  const missed = missedIn(outcomes)
  const names =
    missed.length === 0 ? 'Nothing was missed.' : `Missed:\n\n${missed.map(each => `- ${each}`).join('\n')}`
  return `${markdownTable(head, rows)}\n\n${names}`
}

function byClassText(outcomes: readonly Outcome[]): string {
  const head = ['class', ...INTENSITIES.flatMap(intensity => [`recall, ${intensity}`, 'after']), 'found by']
  const rows = classRows(outcomes).map(({ name, recalls, delays, detectors }) => [
    name,
    ...recalls.flatMap((recall, at) => [percent(recall), seconds(delays[at] ?? Number.NaN)]),
    detectors.join(', '),
  ])
  return markdownTable(head, rows)
}

function byDetectorText({ outcomes, honest }: Evaluation): string {
  const ids = new Set(
    outcomes.flatMap(({ foundBy, falseAlarms }) => [...foundBy, ...falseAlarms.map(each => each.detector)]),
  )
  const rows = [...ids].sort().map(id => {
    const right = outcomes.filter(({ foundBy }) => foundBy.includes(id))
    const first = right.filter(({ foundBy }) => foundBy[0] === id)
    const wrong = outcomes
      .flatMap(({ falseAlarms }) => falseAlarms)
      .filter(({ detector }) => detector === id).length
    const ofDay = honest.alerts.filter(alert => alert.startsWith(`${id} `)).length
    const classes = new Set(right.map(({ name }) => name)).size
    return [id, String(classes), String(right.length), String(first.length), String(wrong + ofDay)]
  })
  return markdownTable(['detector', 'classes', 'campaigns', 'spoke first in', 'false alarms'], rows)
}

function evasionsText({ evasions }: Evaluation): string {
  const rows = lossesOf(evasions).map(([name, recall, loss, lost]) => [
    name,
    percent(recall),
    loss.toFixed(1),
    lost.join(', ') || '–',
  ])
  return markdownTable(['evasion', 'recall', 'points lost', 'no longer found'], rows)
}

function honestText({ honest, controls }: Evaluation): string {
  const rows = [honest, ...controls].map(each => [
    each.id === '' ? each.what : `${each.id}: ${each.what}`,
    ...[each.users, each.messages, each.blocks.length, each.orders.length, each.alerts.length].map(String),
  ])
  const table = markdownTable(['who', 'users', 'messages', 'blocks', 'milder orders', 'alerts'], rows)
  const said = [honest, ...controls].flatMap(saidOf)
  return said.length === 0 ? table : `${table}\n\nWhat was said:\n\n${said.join('\n')}`
}

function saidOf({ id, what, alerts }: HonestResult): readonly string[] {
  const lines = alerts.slice(0, 5).map(alert => `- ${id === '' ? what : id}: ${alert}`)
  return alerts.length > 5 ? [...lines, `- ${id === '' ? what : id}: and ${alerts.length - 5} more`] : lines
}

function driftText({ drift }: Evaluation): string {
  const { noticedAtFresh, noticedAtDrifted, movedPercent, seenOnTheWay } = drift
  const seen = seenOnTheWay.length === 0 ? 'nobody spoke' : `${seenOnTheWay.join(', ')} spoke`
  return (
    `A ramp of requests from many addresses is noticed at ${noticedAtFresh.toFixed(2)} a second by detectors that never ` +
    `saw the drift, and at ${noticedAtDrifted.toFixed(2)} by those that did: ${movedPercent.toFixed(1)} % more is borne. ` +
    `During the drift itself ${seen}.`
  )
}

function sameText({ same }: Evaluation): string {
  const { captures, packets, findings, hashes, found, missed, cutDifferent } = same
  const equal = hashes[0] === hashes[1] ? 'equal' : 'NOT equal'
  const alone = missed.length === 0 ? 'none' : missed.join(', ')
  const cut =
    cutDifferent.length === 0 ? 'the same findings as whole ones' : `others in ${cutDifferent.join(', ')}`
  return (
    `${captures} captures of ${packets} packets were read twice: ${findings} findings each, lists ${equal} ` +
    `(\`${hashes[0]}\`). ${found} of their campaigns are found from the wire alone; found live and not from the ` +
    `wire: ${alone}. TCP in segments of one octet gives ${cut}.`
  )
}

function costText({ cost }: Evaluation): string {
  const { messages, medianNs, p999Ns, noneMedianNs, heapGrowthBytes, garbageBytes } = cost
  return markdownTable(
    ['of an honest message', ''],
    [
      ['all detectors, median', `${Math.round(medianNs)} ns`],
      ['engine, sensor and tracker, median', `${Math.round(noneMedianNs)} ns`],
      ['all together, p99.9', `${(p999Ns / 1000).toFixed(1)} µs`],
      ['garbage, all together', `${garbageBytes.toFixed(0)} octets`],
      ['growth of the heap by a million messages', `${(heapGrowthBytes / 1e6).toFixed(2)} MB`],
      ['messages timed', String(messages)],
    ],
  )
}

function sweepText({ sweep }: Evaluation): string {
  const rows = sweep.map(({ factor, recall, falsePerUserDay }) => [
    `× ${factor}`,
    percent(recall),
    falsePerUserDay.toPrecision(2),
  ])
  return markdownTable(['all thresholds', 'recall, medium', 'false alarms a user and day'], rows)
}
