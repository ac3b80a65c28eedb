import { mkdirSync, rmSync } from 'node:fs'
import { CALLS, type Figure, type ServerName, type Transport, WITH_DIGEST, type Workload } from './figures.ts'
import { startAspis } from './harness/aspis.ts'
import type { Ground } from './harness/ground.ts'
import { startKamailio } from './harness/kamailio.ts'
import type { Load } from './harness/load.ts'
import type { RunningServer } from './harness/server.ts'
import { median } from './stats.ts'
import { type Contestant, loadFor, type Turn, takeTurns, warmUp } from './turns.ts'

/** What is measured in turns. */
export interface PairsPlan {
  readonly workloads: readonly Workload[]
  readonly transports: readonly Transport[]
  readonly servers: readonly ServerName[]
  readonly reps: number
  readonly isQuick: boolean
  /** Whether a tenth of the rate at saturation is measured too. */
  readonly isTenthToo: boolean
  /** Whether a CPU profile of Aspis is left; it costs a few percent, so such figures are not to be compared. */
  readonly profileFolder: string | undefined
}

/** One workload over one transport. */
interface Pair {
  readonly workload: Workload
  readonly transport: Transport
}

/** Measures every workload: all servers stand beside one another and get a window each in turn. */
export async function* measurePairs(ground: Ground, plan: PairsPlan): AsyncGenerator<Figure> {
  for (const transport of plan.transports) {
    for (const workload of plan.workloads) {
      if (!isMeasured(workload, transport)) continue
      yield* measurePair(ground, plan, { workload, transport })
    }
  }
}

/** OPTIONS and the stateless server are compared over UDP only. */
function isMeasured(workload: Workload, transport: Transport): boolean {
  return transport === 'udp' || (workload !== 'e' && workload !== 'g')
}

async function* measurePair(ground: Ground, plan: PairsPlan, pair: Pair): AsyncGenerator<Figure> {
  const { workload, transport } = pair
  const mode = CALLS.has(workload) ? 'invite' : workload === 'e' ? 'options' : 'register'
  const load: Load = { ...loadFor(mode, plan.isQuick), transport }
  const contestants: Contestant<ServerName>[] = []
  try {
    for (const name of plan.servers) {
      if (!competes(name, pair)) continue
      contestants.push({ name, load, server: await startContestant(ground, plan, pair, name) })
    }
    await warmUp(ground, contestants, plan.isQuick)
    const saturated: Figure[] = []
    for await (const turn of takeTurns(ground, contestants, plan.reps)) {
      const figure = figureOf(turn, pair, 'saturated')
      saturated.push(figure)
      yield figure
    }
    if (!plan.isTenthToo || transport !== 'udp' || workload === 'g') return
    const pressure = { ratePerSecond: tenthOf(saturated) }
    const slow = contestants.map(each => ({ ...each, load: { ...load, pressure } }))
    for await (const turn of takeTurns(ground, slow, plan.reps)) yield figureOf(turn, pair, 'tenth')
  } finally {
    for (const { server } of contestants) await server.stop()
  }
}

function figureOf({ name, ...turn }: Turn<ServerName>, pair: Pair, load: Figure['load']): Figure {
  return { ...turn, ...pair, server: name, load }
}

/** Whether a server takes part: plain datagrams are UDP only, and the stateless one has its own workload. */
function competes(name: ServerName, { workload, transport }: Pair): boolean {
  if (name === 'kamailio-stateless') return workload === 'g'
  if (name === 'kamailio') return workload !== 'g'
  return name === 'aspis' || (transport === 'udp' && workload !== 'g')
}

/** A tenth of what the slowest reached: the same rate for all. */
export function tenthOf(figures: readonly Figure[]): number {
  const names = [...new Set(figures.map(each => each.server))]
  const rates = names.map(name =>
    median(figures.filter(each => each.server === name).map(each => each.perSecond)),
  )
  return Math.max(1, Math.round(Math.min(...rates) / 10))
}

const PORTS: Readonly<Record<ServerName, number>> = {
  aspis: 5070,
  'aspis-dgram': 5080,
  kamailio: 5060,
  'kamailio-stateless': 5060,
}

async function startContestant(
  ground: Ground,
  plan: PairsPlan,
  { workload, transport }: Pair,
  name: ServerName,
): Promise<RunningServer> {
  const port = PORTS[name]
  const isDigest = WITH_DIGEST.has(workload)
  if (name === 'kamailio' || name === 'kamailio-stateless')
    return startKamailio(ground, { transport, isDigest, isStateless: name === 'kamailio-stateless', port })
  const datagrams = name === 'aspis' ? 'native' : 'node'
  if (plan.profileFolder === undefined) return startAspis(ground, { port, isDigest, datagrams })
  const profileFolder = `${plan.profileFolder}/${name}-${workload}-${transport}`
  rmSync(profileFolder, { recursive: true, force: true })
  mkdirSync(profileFolder, { recursive: true })
  return startAspis(ground, { port, isDigest, datagrams, profileFolder })
}
