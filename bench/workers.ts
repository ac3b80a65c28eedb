import { availableParallelism } from 'node:os'
import { startAspis } from './harness/aspis.ts'
import type { Ground } from './harness/ground.ts'
import { type Contestant, loadFor, medianOf, ratioOf, type Turn, takeTurns, warmUp } from './turns.ts'

type Name = 'one' | 'two'

/** One worker beside two. */
export interface WorkersResult {
  /** Whether each worker had a processor of its own, and the load another. */
  readonly isOnOwnCores: boolean
  readonly oneUs: number
  readonly twoUs: number
  /** CPU time of a call on two workers over that on one. */
  readonly cpuRatio: number
  readonly onePerSecond: number
  readonly twoPerSecond: number
  readonly failedPercent: number
}

/** Calls in progress of each worker. */
const IN_FLIGHT = 64

/** How workers are measured. */
export interface WorkersPlan {
  readonly reps: number
  readonly isQuick: boolean
}

/**
 * Calls with digest on one worker and on two. Where there is no third processor for the load both workers share
 * one, and only the CPU time of a call says something.
 */
export async function measureWorkers(ground: Ground, plan: WorkersPlan): Promise<WorkersResult> {
  const isOnOwnCores = availableParallelism() >= 3
  const base = loadFor('invite', plan.isQuick)
  // Each worker has the same pressure as the one alone.
  const loadOf = (workers: number) => ({
    ...base,
    pressure: { inFlight: IN_FLIGHT * workers },
    ...(isOnOwnCores ? { cpu: '2' } : {}),
  })
  const setup = { isDigest: true, datagrams: 'native' } as const
  const contestants: Contestant<Name>[] = []
  const turns: Turn<Name>[] = []
  try {
    const one = await startAspis(ground, { ...setup, port: 5070, workers: 1 })
    contestants.push({ name: 'one', load: loadOf(1), server: one })
    const cpus = isOnOwnCores ? { cpus: '0,1' } : {}
    const two = await startAspis(ground, { ...setup, ...cpus, port: 5080, workers: 2 })
    const both: Contestant<Name> = { name: 'two', load: loadOf(2), server: two }
    contestants.push(both)
    await warmUp(ground, contestants, plan.isQuick)
    // Each of two sees half of the calls, and on a shared processor has half of the time: until both run compiled code
    // takes that much longer.
    for (let more = isOnOwnCores ? 1 : 3; more > 0; more -= 1) await warmUp(ground, [both], plan.isQuick)
    for await (const turn of takeTurns(ground, contestants, plan.reps)) turns.push(turn)
  } finally {
    for (const { server } of contestants) await server.stop()
  }
  return {
    isOnOwnCores,
    oneUs: medianOf(turns, 'one', each => each.cpuUs),
    twoUs: medianOf(turns, 'two', each => each.cpuUs),
    cpuRatio: ratioOf(turns, 'two', 'one'),
    onePerSecond: medianOf(turns, 'one', each => each.perSecond),
    twoPerSecond: medianOf(turns, 'two', each => each.perSecond),
    failedPercent: Math.max(...turns.map(each => each.failedPercent)),
  }
}
