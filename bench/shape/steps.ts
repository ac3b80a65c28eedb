import { type AspisSetup, startAspis } from '../harness/aspis.ts'
import type { Ground } from '../harness/ground.ts'
import type { Load } from '../harness/load.ts'
import { type Contestant, loadFor, medianOf, type Turn, takeTurns, warmUp } from '../turns.ts'
import { startBusyPhones } from './programs.ts'
import type { ShapePlan } from './shape.ts'

/** What a call costs at one step of something that grows. */
export interface StepPoint {
  readonly x: number
  readonly cpuUs: number
  readonly p99Us: number
  readonly failedPercent: number
}

const PORT = 5070

/** Header fields of 45 octets each in the INVITE, over TCP, as a datagram must not grow so far. */
export function messageShape(ground: Ground, plan: ShapePlan): Promise<readonly StepPoint[]> {
  const load = { ...loadFor('invite', plan.isQuick), transport: 'tcp' } as const
  return steps(ground, plan, [0, 25, 50, 100], x => ({ load: { ...load, extraHeaders: x } }))
}

/** Domains that are served. */
export function domainsShape(ground: Ground, plan: ShapePlan): Promise<readonly StepPoint[]> {
  return steps(ground, plan, [1, 10, 100, 1000], x => ({
    load: loadFor('invite', plan.isQuick),
    setup: { moreDomains: Array.from({ length: x - 1 }, (_, n) => `d${n}.bench.test`) },
  }))
}

const FORKED_USERS = 1000
const FORK_RATE = 400

/** Phones of one user: one answers, the others are busy. */
export async function forkShape(ground: Ground, plan: ShapePlan): Promise<readonly StepPoint[]> {
  const widths = [1, 2, 4, 8]
  const load: Load = {
    ...loadFor('invite', plan.isQuick),
    pressure: { ratePerSecond: FORK_RATE },
    users: FORKED_USERS,
  }
  const places = widths.map((width, at) => ({ port: PORT + 10 * at, phones: width - 1 }))
  return steps(
    ground,
    plan,
    widths,
    () => ({ load }),
    () => startBusyPhones(ground, FORKED_USERS, places),
  )
}

/** What differs at one step. */
interface Step {
  readonly load: Load
  readonly setup?: Partial<AspisSetup>
}

/** A server for each step, all beside one another, and a window each in turn. */
async function steps(
  ground: Ground,
  plan: ShapePlan,
  xs: readonly number[],
  stepAt: (x: number) => Step,
  beside?: () => Promise<{ stop(): void }>,
): Promise<readonly StepPoint[]> {
  const contestants: Contestant[] = []
  const turns: Turn<string>[] = []
  let other: { stop(): void } | undefined
  try {
    for (const [at, x] of xs.entries()) {
      const { load, setup } = stepAt(x)
      const port = PORT + 10 * at
      const server = await startAspis(ground, { port, isDigest: false, datagrams: 'native', ...setup })
      contestants.push({ name: String(x), server, load })
    }
    other = await beside?.()
    await warmUp(ground, contestants, plan.isQuick)
    for await (const turn of takeTurns(ground, contestants, plan.reps)) turns.push(turn)
  } finally {
    other?.stop()
    for (const { server } of contestants) await server.stop()
  }
  return xs.map(x => ({
    x,
    cpuUs: medianOf(turns, String(x), each => each.cpuUs),
    p99Us: medianOf(turns, String(x), each => each.p99Us),
    failedPercent: Math.max(...turns.filter(each => each.name === String(x)).map(each => each.failedPercent)),
  }))
}
