import { setTimeout as sleep } from 'node:timers/promises'
import { type Arena, REALM, type Running, SERVER } from './arena.ts'
import type { PhoneEvent, PhonesPlan } from './phones.ts'
import type { ProberPlan, ProberResult } from './prober.ts'

/** Kinds of floods, as `flood.c` names them. */
export const KINDS = ['invite', 'register', 'options', 'response', 'dialog', 'mixed'] as const
export type Kind = (typeof KINDS)[number]

/** One flood. */
export interface FloodPlan {
  readonly kind: Kind
  readonly perSecond: number
  readonly seconds: number
  /** So many forged addresses, or one flow of somebody else. */
  readonly from: { readonly sources: number } | { readonly flow: string }
}

/** How it went. */
export interface FloodResult {
  readonly beganMs: number
  readonly endedMs: number
  readonly sent: number
  readonly bytes: number
  readonly perSecond: number
}

/** A population of honest phones. */
export interface Population {
  /** All that were tried. */
  readonly events: readonly PhoneEvent[]
  readonly registered: number
  /** No more calls; those in progress end. */
  stop(): Promise<void>
}

/** What became of the calls of some time. */
export interface CallCount {
  readonly tried: number
  readonly done: number
  /** Percent. */
  readonly success: number
  /** Of calls that were set up, ms. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** How often each reason was given. */
  readonly why: Readonly<Record<string, number>>
}

const READY_MS = 120_000

/** Starts phones and waits until those that can be are registered. */
export async function startPhones(
  arena: Arena,
  plan: Partial<PhonesPlan> & Pick<PhonesPlan, 'apart' | 'together'>,
): Promise<Population> {
  const running = arena.program('phones.ts', {
    ...{ target: SERVER, realm: REALM, first: 0, base: '10.20', startPerSecond: 200 },
    ...{ callsPerSecond: 20, registersPerSecond: 5, holdMs: 1000, isStar: false },
    ...plan,
  } satisfies PhonesPlan)
  const events = (): PhoneEvent[] => running.lines.map(line => JSON.parse(line))
  const lastMs = Date.now() + READY_MS
  while (!running.lines.some(line => line.startsWith('{"event":"ready"'))) {
    if (Date.now() > lastMs || running.child.exitCode !== null)
      throw new Error(`the phones do not come up: ${running.errors().slice(-1000)}`)
    await sleep(50)
  }
  const ready = events().find(each => each.event === 'ready')
  return {
    get events() {
      return events()
    },
    registered: ready?.event === 'ready' ? ready.registered : 0,
    stop: async () => {
      running.child.stdin?.end()
      await running.ended
    },
  }
}

/** Floods, to its end. */
export async function flood(arena: Arena, plan: FloodPlan): Promise<FloodResult> {
  return floodResult(await ended(startFlood(arena, plan)))
}

/** Begins a flood. */
export function startFlood(arena: Arena, { kind, perSecond, seconds, from }: FloodPlan): Running {
  return arena.outside([
    arena.floodProgram(),
    ...['--to', `${SERVER.ip}:${SERVER.port}`, '--realm', REALM, '--users', '1000', '--kind', kind],
    ...['--pps', String(perSecond), '--seconds', String(seconds)],
    ...('flow' in from ? ['--from', from.flow] : ['--sources', String(from.sources)]),
  ])
}

/** What a flood that ended printed. */
export function floodResult(running: Running): FloodResult {
  return { ...JSON.parse(running.lines[0] ?? '{}'), ...JSON.parse(running.lines[1] ?? '{}') }
}

/** One stranger who sees what comes back, to his end. */
export async function probe(arena: Arena, plan: Omit<ProberPlan, 'target' | 'realm'>): Promise<ProberResult> {
  const running = await ended(
    arena.program('prober.ts', { target: SERVER, realm: REALM, ...plan } satisfies ProberPlan),
  )
  return JSON.parse(running.lines[0] ?? '{}')
}

/** Counts the calls that began within a time. */
export function callsBetween(events: readonly PhoneEvent[], fromMs: number, toMs: number): CallCount {
  return countOf(events, 'call', fromMs, toMs)
}

/** Counts calls or registrations that began within a time. */
export function countOf(
  events: readonly PhoneEvent[],
  which: 'call' | 'register',
  fromMs: number,
  toMs: number,
): CallCount {
  const within = events.filter(each => each.event === which && each.atMs >= fromMs && each.atMs < toMs)
  const calls = within.filter(each => each.event !== 'ready')
  const done = calls.filter(({ why }) => why === '')
  const took = calls
    .map(({ tookMs }) => tookMs)
    .filter(each => each >= 0)
    .toSorted((a, b) => a - b)
  const why: Record<string, number> = {}
  for (const each of calls) if (each.why !== '') why[each.why] = (why[each.why] ?? 0) + 1
  const at = (share: number): number =>
    took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN
  return {
    ...{ tried: calls.length, done: done.length, p50Ms: at(0.5), p99Ms: at(0.99), why },
    success: calls.length === 0 ? Number.NaN : (100 * done.length) / calls.length,
  }
}

async function ended(running: Running): Promise<Running> {
  const code = await running.ended
  if (code !== 0) throw new Error(`ended with ${code}: ${running.errors().slice(-1000)}`)
  return running
}
