import { type Figure, type ServerName, type Transport, WHAT, type Workload } from './figures.ts'
import { median, type Spread, spread } from './stats.ts'

/** What one server did in all rounds of one workload. */
export interface ServerRow {
  readonly server: ServerName
  /** CPU time in µs of all threads for one. */
  readonly cpuUs: Spread
  /** The median over the pairs of rounds: this server's CPU time over that of Kamailio in the same round. */
  readonly ratio: number | undefined
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
  readonly residentMegabytes: number
  /** The highest of all rounds. */
  readonly failedPercent: number
  readonly serverLoad: number
  readonly generatorLoad: number
}

/** One workload, every server. */
export interface Row {
  readonly workload: Workload
  readonly transport: Transport
  readonly load: Figure['load']
  readonly what: string
  readonly servers: readonly ServerRow[]
}

/** Folds the rounds of each workload. */
export function summaryOf(figures: readonly Figure[]): readonly Row[] {
  const groups = Map.groupBy(figures, each => `${each.transport} ${each.load} ${each.workload}`)
  return [...groups.values()].flatMap(group => {
    const first = group[0]
    if (first === undefined) return []
    const { workload, transport, load } = first
    const servers = [...new Set(group.map(each => each.server))].map(server => serverRow(group, server))
    return [{ workload, transport, load, what: WHAT[workload], servers }]
  })
}

function serverRow(group: readonly Figure[], server: ServerName): ServerRow {
  const own = group.filter(each => each.server === server)
  const middle = (pick: (each: Figure) => number): number => median(own.map(pick))
  return {
    server,
    cpuUs: spread(own.map(each => each.cpuUs)) ?? { min: Number.NaN, median: Number.NaN, max: Number.NaN },
    ratio: server.startsWith('kamailio') ? undefined : ratioOf(group, server),
    perSecond: middle(each => each.perSecond),
    p50Us: middle(each => each.p50Us),
    p99Us: middle(each => each.p99Us),
    residentMegabytes: middle(each => each.residentMegabytes),
    failedPercent: Math.max(...own.map(each => each.failedPercent)),
    serverLoad: middle(each => each.serverLoad),
    generatorLoad: middle(each => each.generatorLoad),
  }
}

function ratioOf(group: readonly Figure[], server: ServerName): number | undefined {
  const ratios = group.flatMap(mine => {
    if (mine.server !== server) return []
    const theirs = group.find(each => each.server.startsWith('kamailio') && each.round === mine.round)
    return theirs === undefined ? [] : [mine.cpuUs / theirs.cpuUs]
  })
  return ratios.length === 0 ? undefined : median(ratios)
}

const HEAD = [
  '',
  'server',
  'CPU µs',
  'ratio',
  'a second',
  'p50 ms',
  'p99 ms',
  'MB',
  'failed %',
  'load server/gen',
]

/** The table that a reader sees on a terminal. */
export function printTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.flatMap(row => row.servers.map((each, at) => cellsOf(row, each, at === 0)))]
  const widths = HEAD.map((_, at) => Math.max(...cells.map(line => line[at]?.length ?? 0)))
  return cells
    .map(line =>
      line
        .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cellsOf(row: Row, each: ServerRow, isFirst: boolean): readonly string[] {
  const load = row.load === 'tenth' ? ', a tenth' : ''
  return [
    isFirst ? `${row.workload} ${row.what}, ${row.transport}${load}` : '',
    each.server,
    printSpread(each.cpuUs),
    each.ratio?.toFixed(2) ?? '',
    each.perSecond.toFixed(0),
    (each.p50Us / 1000).toFixed(2),
    (each.p99Us / 1000).toFixed(2),
    each.residentMegabytes.toFixed(0),
    each.failedPercent.toFixed(2),
    `${each.serverLoad.toFixed(2)}/${each.generatorLoad.toFixed(2)}`,
  ]
}

/** Smallest/middle/largest. */
export function printSpread({ min, median: middle, max }: Spread): string {
  return [min, middle, max].map(value => value.toFixed(1)).join('/')
}
