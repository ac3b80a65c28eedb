import { PRODUCT_NAMES, PRODUCTS } from '../product.ts'
import { visible } from './plain.ts'
import type { Report, ReportedAttack } from './report.ts'

/**
 * JUnit XML as build servers read it: a test suite for each family of the catalogue, a test case for each attack.
 * Succeeded is a failure, inconclusive an error.
 */
export function reportJunit(report: Report): string {
  const families = new Map<string, ReportedAttack[]>()
  for (const attack of report.attacks) {
    const family = attack.entry.slice(0, 1)
    families.set(family, [...(families.get(family) ?? []), attack])
  }
  const suites = [...families].map(([family, attacks]) => suite(report, family, attacks))
  const name = `aspis audit of ${report.target.domain}`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${values({ name, ...sums(report.attacks) })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

function suite(report: Report, family: string, attacks: readonly ReportedAttack[]): string {
  const timestamp = report.startedAt.slice(0, 19)
  const head = values({ name: `family ${family}`, ...sums(attacks), timestamp, hostname: report.target.ip })
  return [`  <testsuite${head}>`, ...attacks.map(each => testCase(report, each)), '  </testsuite>'].join('\n')
}

function testCase(report: Report, attack: ReportedAttack): string {
  const { id, entry, title, durationMs } = attack
  const head = values({
    name: `${id}: ${title}`,
    classname: `aspis.audit.${entry}`,
    time: seconds(durationMs),
    ...placeOf(report),
  })
  const inside = outcome(report, attack)
  return inside === '' ? `    <testcase${head}/>` : `    <testcase${head}>${inside}</testcase>`
}

function outcome(report: Report, attack: ReportedAttack): string {
  const { verdict, why, severity } = attack
  const message = values({ message: why })
  if (verdict === 'skipped') return `<skipped${message}/>`
  if (verdict === 'inconclusive') return `<error${values({ message: why, type: 'inconclusive' })}/>`
  if (verdict === 'resisted') return ''
  return `<failure${values({ message: why, type: severity })}>${escaped(explained(report, attack))}</failure>`
}

function explained({ product }: Report, attack: ReportedAttack): string {
  const mending = (product === undefined ? PRODUCTS : [product]).map(
    each => `To mend in ${PRODUCT_NAMES[each]}: ${attack.mending[each]}`,
  )
  const source = `Source: ${[attack.clause, ...attack.references].join('; ')}`
  return [`Seen: ${attack.why}`, `Expected: ${attack.expected}`, source, ...mending].join('\n')
}

function placeOf({ target }: Report): Record<string, string> {
  return target.file === undefined ? {} : { file: target.file }
}

function sums(attacks: readonly ReportedAttack[]): Record<string, string> {
  const count = (verdict: ReportedAttack['verdict']): string =>
    String(attacks.filter(each => each.verdict === verdict).length)
  return {
    tests: String(attacks.length),
    failures: count('succeeded'),
    errors: count('inconclusive'),
    skipped: count('skipped'),
    time: seconds(attacks.reduce((sum, { durationMs }) => sum + durationMs, 0)),
  }
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

function values(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => ` ${name}="${escaped(value).replace(/[\r\n\t]/g, ' ')}"`)
    .join('')
}

/** XML 1.0 §2.2 has no place for most control characters: they are shown. */
function escaped(text: string): string {
  return visible(text)
    .replace(/[\ufffe\uffff]/g, '?')
    .replace(/[&<>"']/g, each => `&#${each.charCodeAt(0)};`)
}
