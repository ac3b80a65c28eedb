import { setTimeout as sleep } from 'node:timers/promises'
import { flood, floodResult, probe, startFlood, startPhones } from '../battle.ts'
import type { PhoneEvent } from '../phones.ts'
import type { Defender } from '../servers.ts'
import { FLOOD_PER_SECOND } from './floods.ts'
import { type Goal, withDefender } from './goal.ts'

const GUESSER = { ip: '10.21.0.9', port: 5060 }
const GUESSES_PER_SECOND = 200
const GUESS_SECONDS = 5
const LOOK_MS = 20
/** A call that takes longer than this, or fails, feels the flood. */
const FELT_MS = 250
/** A phone call is some 13 messages of each 20 calls a second: a fifth more. */
const LOW_PER_SECOND = 52
const LOW_SOURCES = 1000
const LOW_SECONDS = 75
const NOTHING_PER_SECOND = 10_000

/** S7: how long it takes until an attack is without effect. */
export const s7: Goal = async field => {
  const { arena, plan } = field
  await withDefender(field, async defender => {
    const seen = { banMs: Number.NaN, isOver: false }
    const watching = watchKernel(defender, seen)
    const guesser = await probe(arena, {
      ...{ from: GUESSER, kind: 'guess', perSecond: GUESSES_PER_SECOND, seconds: GUESS_SECONDS },
    })
    seen.isOver = true
    await watching
    const endedMs = guesser.beganMs + GUESS_SECONDS * 1000
    const isSilenced = guesser.lastAnswerMs < endedMs - 1000
    const silencedMs = isSilenced ? guesser.lastAnswerMs - guesser.beganMs : Number.POSITIVE_INFINITY
    field.read('guesses of one address: until it gets no answer', 'ms', silencedMs)
    if (field.contestant === 'aspis-kernel')
      field.read('guesses of one address: until the kernel drops it', 'ms', seen.banMs - guesser.beganMs, {
        value: 200,
      })
  })
  await withDefender(field, async defender => {
    const phones = await startPhones(arena, { apart: 1000, together: 0 })
    const sent = await flood(arena, {
      ...{ kind: 'invite', perSecond: FLOOD_PER_SECOND, seconds: plan.shortSeconds },
      from: { sources: 10_000 },
    })
    await phones.stop()
    const felt = lastFeltMs(phones.events, sent.beganMs, sent.endedMs)
    field.read('INVITE flood, 10,000 sources: until no call feels it', 's', (felt - sent.beganMs) / 1000, {
      value: 2,
    })
    if (field.contestant === 'kamailio') return
    const told = firstFinding(defender, sent.beganMs)
    field.read('INVITE flood, 10,000 sources: until it is told', 's', (told - sent.beganMs) / 1000, {
      value: 2,
    })
  })
  if (plan.isQuick || field.contestant === 'kamailio') return
  await withDefender(field, async defender => {
    const phones = await startPhones(arena, { apart: 1000, together: 0 })
    await sleep(plan.shortSeconds * 1000)
    const running = startFlood(arena, {
      ...{ kind: 'invite', perSecond: LOW_PER_SECOND, seconds: LOW_SECONDS, from: { sources: LOW_SOURCES } },
    })
    await running.ended
    const { beganMs } = floodResult(running)
    await phones.stop()
    const told = firstFinding(defender, beganMs)
    field.read('a fifth more requests, of 1,000 sources: until it is told', 's', (told - beganMs) / 1000, {
      value: 60,
    })
  })
}

/** S8: what a request costs that nobody proved anything for. */
export const s8: Goal = async field => {
  const { arena, plan } = field
  await withDefender(field, async defender => {
    const some = { kind: 'invite', perSecond: NOTHING_PER_SECOND, from: { sources: 1000 } } as const
    // What runs for the first time is slow with any just-in-time compiler.
    await flood(arena, { ...some, seconds: 5 })
    await sleep(1000)
    arena.toForged()
    const before = defender.metrics()
    const cpuUs = defender.cpuUs()
    const sent = await flood(arena, { ...some, seconds: plan.shortSeconds })
    const spentUs = defender.cpuUs() - cpuUs
    const after = defender.metrics()
    await sleep(500)
    const back = arena.toForged()
    field.read('INVITEs without proof: processor time for one', 'µs', spentUs / sent.sent, { value: 10 })
    field.read('INVITEs without proof: answers for one', '', back.packets / sent.sent, { value: 1 })
    if (field.contestant === 'kamailio') return
    const more = (part: string): number => sumOf(after, part) - sumOf(before, part)
    field.read('INVITEs without proof: transactions', '', more('aspis_transactions{'), { value: 0 })
    field.read('INVITEs without proof: questions to servers of AAA', '', more('aspis_aaa_answers_total'), {
      value: 0,
    })
    field.read('INVITEs without proof: questions to DNS', '', more('aspis_dns_'), { value: 0 })
  })
}

async function watchKernel(defender: Defender, seen: { banMs: number; isOver: boolean }): Promise<void> {
  if (defender.contestant !== 'aspis-kernel') return
  while (!seen.isOver && Number.isNaN(seen.banMs)) {
    if (defender.kernelBans().includes(GUESSER.ip)) seen.banMs = Date.now()
    await sleep(LOOK_MS)
  }
}

/** When the last call began that felt a flood; its beginning when none did. */
function lastFeltMs(events: readonly PhoneEvent[], beganMs: number, endedMs: number): number {
  let lastMs = beganMs
  for (const each of events) {
    if (each.event !== 'call' || each.atMs < beganMs || each.atMs >= endedMs) continue
    if (each.why === '' && each.tookMs <= FELT_MS) continue
    lastMs = Math.max(lastMs, each.atMs + Math.max(0, each.tookMs))
  }
  return lastMs
}

function firstFinding(defender: Defender, fromMs: number): number {
  return Math.min(...defender.events('finding').flatMap(({ atMs }) => (atMs >= fromMs ? [atMs] : [])))
}

function sumOf(metrics: Readonly<Record<string, number>>, part: string): number {
  return Object.entries(metrics).reduce(
    (sum, [name, value]) => (name.startsWith(part) ? sum + value : sum),
    0,
  )
}
