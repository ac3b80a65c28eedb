import { setTimeout as sleep } from 'node:timers/promises'
import type { Aim } from './aims/aim.ts'
import { markdownTable } from './document/regions.ts'
import type { Section } from './document/section.ts'
import { startAspis } from './harness/aspis.ts'
import { type Ground, LOAD_CPU } from './harness/ground.ts'
import { startKamailio } from './harness/kamailio.ts'
import { hasKamailio } from './harness/paths.ts'
import { cpuTimeOf } from './harness/proc.ts'
import type { RunningServer } from './harness/server.ts'

/** What one datagram of a flood costs a server that runs. */
export interface FloodCost {
  readonly server: string
  readonly octets: number
  readonly perSecond: number
  /** Processor time of one datagram outside of the kernel and inside, in µs, idle work taken off. */
  readonly ownUs: number
  readonly kernelUs: number
}

/** How it is measured. */
export interface FloodPlan {
  readonly isQuick: boolean
}

const PER_SECOND = 50_000
const MAX_OWN_US = 1
/** The generator begins to count after a second, and sends from the start. */
const LEAD_SECONDS = 1

/** Octets that are no SIP, on servers that stand idle otherwise. */
export async function measureFlood(ground: Ground, plan: FloodPlan): Promise<readonly FloodCost[]> {
  const aspis = { isDigest: true } as const
  const starts: readonly (readonly [string, number, () => Promise<RunningServer>])[] = [
    ['Aspis', 5070, () => startAspis(ground, { ...aspis, port: 5070, datagrams: 'native' })],
    ['Aspis, node:dgram', 5080, () => startAspis(ground, { ...aspis, port: 5080, datagrams: 'node' })],
    ['Kamailio', 5060, () => startKamailio(ground, { ...KAMAILIO, port: 5060 })],
  ]
  const found: FloodCost[] = []
  for (const [name, port, start] of starts) {
    if (name === 'Kamailio' && !hasKamailio()) continue
    const server = await start()
    try {
      await flood(ground, server, port, 100, 2)
      for (const octets of [100, 1200]) {
        const seconds = plan.isQuick ? 2 : 5
        found.push({
          server: name,
          octets,
          perSecond: PER_SECOND,
          ...(await flood(ground, server, port, octets, seconds)),
        })
      }
    } finally {
      await server.stop()
    }
  }
  return found
}

const KAMAILIO = { transport: 'udp', isDigest: true, isStateless: false } as const

async function flood(
  ground: Ground,
  server: RunningServer,
  port: number,
  octets: number,
  seconds: number,
): Promise<Pick<FloodCost, 'ownUs' | 'kernelUs'>> {
  const generator = ground.program('udp/udpgen.c')
  const idle = cpuTimeOf(server.pids())
  await sleep((seconds + LEAD_SECONDS) * 1000)
  const before = cpuTimeOf(server.pids())
  const args = ['127.0.0.1', port, octets, -PER_SECOND, 8, seconds, server.pids().join(','), 'flood']
  const { code, errors } = await ground.run(LOAD_CPU, [generator, ...args.map(String)])
  if (code !== 0) throw new Error(`the flood did not come: ${errors}`)
  const after = cpuTimeOf(server.pids())
  const count = PER_SECOND * (seconds + LEAD_SECONDS)
  const more = (pick: (time: typeof after) => number): number =>
    Math.max(0, pick(after) - pick(before) - (pick(before) - pick(idle))) / count
  return { ownUs: more(each => each.userUs), kernelUs: more(each => each.kernelUs) }
}

/** As lines for a terminal. */
export function printFlood(costs: readonly FloodCost[]): string {
  return costs
    .map(({ server, octets, ownUs, kernelUs }) => {
      const own = ownUs.toFixed(2).padStart(6)
      return `${server.padEnd(18)} ${String(octets).padStart(5)} octets  own ${own} µs  kernel ${kernelUs.toFixed(2)} µs`
    })
    .join('\n')
}

/** The table of the page. */
export function floodSection(costs: readonly FloodCost[]): Section {
  const rows = costs.map(({ server, octets, ownUs, kernelUs }) => [
    server,
    String(octets),
    ownUs.toFixed(2),
    kernelUs.toFixed(2),
  ])
  return { text: markdownTable(['server', 'octets', 'own µs', 'kernel µs'], rows), pictures: {} }
}

/** What garbage may cost. */
export function floodAims(costs: readonly FloodCost[]): readonly Aim[] {
  return costs
    .filter(({ server }) => server === 'Aspis')
    .map(({ octets, ownUs }) => ({
      what: `garbage of ${octets} octets, beyond the kernel`,
      limit: MAX_OWN_US,
      measured: ownUs,
      unit: 'µs',
    }))
}
