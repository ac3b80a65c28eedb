import { setTimeout as sleep } from 'node:timers/promises'
import { callsBetween, countOf, flood, startPhones } from '../battle.ts'
import { type Goal, withDefender } from './goal.ts'

const STAR = '10.20.0.1:5060'
const FORGED_PER_SECOND = 5000
const INSIDER_PER_SECOND = 500
const OFFICE = 1000
const ALL = Number.POSITIVE_INFINITY

/** S5: somebody sends in the name of a phone that is registered, from its very flow, to have it banned. */
export const s5: Goal = async field => {
  const { arena, plan } = field
  for (const kind of plan.isQuick ? (['mixed'] as const) : (['register', 'mixed'] as const)) {
    await withDefender(field, async defender => {
      const phones = await startPhones(arena, { apart: 200, together: 0, callsPerSecond: 5, isStar: true })
      const sent = await flood(arena, {
        ...{ kind, perSecond: FORGED_PER_SECOND, seconds: plan.shortSeconds },
        from: { flow: STAR },
      })
      const banned = defender.kernelBans().filter(each => STAR.startsWith(each)).length
      // Who was banned during the flood would not be heard after it either.
      await sleep(2000)
      await phones.stop()
      const calls = callsBetween(phones.events, sent.beganMs, ALL)
      field.read(`${kind} in the name of a phone: its calls that are lost`, '', calls.tried - calls.done, {
        value: 0,
      })
      field.read(`${kind} in the name of a phone: set-up, p99`, 'ms', calls.p99Ms)
      if (defender.contestant === 'kamailio') return
      const bans = banCount(defender.metrics()) + banned
      field.read(`${kind} in the name of a phone: bans`, '', bans, { value: 0 })
    })
  }
}

/** S6: an office of a thousand phones behind one address, and nobody attacks. */
export const s6: Goal = async field => {
  const { arena, plan } = field
  await withDefender(field, async defender => {
    const phones = await startPhones(arena, {
      ...{ apart: 0, together: OFFICE, startPerSecond: 50, registersPerSecond: 50, callsPerSecond: 20 },
    })
    await sleep(plan.shortSeconds * 1000)
    await phones.stop()
    const calls = callsBetween(phones.events, 0, ALL)
    const registrations = countOf(phones.events, 'register', 0, ALL)
    const failed = registrations.tried - registrations.done
    field.read('1,000 phones, one address: registrations that fail', '', failed, { value: 0 })
    field.read('1,000 phones, one address: calls that fail', '', calls.tried - calls.done, { value: 0 })
    if (defender.contestant === 'kamailio') return
    field.read('1,000 phones, one address: bans', '', banCount(defender.metrics()), { value: 0 })
  })
}

/** S11: one with a good password calls without end; the others must not feel it. */
export const s11: Goal = async field => {
  const { arena, plan } = field
  await withDefender(field, async () => {
    const phones = await startPhones(arena, { apart: 500, together: 0 })
    const beganMs = Date.now()
    const insider = await startPhones(arena, {
      ...{ apart: 2, together: 0, first: 2000, base: '10.21', registersPerSecond: 0, isStar: true },
      ...{ callsPerSecond: INSIDER_PER_SECOND },
    })
    await sleep(plan.shortSeconds * 1000)
    const endedMs = Date.now()
    await phones.stop()
    await insider.stop()
    const calls = callsBetween(phones.events, beganMs, endedMs)
    field.read(
      `one account, ${INSIDER_PER_SECOND} calls a second: others' calls that succeed`,
      '%',
      calls.success,
      {
        ...{ value: 99.9, isLeast: true },
      },
    )
    field.read(`one account, ${INSIDER_PER_SECOND} calls a second: others' set-up, p99`, 'ms', calls.p99Ms)
    const own = callsBetween(insider.events, beganMs, endedMs)
    field.read(`one account, ${INSIDER_PER_SECOND} calls a second: its own that succeed`, '%', own.success)
  })
}

/** Bans that the server speaks of. */
function banCount(metrics: Readonly<Record<string, number>>): number {
  return metrics.aspis_bans ?? 0
}
