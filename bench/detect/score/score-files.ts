import { readFileSync } from 'node:fs'
import { readLabels } from '../corpus/labels.ts'
import { INTENSITIES } from '../traffic/wire.ts'
import { type Outcome, type Summary, scoreCapture, summarize } from './score.ts'
import { readVerdict, type Verdict } from './verdict.ts'

/** How somebody's verdicts about a corpus come out. */
export interface FileScore {
  readonly all: Summary
  readonly byIntensity: Readonly<Record<string, Summary>>
  readonly outcomes: readonly Outcome[]
}

/**
 * Scores a file of verdicts against the labels of a corpus; captures that no verdict names count as silent.
 * @throws Error with the line that cannot be read, or of an unknown capture
 */
export function scoreFiles(labelsPath: string, verdictsPath: string): FileScore {
  const truths = readLabels(readFileSync(labelsPath, 'utf8').split('\n'))
  const verdicts = new Map<string, Verdict[]>()
  let number = 0
  for (const line of readFileSync(verdictsPath, 'utf8').split('\n')) {
    number += 1
    if (line.trim() === '') continue
    const verdict = verdictOn(line, number)
    if (!truths.has(verdict.capture))
      throw new Error(`line ${number}: no capture ${verdict.capture} in the labels`)
    const list = verdicts.get(verdict.capture)
    if (list === undefined) verdicts.set(verdict.capture, [verdict])
    else list.push(verdict)
  }
  const outcomes = [...truths.values()].map(truth => scoreCapture(truth, verdicts.get(truth.capture) ?? []))
  const byIntensity = INTENSITIES.map(
    intensity => [intensity, summarize(outcomes.filter(each => each.intensity === intensity))] as const,
  )
  return { all: summarize(outcomes), byIntensity: Object.fromEntries(byIntensity), outcomes }
}

function verdictOn(line: string, number: number): Verdict {
  try {
    return readVerdict(line)
  } catch (error) {
    throw new Error(
      `line ${number} of the verdicts: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
