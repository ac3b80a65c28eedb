import { freshData, startAspis } from '../harness/aspis.ts'
import type { Ground } from '../harness/ground.ts'
import { memoryOf } from '../harness/proc.ts'
import { type Contestant, loadFor, medianOf, type Turn, takeTurns, warmUp } from '../turns.ts'
import { runForFigures, runProgram } from './programs.ts'
import type { ShapePlan } from './shape.ts'

/** What so many registered users cost. */
export interface UsersPoint {
  readonly users: number
  /** Mean octets that a phone sent and that are kept. */
  readonly sentBytes: number
  /** A process that holds accounts and bindings and no garbage. */
  readonly storeBytes: number
  /** Among the work of messages, whose memory pushes the index out of the caches. */
  readonly lookUpNs: number
  /** One after the other, and nothing between. */
  readonly aloneNs: number
  /** From the start of the process to the moment that it listens. */
  readonly readySeconds: number
  readonly residentMegabytes: number
  /** CPU time of a call among them. */
  readonly callUs: number
}

/** Memory, look-up, start and calls with more and more registered users. */
export async function usersShape(ground: Ground, plan: ShapePlan): Promise<readonly UsersPoint[]> {
  const counts = plan.isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]
  const load = loadFor('invite', plan.isQuick)
  const contestants: Contestant[] = []
  const found: Omit<UsersPoint, 'callUs'>[] = []
  const turns: Turn<string>[] = []
  try {
    for (const [at, users] of counts.entries()) {
      const port = 5070 + 10 * at
      const data = freshData(ground, port)
      await runProgram(ground, 'registered-users.ts', '--users', users, '--fill', data)
      const held = await runForFigures(ground, 'registered-users.ts', '--users', users, '--measure', data)
      const seen = await runForFigures(ground, 'shape/look-up.ts', users, data)
      const begunMs = performance.now()
      const server = await startAspis(ground, { port, isDigest: false, datagrams: 'native', data })
      found.push({
        users,
        sentBytes: seen.sentBytes ?? Number.NaN,
        storeBytes: held.residentBytes ?? Number.NaN,
        lookUpNs: seen.lookUpNs ?? Number.NaN,
        aloneNs: seen.aloneNs ?? Number.NaN,
        readySeconds: (performance.now() - begunMs) / 1000,
        residentMegabytes: memoryOf(server.pids()) / 1e6,
      })
      contestants.push({ name: String(users), server, load })
    }
    await warmUp(ground, contestants, plan.isQuick)
    for await (const turn of takeTurns(ground, contestants, plan.reps)) turns.push(turn)
  } finally {
    for (const { server } of contestants) await server.stop()
  }
  return found.map(each => ({ ...each, callUs: medianOf(turns, String(each.users), turn => turn.cpuUs) }))
}

/** Octets of memory for one more user with account and binding, beyond those that he sent. */
export function bytesPerUser(points: readonly UsersPoint[]): number {
  const [near, far] = [points[0], points.at(-1)]
  if (near === undefined || far === undefined || near === far) return Number.NaN
  return (far.storeBytes - near.storeBytes) / (far.users - near.users) - far.sentBytes
}
