import type { Figure, ServerName } from '../figures.ts'
import { type Row, type ServerRow, summaryOf } from '../table.ts'
import { barChart } from './charts.ts'
import { markdownTable } from './regions.ts'
import { type Section, shown } from './section.ts'

const SERVERS: Readonly<Record<ServerName, string>> = {
  aspis: 'Aspis',
  'aspis-dgram': 'Aspis, `node:dgram`',
  kamailio: 'Kamailio',
  'kamailio-stateless': 'Kamailio, stateless',
}

const HEAD = [
  '',
  'server',
  'CPU µs, smallest / median / largest',
  'ratio',
  'a second',
  'p50 ms',
  'p99 ms',
  'MB',
  'failed %',
]

/** Tables and pictures of Aspis beside Kamailio. */
export function pairsSection(figures: readonly Figure[]): Section {
  const rows = summaryOf(figures)
  const saturated = rows.filter(row => row.load === 'saturated')
  const slow = rows.filter(row => row.load === 'tenth')
  const pictures: Record<string, string> = {}
  const parts: string[] = []
  if (saturated.length > 0) {
    pictures['saturated.svg'] = chart('CPU time of one at saturation', saturated)
    parts.push('### At saturation', shown('saturated.svg', 'CPU time at saturation'), table(saturated))
  }
  if (slow.length > 0) {
    pictures['tenth.svg'] = chart('CPU time of one at a tenth of the rate', slow)
    parts.push(
      '### At a tenth of that rate',
      shown('tenth.svg', 'CPU time at a tenth of the rate'),
      table(slow),
    )
  }
  return { text: parts.join('\n\n'), pictures }
}

function table(rows: readonly Row[]): string {
  return markdownTable(
    HEAD,
    rows.flatMap(row => row.servers.map((each, at) => cells(at === 0 ? nameOf(row) : '', each))),
  )
}

function cells(name: string, each: ServerRow): readonly string[] {
  const { min, median, max } = each.cpuUs
  return [
    name,
    SERVERS[each.server],
    [min, median, max].map(us => us.toFixed(1)).join(' / '),
    each.ratio === undefined ? '' : `**${each.ratio.toFixed(2)}**`,
    each.perSecond.toFixed(0),
    (each.p50Us / 1000).toFixed(2),
    (each.p99Us / 1000).toFixed(2),
    each.residentMegabytes.toFixed(0),
    each.failedPercent.toFixed(3),
  ]
}

function chart(title: string, rows: readonly Row[]): string {
  const series = ['Aspis', 'Kamailio', 'Aspis, node:dgram']
  const names: readonly (readonly ServerName[])[] = [
    ['aspis'],
    ['kamailio', 'kamailio-stateless'],
    ['aspis-dgram'],
  ]
  const groups = rows.map(row => ({
    name: nameOf(row),
    values: names.map(some => row.servers.find(each => some.includes(each.server))?.cpuUs.median),
  }))
  return barChart({ title, unit: 'µs', series, groups })
}

function nameOf({ workload, what, transport }: Row): string {
  return `${workload} ${what}, ${transport.toUpperCase()}`
}
