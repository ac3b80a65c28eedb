import { PRODUCT_NAMES } from '../product.ts'
import { oneLine } from './plain.ts'
import type { Report, ReportedAttack } from './report.ts'

/** Writes a word in a colour of the terminal, or leaves it. */
type Paint = (colour: 'red' | 'green' | 'yellow' | 'grey' | 'bold', text: string) => string

const CODES = { red: 31, green: 32, yellow: 33, grey: 90, bold: 1 } as const

/** The report for a terminal. @param isColoured with the codes of one */
export function reportText(report: Report, isColoured = false): string {
  const paint: Paint = (colour, text) => (isColoured ? `\x1b[${CODES[colour]}m${text}\x1b[0m` : text)
  return [
    ...head(report, paint),
    ...table(report, paint),
    ...details(report, 'succeeded', paint),
    ...details(report, 'inconclusive', paint),
    ...skipped(report),
    ...graded(report, paint),
  ].join('\n')
}

function head(report: Report, paint: Paint): readonly string[] {
  const { target, profile, durationMs, sent, server } = report
  const said = server === undefined ? '' : `, which says it is ${oneLine(server)}`
  return [
    `${oneLine(target.domain)} at ${target.ip}${said}`,
    `profile ${profile}, ${(durationMs / 1_000).toFixed(1)} s, ${sent} messages sent by attacks`,
    ...(report.isInterrupted
      ? [paint('yellow', 'The run was interrupted: this is what was found until then.')]
      : []),
    ...(report.died === undefined ? [] : [paint('red', oneLine(report.died))]),
    '',
  ]
}

function table({ attacks, summary }: Report, paint: Paint): readonly string[] {
  const width = Math.max(4, ...attacks.map(({ id }) => id.length))
  const rows = attacks
    .filter(({ verdict }) => verdict !== 'skipped')
    .map(({ entry, id, severity, verdict }) => {
      const row = `${entry}  ${id.padEnd(width)}  ${severity.padEnd(8)}`
      return `${row}  ${paint(COLOURS[verdict], verdict)}`
    })
  const { succeeded, inconclusive, resisted } = summary
  const sums = `${succeeded} succeeded, ${inconclusive} inconclusive, ${resisted} resisted, ${summary.skipped} skipped`
  return [...rows, '', sums]
}

const COLOURS = { succeeded: 'red', inconclusive: 'yellow', resisted: 'green', skipped: 'grey' } as const

function details(report: Report, verdict: ReportedAttack['verdict'], paint: Paint): readonly string[] {
  const found = report.attacks.filter(each => each.verdict === verdict)
  return found.flatMap(attack => [
    '',
    `${paint(COLOURS[verdict], verdict)}: ${attack.entry} ${attack.id} (${attack.severity}): ${attack.title}`,
    `  seen      ${oneLine(attack.why)}`,
    `  expected  ${attack.expected}`,
    ...(verdict === 'succeeded' && report.product !== undefined
      ? [`  to mend   ${PRODUCT_NAMES[report.product]}: ${oneLine(attack.mending[report.product])}`]
      : []),
    `  source    ${[attack.clause, ...attack.references].join('; ')}`,
  ])
}

function skipped({ attacks }: Report): readonly string[] {
  const byWhy = new Map<string, string[]>()
  for (const { verdict, why, id } of attacks) {
    if (verdict === 'skipped') byWhy.set(why, [...(byWhy.get(why) ?? []), id])
  }
  const lines = [...byWhy].map(
    ([why, ids]) =>
      `  ${ids.length} ${oneLine(why)}: ${ids.slice(0, 8).join(', ')}${ids.length > 8 ? ' …' : ''}`,
  )
  return lines.length === 0 ? [] : ['', 'skipped:', ...lines]
}

/** Last, where a terminal stands when all is told. */
function graded(report: Report, paint: Paint): readonly string[] {
  const { grade } = report
  const letter = grade.letter ?? 'none'
  const colour = letter.startsWith('A') ? 'green' : letter === 'B' || letter === 'none' ? 'yellow' : 'red'
  return [
    ...hint(report),
    '',
    `grade ${paint('bold', paint(colour, letter))} (${grade.confidence} confidence)`,
    ...grade.reasons.map(reason => `  ${oneLine(reason)}`),
  ]
}

function hint({ summary, product }: Report): readonly string[] {
  if (summary.succeeded === 0 || product !== undefined) return []
  return [
    '',
    'How to mend it for a product: --product aspis, kamailio, opensips or asterisk; --html shows all.',
  ]
}
