import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Place, type Room, roomOf } from './rooms.ts'

/** One function of a profile, and those that it called. */
interface ProfileNode {
  readonly id: number
  readonly callFrame: Place & { readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** What `--cpu-prof` writes. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Of the monotonic clock, in µs. */
  readonly startTime: number
  /** Node of each sample. */
  readonly samples: readonly number[]
  /** Time before each sample, in µs. */
  readonly timeDeltas: readonly number[]
}

/** Time of one function itself, in µs. */
export interface Hot {
  readonly name: string
  readonly selfUs: number
}

/** From one moment to another by the monotonic clock, in µs. */
export interface Span {
  readonly fromUs: number
  readonly toUs: number
}

/** Where the time went; what was idle is left out. */
export interface Split {
  readonly busyUs: number
  readonly rooms: ReadonlyMap<Room, number>
  /** The longest first. */
  readonly functions: readonly Hot[]
}

const EVER: readonly Span[] = [{ fromUs: Number.NEGATIVE_INFINITY, toUs: Number.POSITIVE_INFINITY }]

/**
 * Splits the time of profiles among rooms and functions.
 * @param spans what counts; all when absent
 */
export function splitOf(profiles: readonly CpuProfile[], spans: readonly Span[] = EVER): Split {
  const rooms = new Map<Room, number>()
  const functions = new Map<string, number>()
  let busyUs = 0
  for (const profile of profiles) {
    const places = new Map(profile.nodes.map(node => [node.id, node.callFrame]))
    eachSample(profile, spans, (id, us) => {
      const place = places.get(id)
      const room = place === undefined ? undefined : roomOf(place)
      if (place === undefined || room === undefined) return
      busyUs += us
      rooms.set(room, (rooms.get(room) ?? 0) + us)
      const name = nameOf(place)
      functions.set(name, (functions.get(name) ?? 0) + us)
    })
  }
  const hot = [...functions].map(([name, selfUs]) => ({ name, selfUs }))
  return { busyUs, rooms, functions: hot.sort((a, b) => b.selfUs - a.selfUs) }
}

/**
 * Share of the busy time that is spent in functions of some files and in all that they call.
 * @param isMeant of a path such as `src/sip/proxy/loop.ts`
 */
export function shareWithin(profiles: readonly CpuProfile[], isMeant: (path: string) => boolean): number {
  let [within, busy] = [0, 0]
  for (const profile of profiles) {
    const inside = idsBelow(profile, isMeant)
    const places = new Map(profile.nodes.map(node => [node.id, node.callFrame]))
    eachSample(profile, EVER, (id, us) => {
      const place = places.get(id)
      if (place === undefined || roomOf(place) === undefined) return
      busy += us
      if (inside.has(id)) within += us
    })
  }
  return busy === 0 ? 0 : within / busy
}

/** Reads every profile of a folder. */
export function readProfiles(folder: string): readonly CpuProfile[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.cpuprofile'))
    .map(name => readProfile(readFileSync(join(folder, name), 'utf8')))
}

/**
 * Reads a profile.
 * @throws Error when it is none
 */
export function readProfile(text: string): CpuProfile {
  const value: unknown = JSON.parse(text)
  if (!isProfile(value)) throw new Error('this is no CPU profile')
  return value
}

function isProfile(value: unknown): value is CpuProfile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'nodes' in value &&
    'samples' in value &&
    'timeDeltas' in value &&
    'startTime' in value &&
    typeof value.startTime === 'number' &&
    [value.nodes, value.samples, value.timeDeltas].every(Array.isArray)
  )
}

/** Visits every sample that begins in one of the spans, with its time. */
function eachSample(
  profile: CpuProfile,
  spans: readonly Span[],
  visit: (id: number, us: number) => void,
): void {
  const { samples, timeDeltas } = profile
  let atUs = profile.startTime
  for (const [at, id] of samples.entries()) {
    atUs += timeDeltas[at] ?? 0
    // The time after a sample is its own: the one before belongs to what ran until then.
    const us = timeDeltas[at + 1] ?? 0
    if (us > 0 && spans.some(({ fromUs, toUs }) => atUs >= fromUs && atUs < toUs)) visit(id, us)
  }
}

/** Nodes that are in a file that is meant, or below one that is. */
function idsBelow(profile: CpuProfile, isMeant: (path: string) => boolean): ReadonlySet<number> {
  const inside = new Set<number>()
  const byId = new Map(profile.nodes.map(node => [node.id, node]))
  const waiting = profile.nodes.filter(node => isMeant(pathOf(node.callFrame.url)))
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (inside.has(node.id)) continue
    inside.add(node.id)
    for (const child of node.children ?? []) {
      const below = byId.get(child)
      if (below !== undefined) waiting.push(below)
    }
  }
  return inside
}

function nameOf({ functionName, url }: Place): string {
  return `${functionName === '' ? '(anonymous)' : functionName} ${pathOf(url)}`.trim()
}

/** Where a function stands, from the root of the checkout: where that lies is nobody's business. */
export function pathOf(url: string): string {
  for (const folder of ['src', 'bench', 'node_modules']) {
    const at = url.indexOf(`/${folder}/`)
    if (at >= 0) return url.slice(at + 1)
  }
  return url.startsWith('file:') ? url.slice(url.lastIndexOf('/') + 1) : url
}
