import type { Figure } from './beside-kamailio.ts'

const WHAT: Readonly<Record<string, string>> = {
  a: 'REGISTER',
  b: 'REGISTER with digest',
  c: 'call',
  d: 'call with digest',
  e: 'OPTIONS',
}

/** Smallest, middle and largest of several rounds. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** One workload, both servers. */
export interface Row {
  readonly workload: string
  readonly what: string
  /** CPU time in µs of all threads for one. */
  readonly aspisUs: Spread | undefined
  readonly kamailioUs: Spread | undefined
  /** Medians: Aspis over Kamailio. */
  readonly ratio: number | undefined
  readonly aspisPerSecond: number | undefined
  readonly kamailioPerSecond: number | undefined
  /** Highest share in percent that failed in a round of Aspis. */
  readonly failedPercent: number
}

/** Folds the rounds of each workload. */
export function summaryOf(figures: readonly Figure[]): readonly Row[] {
  const workloads = [...new Set(figures.map(each => each.workload))].sort()
  return workloads.map(workload => {
    const of = (server: Figure['server']) =>
      figures.filter(each => each.workload === workload && each.server === server)
    const [aspis, kamailio] = [of('aspis'), of('kamailio')]
    const aspisUs = spread(aspis.map(each => each.cpuUs))
    const kamailioUs = spread(kamailio.map(each => each.cpuUs))
    return {
      workload,
      what: WHAT[workload] ?? workload,
      aspisUs,
      kamailioUs,
      ratio:
        aspisUs === undefined || kamailioUs === undefined ? undefined : aspisUs.median / kamailioUs.median,
      aspisPerSecond: spread(aspis.map(each => each.perSecond))?.median,
      kamailioPerSecond: spread(kamailio.map(each => each.perSecond))?.median,
      failedPercent: Math.max(0, ...aspis.map(each => each.failedPercent)),
    }
  })
}

/** The table that a reader sees. */
export function printTable(rows: readonly Row[]): string {
  const cells = [
    ['', 'CPU time for one, µs: Aspis', 'Kamailio', 'ratio', 'a second: Aspis', 'Kamailio', 'failed'],
    ...rows.map(row => [
      `${row.workload} ${row.what}`,
      printSpread(row.aspisUs),
      printSpread(row.kamailioUs),
      row.ratio?.toFixed(2) ?? '-',
      row.aspisPerSecond?.toFixed(0) ?? '-',
      row.kamailioPerSecond?.toFixed(0) ?? '-',
      `${row.failedPercent.toFixed(2)} %`,
    ]),
  ]
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map(line => line[at]?.length ?? 0))) ?? []
  const lines = cells.map(line =>
    line
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  )
  return `${lines.join('\n')}

min/median/max of the rounds. Kamailio's digest is MD5, that of Aspis SHA-256; both store in memory for this
comparison but the bindings of Aspis, which are on the disk before the 200.`
}

function printSpread(values: Spread | undefined): string {
  if (values === undefined) return '-'
  return [values.min, values.median, values.max].map(value => value.toFixed(1)).join('/')
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  const [min, median, max] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  if (min === undefined || median === undefined || max === undefined) return undefined
  return { min, median, max }
}
