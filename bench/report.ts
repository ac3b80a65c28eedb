import type { Anatomy } from './anatomy.ts'
import { printAccount } from './profile/print.ts'
import type { ProtectionCost } from './protections.ts'
import { farOverNear, fitLine, type Point } from './shape/line.ts'
import type { ShapeResult } from './shape/shape.ts'
import { bytesPerUser } from './shape/users.ts'
import type { SoakResult } from './soak.ts'
import type { WorkersResult } from './workers.ts'

/** What each protection adds, as lines for a terminal. */
export function printProtections(costs: readonly ProtectionCost[]): string {
  const line = (each: ProtectionCost): string =>
    `${each.name.padEnd(24)} ${each.server.padEnd(9)} ${each.withoutUs.toFixed(1).padStart(7)} → ` +
    `${each.withUs.toFixed(1).padStart(7)} µs  adds ${each.addsPercent.toFixed(1).padStart(5)} %  (${each.how})`
  return costs.map(line).join('\n')
}

/** What a long run showed, as lines for a terminal. */
export function printSoak(result: SoakResult): string {
  const p99Ms = (us: number): string => (us / 1000).toFixed(2)
  const { half, soak } = result
  return `saturated at ${result.saturatedPerSecond.toFixed(0)} calls a second
half load: p50 ${p99Ms(half.p50Us)} ms, p99 ${p99Ms(half.p99Us)} ms to the answer, failed ${half.failedPercent.toFixed(3)} %
${result.minutes} minutes at 70 %: ${soak.perSecond.toFixed(0)} calls a second, p99 ${p99Ms(soak.p99Us)} ms, failed ${soak.failedPercent.toFixed(3)} %
longest stall of the event loop ${result.longestStallMs.toFixed(1)} ms
resident memory changed by ${result.memoryChangePercent.toFixed(1)} % from the first fifth to the last`
}

/** One worker beside two, as lines for a terminal. */
export function printWorkers(result: WorkersResult): string {
  const where = result.isOnOwnCores ? 'a processor for each worker' : 'both workers on one processor'
  return `${where}
one worker   ${result.oneUs.toFixed(1)} µs a call, ${result.onePerSecond.toFixed(0)} a second
two workers  ${result.twoUs.toFixed(1)} µs a call, ${result.twoPerSecond.toFixed(0)} a second
CPU time of a call on two over that on one ${result.cpuRatio.toFixed(2)}, throughput ${(result.twoPerSecond / result.onePerSecond).toFixed(2)}, failed ${result.failedPercent.toFixed(2)} %`
}

/** Where the time of a call goes, as lines for a terminal. */
export function printAnatomy(all: readonly Anatomy[]): string {
  return all
    .map(each => {
      return [
        `${each.what}: ${each.callUs.toFixed(1)} µs for ${each.messagesPerCall.toFixed(0)} messages; the kernel took ` +
          `${(each.kernelShare * 100).toFixed(0)} % of it; a raw echo of them in C ${each.floorUs.toFixed(1)} µs`,
        printAccount(each, each.callUs, each.functions.length),
      ].join('\n')
    })
    .join('\n\n')
}

/** How the cost grows, as lines for a terminal. */
export function printShape(shape: ShapeResult): string {
  const { users, calls } = shape
  const steps = [
    ['body, octets', shape.bodyUs],
    ['header fields', shape.headersUs],
    ['header fields of an INVITE, a call over TCP', pointsOf(shape.message)],
    ['phones of one user', pointsOf(shape.fork)],
    ['domains', pointsOf(shape.domains)],
    ['registered users, a call', users.map(each => [each.users, each.callUs] as const)],
    ['registered users, a look-up in ns', users.map(each => [each.users, each.lookUpNs] as const)],
    ['the same without other work between', users.map(each => [each.users, each.aloneNs] as const)],
    ['calls in progress, a new call', calls.map(each => [each.calls, each.cpuUs] as const)],
  ] as const
  const ready = users.map(each => `${each.users}: ready in ${each.readySeconds.toFixed(1)} s`)
  return [
    ...steps.map(([name, points]) => printGrowth(name, points)),
    `${ready.join(', ')}; ${bytesPerUser(users).toFixed(0)} octets a user beyond what it sent`,
  ].join('\n')
}

function printGrowth(name: string, points: readonly Point[]): string {
  const values = points.map(([x, y]) => `${x}: ${y.toFixed(1)}`).join('  ')
  const { worstPercent } = fitLine(points)
  return `${name.padEnd(46)} ${values}  far over near ${farOverNear(points).toFixed(2)}, off a line ${worstPercent.toFixed(0)} %`
}

function pointsOf(steps: readonly { readonly x: number; readonly cpuUs: number }[]): readonly Point[] {
  return steps.map(({ x, cpuUs }) => [x, cpuUs] as const)
}
