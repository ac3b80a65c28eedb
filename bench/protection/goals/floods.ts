import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CallCount,
  callsBetween,
  flood,
  floodResult,
  KINDS,
  probe,
  startFlood,
  startPhones,
} from '../battle.ts'
import { type Field, floodLimits, type Goal, withDefender } from './goal.ts'

/** A flood that many can send. */
export const FLOOD_PER_SECOND = 50_000
const SOURCES = 10_000
/** Calls that begin in the last moments of a flood meet what comes after it. */
const MARGIN_MS = 1000
/** Between two floods. */
const PAUSE_MS = 2000
const MOST_SOURCES = 1_000_000
const MINUTE_SECONDS = 60

/** S1: calls while INVITEs of ten thousand forged sources come. */
export const s1: Goal = async field => {
  const { arena, plan } = field
  for (const together of plan.isQuick ? [0] : [0, 1000]) {
    const who = together === 0 ? '1,000 phones' : '1,000 phones and 1,000 behind one address'
    await withDefender(field, async defender => {
      const phones = await startPhones(arena, { apart: 1000, together })
      arena.toForged()
      const cpuUs = defender.cpuUs()
      const sent = await flood(arena, {
        ...{ kind: 'invite', perSecond: FLOOD_PER_SECOND, seconds: plan.seconds },
        from: { sources: SOURCES },
      })
      const busy = (defender.cpuUs() - cpuUs) / 1000 / (sent.endedMs - sent.beganMs)
      const back = arena.toForged()
      await phones.stop()
      const calls = callsBetween(phones.events, sent.beganMs, sent.endedMs - MARGIN_MS)
      readCalls(field, `INVITE flood, ${who}`, calls)
      field.read(`INVITE flood, ${who}: sent`, 'a second', sent.perSecond)
      field.read(`INVITE flood, ${who}: processor`, '% of a core', 100 * busy)
      if (together > 0) return
      field.read('INVITE flood: octets to forged addresses for one from them', '', back.bytes / sent.bytes, {
        value: 1,
      })
    })
  }
}

/** S2: the same with everything else that can be sent, from few and from many. */
export const s2: Goal = async field => {
  const { arena, plan } = field
  const cases = KINDS.flatMap(kind =>
    [1, 100, SOURCES, MOST_SOURCES].map(sources => ({ kind, sources }) as const),
  )
  const some = ['invite 1', 'register 100', 'dialog 10000', 'mixed 1000000']
  const chosen = plan.isQuick
    ? cases.filter(({ kind, sources }) => some.includes(`${kind} ${sources}`))
    : cases
  await withDefender(field, async () => {
    const phones = await startPhones(arena, { apart: 1000, together: 0 })
    const floods: { readonly name: string; readonly beganMs: number; readonly endedMs: number }[] = []
    for (const { kind, sources } of chosen) {
      field.say(`${kind}, ${sources} sources`)
      const from = { sources }
      const sent = await flood(arena, { kind, perSecond: FLOOD_PER_SECOND, seconds: plan.shortSeconds, from })
      floods.push({ ...sent, name: `${kind} flood, ${sources.toLocaleString('en')} sources` })
      await sleep(PAUSE_MS)
    }
    await phones.stop()
    for (const { name, beganMs, endedMs } of floods)
      readCalls(field, name, callsBetween(phones.events, beganMs, endedMs - MARGIN_MS))
  })
}

/** S3: memory while a million sources come. */
export const s3: Goal = async field => {
  const { arena, plan } = field
  await withDefender(field, async defender => {
    const phones = await startPhones(arena, { apart: 1000, together: 0 })
    const before = defender.residentBytes()
    const running = startFlood(arena, {
      ...{ kind: 'mixed', perSecond: FLOOD_PER_SECOND, seconds: plan.seconds },
      from: { sources: MOST_SOURCES },
    })
    const samples: { readonly minutes: number; readonly megabytes: number }[] = []
    const beganMs = performance.now()
    while (running.child.exitCode === null) {
      const minutes = (performance.now() - beganMs) / 1000 / MINUTE_SECONDS
      samples.push({ minutes, megabytes: defender.residentBytes() / 1e6 })
      await sleep(1000)
    }
    floodResult(running)
    await phones.stop()
    const most = Math.max(...samples.map(({ megabytes }) => megabytes))
    const half = samples.slice(Math.floor(samples.length / 2))
    field.read('a million sources: memory', 'MB', most, { value: 256 })
    field.read('a million sources: memory more than before', 'MB', most - before / 1e6, { value: 64 })
    field.read('a million sources: memory a minute, second half', 'MB', slope(half), { value: 0.1 })
  })
}

/** S4: what comes back to an address that proved nothing. */
export const s4: Goal = async field => {
  const { arena, plan } = field
  await withDefender(field, async () => {
    const from = { ip: '10.21.0.7', port: 5060 }
    const fresh = await probe(arena, { from, kind: 'fresh', perSecond: 2000, seconds: plan.shortSeconds })
    field.read('INVITEs of one address: answers in a second', '', fresh.mostPerSecond, { value: 10 })
    field.read('INVITEs of one address: octets out for one in', '', fresh.answeredBytes / fresh.sentBytes, {
      value: 1,
    })
  })
  await withDefender(field, async () => {
    const from = { ip: '10.21.0.8', port: 5060 }
    const same = await probe(arena, { from, kind: 'same', perSecond: 20, seconds: 5 })
    field.read('one call again and again: challenges', '', same.challenges, { value: 1 })
  })
}

function readCalls(field: Field, name: string, calls: CallCount): void {
  const limits = floodLimits(field.contestant)
  field.read(`${name}: calls that succeed`, '%', calls.success, limits.success)
  field.read(`${name}: set-up, p99`, 'ms', calls.p99Ms, limits.p99Ms)
  const why = Object.entries(calls.why)
  if (why.length > 0) field.say(`${name}: ${why.map(([text, count]) => `${count} ${text}`).join(', ')}`)
}

/** Of a line through points, by least squares; NaN of fewer than two. */
function slope(points: readonly { readonly minutes: number; readonly megabytes: number }[]): number {
  const mean = (pick: (point: (typeof points)[number]) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const [x, y] = [mean(({ minutes }) => minutes), mean(({ megabytes }) => megabytes)]
  const up = points.reduce((sum, { minutes, megabytes }) => sum + (minutes - x) * (megabytes - y), 0)
  const across = points.reduce((sum, { minutes }) => sum + (minutes - x) ** 2, 0)
  return up / across
}
