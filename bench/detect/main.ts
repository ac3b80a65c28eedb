import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { printAims } from '../aims/aim.ts'
import { writeCorpus } from './corpus/write-corpus.ts'
import { type DetectOptions, readDetectOptions } from './detect-options.ts'
import { writeDetectionPage, writeDetectorList } from './document/detection-page.ts'
import {
  classRows,
  detectionAims,
  type Evaluation,
  intervalText,
  lossesOf,
  missedIn,
  percent,
  seconds,
} from './report.ts'
import { runCost } from './runs/cost.ts'
import { runDrift } from './runs/drift.ts'
import { type HonestResult, runControls, runHonestDay } from './runs/honest.ts'
import { runEvasions, runQuality } from './runs/quality.ts'
import { runSame } from './runs/same.ts'
import { runSweep } from './runs/sweep.ts'
import { type Outcome, type Summary, summarize } from './score/score.ts'
import { scoreFiles } from './score/score-files.ts'
import { HELD_OUT } from './session.ts'
import { INTENSITIES } from './traffic/wire.ts'

/** The commands about detection. @throws Error that says what is wrong with the command line or a file */
export function runDetect(args: readonly string[]): void {
  const options = readDetectOptions(args)
  switch (options.verb) {
    case 'corpus':
      return corpus(options)
    case 'score':
      return score(options)
    case 'detect':
      if (options.isListOnly) return writeDetectorList()
      return options.isCostOnly ? console.log(costText(runCost(0.05))) : evaluate(options)
  }
}

function corpus({ folder, seed, isQuick, only }: Extract<DetectOptions, { verb: 'corpus' }>): void {
  const intensities = isQuick ? (['medium'] as const) : INTENSITIES
  const written = writeCorpus({ folder, seed, only, intensities, honestScale: isQuick ? 0.02 : 0.1 })
  console.log(`${written.captures} captures, ${written.messages} messages: ${folder}`)
}

function score({ labels, verdicts, out }: Extract<DetectOptions, { verb: 'score' }>): void {
  const { all, byIntensity, outcomes } = scoreFiles(labels, verdicts)
  for (const [intensity, summary] of Object.entries(byIntensity)) printSummary(intensity, summary)
  printSummary('all', all)
  printMissed(outcomes.filter(({ name }) => name !== ''))
  if (out !== undefined)
    writeFileSync(resolve(out), `${JSON.stringify({ all, byIntensity, outcomes }, null, 1)}\n`)
}

function evaluate(options: Extract<DetectOptions, { verb: 'detect' }>): void {
  const { isQuick, runs, only } = options
  // With few runs the rest takes a sample of the classes.
  const every = runs < 10 ? 4 : 1
  const outcomes = step('attacks', () =>
    runQuality({ runs, only, onClass: each => console.log(classLine(each)) }),
  )
  for (const intensity of INTENSITIES) {
    printSummary(intensity, summarize(outcomes.filter(each => each.intensity === intensity)))
  }
  printSummary('all', summarize(outcomes))
  printMissed(outcomes)
  const evasions = step('evasions', () => runEvasions(Math.max(1, Math.ceil(runs / 10)), only, every))
  for (const [name, recall, loss, lost] of lossesOf(evasions)) {
    console.log(
      `  ${name.padEnd(20)} recall ${percent(recall)}, ${loss.toFixed(1)} points less ${lost.join(' ')}`,
    )
  }
  const honest = step('honest people', () => runHonestDay(HELD_OUT, isQuick ? 0.1 : 1))
  printHonest(honest)
  const controls = step('what looks like an attack and is none', () => runControls(HELD_OUT))
  for (const control of controls) printHonest(control)
  const drift = step('drift', () => runDrift(HELD_OUT))
  console.log(
    `  noticed at ${drift.noticedAtFresh.toFixed(2)}/s, after a day of drift at ${drift.noticedAtDrifted.toFixed(2)}/s`,
  )
  const seen = new Set(
    outcomes.filter(each => each.isFound && each.intensity === 'medium').map(each => each.name),
  )
  const same = step('captures', () => runSame(only, seen, every))
  console.log(
    `  ${same.captures} captures, ${same.findings} findings, ${same.hashes.join(' and ')}; found ${same.found}`,
  )
  console.log(
    `  missed in captures alone: ${same.missed.join(', ') || 'none'}; cut differently: ${same.cutDifferent.join(', ') || 'none'}`,
  )
  const sweep = step('thresholds', () => runSweep(every, only, runs < 10 ? 0.02 : 0.1))
  for (const { factor, recall, falsePerUserDay } of sweep) {
    console.log(
      `  × ${factor}: recall ${percent(recall)}, ${falsePerUserDay.toPrecision(2)} false alarms a user and day`,
    )
  }
  const cost = step('cost', () => runCost(0.05))
  console.log(costText(cost))
  const found: Evaluation = { runs, outcomes, evasions, honest, controls, drift, same, sweep, cost }
  console.log(`\n${printAims(detectionAims(found))}`)
  if (options.isWritten) writeDetectionPage(found)
  if (options.out !== undefined) writeFileSync(resolve(options.out), `${JSON.stringify(found, null, 1)}\n`)
}

function step<T>(what: string, work: () => T): T {
  console.log(`\n${what}`)
  const startedMs = performance.now()
  const result = work()
  console.log(`  (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`)
  return result
}

function classLine(outcomes: readonly Outcome[]): string {
  const [row] = classRows(outcomes)
  if (row === undefined) return ''
  const cells = row.recalls.map(
    (recall, at) => `${percent(recall).padStart(7)} ${seconds(row.delays[at] ?? Number.NaN).padStart(7)}`,
  )
  const wrong = [
    ...new Set(outcomes.flatMap(({ falseAlarms }) => falseAlarms.map(({ detector }) => detector))),
  ]
  return `  ${row.name.padEnd(42)}${cells.join('  ')}  ${row.detectors.join(' ')}${wrong.length > 0 ? `  WRONG: ${wrong.join(' ')}` : ''}`
}

function printSummary(name: string, summary: Summary): void {
  const { captures, classes, recall, macroF1, falseAlarms, honestMessages } = summary
  console.log(
    `  ${name.padEnd(8)} ${captures} captures, ${classes} classes: recall ${intervalText(recall)}, macro-F1 ${intervalText(macroF1)}, ` +
      `${falseAlarms} false alarms in ${honestMessages} honest messages`,
  )
}

function printMissed(outcomes: readonly Outcome[]): void {
  const missed = missedIn(outcomes)
  console.log(missed.length === 0 ? '  nothing missed' : `  missed:\n    ${missed.join('\n    ')}`)
}

function printHonest({ id, what, users, messages, alerts, blocks, orders }: HonestResult): void {
  console.log(
    `  ${id} ${what}: ${users} users, ${messages} messages, ${alerts.length} alerts, ${orders.length} mild orders, ${blocks.length} blocks`,
  )
  for (const line of [...blocks, ...alerts].slice(0, 8)) console.log(`    ${line}`)
}

function costText({
  messages,
  medianNs,
  p999Ns,
  noneMedianNs,
  heapGrowthBytes,
  garbageBytes,
}: Evaluation['cost']): string {
  return (
    `  ${messages} messages: all detectors ${Math.round(medianNs)} ns (median), engine and tracker ${Math.round(noneMedianNs)} ns; ` +
    `p99.9 ${Math.round(p999Ns)} ns; heap ${(heapGrowthBytes / 1e6).toFixed(2)} MB more after a million, ${garbageBytes.toFixed(1)} octets of garbage a message`
  )
}
