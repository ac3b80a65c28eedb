import type { Window } from './figures.ts'
import { startAspis } from './harness/aspis.ts'
import type { Ground } from './harness/ground.ts'
import { type Load, loadServer } from './harness/load.ts'
import { type Sample, startSampler } from './harness/samples.ts'
import type { RunningServer } from './harness/server.ts'
import { median } from './stats.ts'
import { IN_FLIGHT } from './turns.ts'

/** What a long run showed. */
export interface SoakResult {
  readonly minutes: number
  readonly saturatedPerSecond: number
  readonly half: Window
  readonly soak: Window
  readonly samples: readonly Sample[]
  readonly longestStallMs: number
  /** Resident memory of the last fifth over that of the first, as a change in percent. */
  readonly memoryChangePercent: number
}

/** How long it runs. */
export interface SoakPlan {
  readonly minutes: number
  readonly isQuick: boolean
}

const PORT = 5070
const ADMIN_PORT = 9090
const SAMPLE_SECONDS = 5
const CALL: Omit<Load, 'pressure' | 'warmUpSeconds' | 'seconds'> = { mode: 'invite', transport: 'udp' }
/** Stalls are told of the last one to two minutes: what was before the load is left out. */
const STALL_SPAN_SECONDS = 120

/** Calls with digest: half of what saturates, then 70 % of it for a long time. */
export async function soak(ground: Ground, plan: SoakPlan): Promise<SoakResult> {
  const first = await start(ground)
  const short = plan.isQuick ? 5 : 20
  const pressure = { inFlight: IN_FLIGHT }
  const saturated = await run(ground, first, { ...CALL, pressure, warmUpSeconds: 10, seconds: short })
  const half = await run(ground, first, {
    ...CALL,
    pressure: { ratePerSecond: Math.round(saturated.perSecond * 0.5) },
    warmUpSeconds: 5,
    seconds: short,
    isPrepared: true,
  })
  await first.stop()
  // A fresh process: what saturation left in the heap would make memory fall.
  const second = await start(ground)
  const sampler = startSampler(ground, ADMIN_PORT, SAMPLE_SECONDS)
  // Transactions live for 32 s, and the heap takes a while to find its size.
  const settleSeconds = plan.isQuick ? 10 : 60
  const counted = await run(ground, second, {
    ...CALL,
    pressure: { ratePerSecond: Math.round(saturated.perSecond * 0.7) },
    warmUpSeconds: settleSeconds,
    seconds: plan.minutes * 60,
  })
  sampler.stop()
  await second.stop()
  const samples = sampler.samples.filter(each => each.seconds >= settleSeconds)
  return {
    minutes: plan.minutes,
    saturatedPerSecond: saturated.perSecond,
    half,
    soak: counted,
    samples,
    longestStallMs: longestStallOf(samples),
    memoryChangePercent: memoryChangeOf(samples),
  }
}

/** The longest stall that belongs to the load; of a short run, any. */
export function longestStallOf(samples: readonly Sample[]): number {
  const start = samples[0]?.seconds ?? 0
  const late = samples.filter(each => each.seconds >= start + STALL_SPAN_SECONDS)
  return Math.max(0, ...(late.length > 0 ? late : samples).map(each => each.stallMs))
}

/** How the median of resident memory changed from the first fifth of the samples to the last, in percent. */
export function memoryChangeOf(samples: readonly Sample[]): number {
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const middle = (part: readonly Sample[]): number => median(part.map(each => each.residentMegabytes))
  return (middle(samples.slice(-fifth)) / middle(samples.slice(0, fifth)) - 1) * 100
}

function start(ground: Ground): Promise<RunningServer> {
  return startAspis(ground, { port: PORT, isDigest: true, datagrams: 'native', adminPort: ADMIN_PORT })
}

function run(ground: Ground, server: RunningServer, load: Load): Promise<Window> {
  return loadServer(ground, server.target('udp'), load)
}
