import type { Figure } from '../figures.ts'
import type { ProtectionCost } from '../protections.ts'
import { farOverNear, type Point } from '../shape/line.ts'
import type { ShapeResult } from '../shape/shape.ts'
import { bytesPerUser } from '../shape/users.ts'
import type { SoakResult } from '../soak.ts'
import { type Row, type ServerRow, summaryOf } from '../table.ts'
import type { WorkersResult } from '../workers.ts'
import type { Aim } from './aim.ts'

/** CPU time over Kamailio's, by workload over UDP; over streams, with plain datagrams and at a tenth it is one for all. */
const MAX_RATIO: Readonly<Record<string, number>> = { a: 1, b: 1, c: 0.8, d: 0.8, e: 1 }
const MAX_STREAM_RATIO = 1
const MAX_DGRAM_RATIO = 1.3
const MAX_TENTH_RATIO = 1
const MAX_TENTH_P99_MS = 3
const MAX_FAILED_PERCENT = 0.1

/** What was aimed at beside Kamailio. */
export function pairsAims(figures: readonly Figure[]): readonly Aim[] {
  const rows = summaryOf(figures).filter(row => row.workload !== 'g')
  const all = rows.flatMap(row => row.servers.flatMap(each => rowAims(row, each)))
  const ours = figures.filter(each => each.server.startsWith('aspis'))
  const measured = Math.max(...ours.map(each => each.failedPercent))
  return [...all, { what: 'failed of any window', limit: MAX_FAILED_PERCENT, measured, unit: '%' }]
}

function rowAims(row: Row, { server, ratio, p99Us }: ServerRow): readonly Aim[] {
  if (server.startsWith('kamailio') || ratio === undefined) return []
  const name = `${row.workload} ${row.what}, ${row.transport.toUpperCase()}`
  if (row.load === 'saturated') {
    const isPlain = server === 'aspis-dgram'
    const limit = isPlain
      ? MAX_DGRAM_RATIO
      : row.transport === 'udp'
        ? (MAX_RATIO[row.workload] ?? 1)
        : MAX_STREAM_RATIO
    return [{ what: `${name}${isPlain ? ', node:dgram' : ''}: ratio`, limit, measured: ratio, unit: '' }]
  }
  if (server === 'aspis-dgram') return []
  return [
    { what: `${name}, a tenth: ratio`, limit: MAX_TENTH_RATIO, measured: ratio, unit: '' },
    { what: `${name}, a tenth: p99`, limit: MAX_TENTH_P99_MS, measured: p99Us / 1000, unit: 'ms' },
  ]
}

/** What protections may add. */
export function protectionAims(costs: readonly ProtectionCost[]): readonly Aim[] {
  const added = (name: string): number =>
    costs.find(each => each.name === name && each.server === 'aspis')?.addsPercent ?? Number.NaN
  return [
    { what: 'digest adds to a call', limit: 25, measured: added('digest, a call'), unit: '%' },
    { what: 'proof of a dialog adds to a call', limit: 5, measured: added('proof of a dialog'), unit: '%' },
  ]
}

/** What a long run has to show. */
export function soakAims(result: SoakResult): readonly Aim[] {
  const measured = Math.abs(result.memoryChangePercent)
  return [
    { what: 'p99 at half load', limit: 5, measured: result.half.p99Us / 1000, unit: 'ms' },
    { what: 'longest stall at 70 %', limit: 50, measured: result.longestStallMs, unit: 'ms' },
    { what: 'change of memory at 70 %', limit: 5, measured, unit: '%' },
  ]
}

/** What two workers have to give. */
export function workersAims(result: WorkersResult): readonly Aim[] {
  if (!result.isOnOwnCores)
    return [{ what: 'CPU time of a call, two over one', limit: 1.15, measured: result.cpuRatio, unit: '' }]
  const measured = result.twoPerSecond / result.onePerSecond
  return [{ what: 'throughput, two over one', limit: 1.7, measured, isLeast: true, unit: '' }]
}

/** How cost may grow. */
export function shapeAims(shape: ShapeResult): readonly Aim[] {
  const { users, calls } = shape
  const lookUps: readonly Point[] = users.map(each => [each.users, each.lookUpNs] as const)
  const newCalls: readonly Point[] = calls.map(each => [each.calls, each.cpuUs] as const)
  const ready = Math.max(...users.map(each => each.readySeconds))
  return [
    {
      what: 'memory of a user beyond what it sent',
      limit: 700,
      measured: bytesPerUser(users),
      unit: 'octets',
    },
    {
      what: 'look-up among most users over that among fewest',
      limit: 1.2,
      measured: farOverNear(lookUps),
      unit: '',
    },
    { what: 'ready after a restart with most users', limit: 20, measured: ready, unit: 's' },
    {
      what: 'a new call among most calls over one among few',
      limit: 1.1,
      measured: farOverNear(newCalls),
      unit: '',
    },
  ]
}
