import { oneLine } from './plain.ts'
import type { Report, ReportedAttack } from './report.ts'

/** An attack whose outcome is another one now. */
export interface Change {
  readonly id: string
  readonly entry: string
  readonly severity: ReportedAttack['severity']
  /** Nothing when the run did not have it. */
  readonly before?: ReportedAttack['verdict']
  readonly after?: ReportedAttack['verdict']
  readonly why: string
}

/** What changed from one run to another. */
export interface Comparison {
  /** Succeeds now, and did not before. */
  readonly worse: readonly Change[]
  /** Succeeded before, and is resisted now. */
  readonly better: readonly Change[]
  readonly other: readonly Change[]
  readonly same: number
  readonly grades: { readonly before: string; readonly after: string }
}

/** Compares two runs attack by attack. */
export function compare(before: Report, after: Report): Comparison {
  const earlier = new Map(before.attacks.map(each => [each.id, each]))
  const later = new Map(after.attacks.map(each => [each.id, each]))
  const changes: Change[] = []
  let same = 0
  for (const id of new Set([...earlier.keys(), ...later.keys()])) {
    const [a, b] = [earlier.get(id), later.get(id)]
    const one = b ?? a
    if (one === undefined) continue
    if (a?.verdict === b?.verdict) same++
    else {
      changes.push({
        id,
        entry: one.entry,
        severity: one.severity,
        ...(a === undefined ? {} : { before: a.verdict }),
        ...(b === undefined ? {} : { after: b.verdict }),
        why: b?.why ?? 'not in the later run',
      })
    }
  }
  const isWorse = (change: Change): boolean => change.after === 'succeeded'
  const isBetter = (change: Change): boolean => change.before === 'succeeded' && change.after === 'resisted'
  return {
    worse: changes.filter(isWorse),
    better: changes.filter(isBetter),
    other: changes.filter(change => !isWorse(change) && !isBetter(change)),
    same,
    grades: { before: before.grade.letter ?? 'none', after: after.grade.letter ?? 'none' },
  }
}

/** The same for a reader. */
export function comparisonText(comparison: Comparison): string {
  const { worse, better, other, same, grades } = comparison
  const lines = (title: string, changes: readonly Change[]): readonly string[] =>
    changes.length === 0
      ? []
      : [
          `${title}:`,
          ...changes.map(
            ({ id, entry, severity, before = 'not there', after = 'not there', why }) =>
              `  ${entry} ${id} (${severity}): ${before} -> ${after}: ${oneLine(why)}`,
          ),
        ]
  return [
    `grade: ${grades.before} -> ${grades.after}`,
    ...lines('worse', worse),
    ...lines('better', better),
    ...lines('other changes', other),
    `${same} the same`,
  ].join('\n')
}
