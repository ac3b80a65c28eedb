import type { Report } from '../audit/report/report.ts'

/** One server of the demonstration with what was found. */
export interface Shown {
  readonly name: string
  readonly report: Report
  /** Path of the report, and the same as a browser takes it. */
  readonly file: string
  readonly url: string
}

/** The worst that are named. */
const NAMED = 6

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const

/** What the demonstration ends with: two grades with their reasons, and the reports. */
export function demoText(shown: readonly Shown[], opener: string): string {
  const [first] = shown
  return [
    ...shown.flatMap(section),
    'Reports, with every message that went over the wire:',
    ...shown.map(({ file }) => `  ${file}`),
    'Open one in a browser:',
    `  ${opener} ${first?.url ?? ''}`,
  ].join('\n')
}

function section({ name, report }: Shown): readonly string[] {
  const { grade, summary, attacks, durationMs } = report
  const tried = summary.resisted + summary.succeeded + summary.inconclusive
  const worst = attacks
    .filter(({ verdict }) => verdict === 'succeeded')
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
  const named = worst.slice(0, NAMED)
  const more = worst.length - named.length
  return [
    `${name}: grade ${grade.letter ?? 'none'}`,
    `  ${summary.resisted} of ${tried} attacks resisted, ${summary.succeeded} succeeded, in ${Math.round(durationMs / 1_000)} s`,
    ...grade.reasons.map(reason => `  ${reason}`),
    ...(named.length === 0 ? [] : ['  Somebody']),
    ...named.map(({ entry, severity, title }) => `    ${title} (${entry}, ${severity})`),
    ...(more > 0 ? [`    and ${more} more`] : []),
    '',
  ]
}
