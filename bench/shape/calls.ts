import { startAspis } from '../harness/aspis.ts'
import type { Ground } from '../harness/ground.ts'
import { loadServer } from '../harness/load.ts'
import { startSampler } from '../harness/samples.ts'
import { median } from '../stats.ts'
import { IN_FLIGHT, loadFor } from '../turns.ts'
import type { ShapePlan } from './shape.ts'

/** What new calls cost while so many are in progress. */
export interface CallsPoint {
  readonly calls: number
  readonly cpuUs: number
  readonly p99Us: number
  readonly failedPercent: number
  /** The least that the heap held: after garbage was collected. */
  readonly heapMegabytes: number
}

const ADMIN_PORT = 9090
const RATE = 1000
const SAMPLE_SECONDS = 0.5

/** The same rate of new calls, which last longer and longer. */
export async function callsShape(ground: Ground, plan: ShapePlan): Promise<readonly CallsPoint[]> {
  const server = await startAspis(ground, {
    ...{ port: 5070, isDigest: true, datagrams: 'native', adminPort: ADMIN_PORT },
  })
  const base = loadFor('invite', plan.isQuick)
  const rounds: CallsPoint[] = []
  try {
    const target = server.target('udp')
    await loadServer(ground, target, { ...base, pressure: { inFlight: IN_FLIGHT }, warmUpSeconds: 10 })
    for (let round = 0; round < Math.min(plan.reps, 3); round++) {
      for (const calls of [1000, plan.isQuick ? 5000 : 20_000]) {
        const holdSeconds = calls / RATE
        const sampler = startSampler(ground, ADMIN_PORT, SAMPLE_SECONDS)
        const window = await loadServer(ground, target, {
          ...base,
          pressure: { ratePerSecond: RATE },
          holdSeconds,
          // Transactions live for 32 s in every round: what differs are the calls.
          warmUpSeconds: plan.isQuick ? holdSeconds + 2 : Math.max(35, holdSeconds + 2),
          seconds: 5,
          isPrepared: true,
        })
        sampler.stop()
        const late = sampler.samples.slice(Math.floor(sampler.samples.length / 2))
        const heapMegabytes = Math.min(...late.map(each => each.heapMegabytes))
        rounds.push({ ...window, calls, heapMegabytes })
      }
    }
  } finally {
    await server.stop()
  }
  return [...Map.groupBy(rounds, each => each.calls)].map(([calls, all]) => {
    const middle = (pick: (each: CallsPoint) => number): number => median(all.map(pick))
    return {
      calls,
      cpuUs: middle(each => each.cpuUs),
      p99Us: middle(each => each.p99Us),
      failedPercent: Math.max(...all.map(each => each.failedPercent)),
      heapMegabytes: middle(each => each.heapMegabytes),
    }
  })
}
