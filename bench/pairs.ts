import { mkdirSync, rmSync } from 'node:fs'
import {
  CALLS,
  type Figure,
  type Pressure,
  type ServerName,
  type Transport,
  WITH_DIGEST,
  type Workload,
} from './figures.ts'
import { startAspis } from './harness/aspis.ts'
import type { Ground } from './harness/ground.ts'
import { startKamailio } from './harness/kamailio.ts'
import { type Load, loadServer } from './harness/load.ts'
import type { RunningServer } from './harness/server.ts'
import { median } from './stats.ts'

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

/** Calls in flight at a time: enough to keep a server busy, few enough to wait for one another. */
const IN_FLIGHT = 32

/** One workload over one transport. */
interface Pair {
  readonly workload: Workload
  readonly transport: Transport
}

interface Contestant {
  readonly name: ServerName
  readonly server: RunningServer
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
  const contestants: Contestant[] = []
  try {
    for (const name of plan.servers) {
      if (!competes(name, pair)) continue
      contestants.push({ name, server: await startContestant(ground, plan, pair, name) })
    }
    for (const { server } of contestants) await warmUp(ground, plan, pair, server)
    const saturated: Figure[] = []
    for (let round = 0; round < plan.reps; round++) {
      for (const contestant of inTurn(contestants, round)) {
        const figure = await window(ground, plan, pair, contestant, { inFlight: IN_FLIGHT }, round)
        saturated.push(figure)
        yield figure
      }
    }
    if (!plan.isTenthToo || pair.transport !== 'udp' || pair.workload === 'g') return
    const pressure = { ratePerSecond: tenthOf(saturated) }
    for (let round = 0; round < plan.reps; round++) {
      for (const contestant of inTurn(contestants, round))
        yield await window(ground, plan, pair, contestant, pressure, round)
    }
  } finally {
    for (const { server } of contestants) await server.stop()
  }
}

/** Whether a server takes part: plain datagrams are UDP only, and the stateless one has its own workload. */
function competes(name: ServerName, { workload, transport }: Pair): boolean {
  if (name === 'kamailio-stateless') return workload === 'g'
  if (name === 'kamailio') return workload !== 'g'
  return name === 'aspis' || (transport === 'udp' && workload !== 'g')
}

/** Who comes first changes from round to round: what one leaves behind hits each alike. */
function inTurn(contestants: readonly Contestant[], round: number): readonly Contestant[] {
  const first = round % contestants.length
  return [...contestants.slice(first), ...contestants.slice(0, first)]
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

/** Until V8 has optimised the code, and transactions' memory is used again. */
async function warmUp(ground: Ground, plan: PairsPlan, pair: Pair, server: RunningServer): Promise<void> {
  const seconds = CALLS.has(pair.workload) ? (plan.isQuick ? 6 : 10) : plan.isQuick ? 2 : 4
  const load = loadOf(pair, { inFlight: IN_FLIGHT }, { warmUpSeconds: seconds, seconds: 0.2 })
  await loadServer(ground, server.target(pair.transport), load)
}

async function window(
  ground: Ground,
  plan: PairsPlan,
  pair: Pair,
  { name, server }: Contestant,
  pressure: Pressure,
  round: number,
): Promise<Figure> {
  const isCall = CALLS.has(pair.workload)
  const seconds = plan.isQuick ? 2 : isCall ? 3 : 2
  const load = loadOf(pair, pressure, { warmUpSeconds: isCall ? 1.5 : 1, seconds, isPrepared: true })
  const counted = await loadServer(ground, server.target(pair.transport), load)
  const kind = 'inFlight' in pressure ? 'saturated' : 'tenth'
  return { ...counted, ...pair, server: name, load: kind, round }
}

function loadOf(
  { workload, transport }: Pair,
  pressure: Pressure,
  times: Pick<Load, 'warmUpSeconds' | 'seconds' | 'isPrepared'>,
): Load {
  const mode = CALLS.has(workload) ? 'invite' : workload === 'e' ? 'options' : 'register'
  return { mode, transport, pressure, ...times }
}
