import { accountOf } from '../account-of.ts'
import { type Detector, detector } from '../detector.ts'
import type { CallSeen } from '../sighting.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import type { Slot } from '../tables/slot-table.ts'

/** People give up, or a mailbox answers, before this. */
const LONG_MS = 90_000
const HALF_LIFE_MS = 86_400_000

/**
 * Calls that are begun and left ringing: each holds a transaction for up to three minutes. They are counted by who let
 * them begin: the account, or the address of somebody without one. An office has one for each phone. Those that rang
 * longer than anybody waits are counted once more when they end.
 */
export const ringingCalls: Detector = detector({
  id: 'ringing-calls',
  title: 'Calls are left ringing',
  class: 'state',
  threats: ['flooding', 'internal-attacker'],
  isSpoofable: true,
  score: 50,
  evasion:
    'Many accounts, each with a few calls: the bound on transactions in all holds, and server-strain tells it.',
  thresholds: {
    ofAccount: {
      default: 100,
      min: 5,
      max: 10_000,
      unit: 'calls',
      meaning: 'Calls of one account that ring at a time.',
    },
    ofStranger: {
      default: 40,
      min: 2,
      max: 10_000,
      unit: 'calls',
      meaning: 'Calls that ring at a time from one address that proved no account.',
    },
    long: {
      default: 8,
      min: 2,
      max: 10_000,
      unit: 'calls',
      meaning: 'Calls of one account or stranger in a day that rang for 90 seconds and were not answered.',
    },
    percentLong: {
      default: 25,
      min: 1,
      max: 100,
      unit: 'percent',
      meaning: 'Part of its calls that this must be.',
    },
  },
  start: ({ limits, tables, report }) => {
    const { accounts, sources } = tables
    const ofAccounts = new Pending(accounts.maxEntries)
    const ofSources = new Pending(sources.maxEntries)
    const longOfAccounts = new LongCalls(accounts.maxEntries)
    const longOfSources = new LongCalls(sources.maxEntries)
    const judgeLong = (seen: CallSeen, account: string, place: Slot): void => {
      const counts = account === '' ? longOfSources : longOfAccounts
      const count = counts.long.add(place, 1, seen.atMs)
      const percent = (count / Math.max(count, counts.all.at(place, seen.atMs))) * 100
      if (count < limits.long - FADED || percent < limits.percentLong) return
      const { source } = seen
      const who = account === '' ? source.ip : `The account ${account}`
      report({
        subject: account === '' ? { kind: 'source', name: source.ip } : { kind: 'account', name: account },
        seen,
        value: Math.round(count),
        limit: limits.long,
        why: `${who} let ${Math.round(count)} calls ring for more than ${LONG_MS / 1000} seconds each in a day, and none was answered: ${Math.round(percent)} % of its calls.`,
        confidence: 'medium',
        isSpoofable: account === '' && seen.transport === 'udp' && !source.isProved,
      })
    }
    const judge = (seen: CallSeen, count: number, account: string): void => {
      const limit = account === '' ? limits.ofStranger : limits.ofAccount
      // Told again when it grew by half.
      if (count <= limit || (count - limit - 1) % Math.ceil(limit / 2) !== 0) return
      const { source } = seen
      const who = account === '' ? source.ip : `The account ${account}`
      report({
        subject: account === '' ? { kind: 'source', name: source.ip } : { kind: 'account', name: account },
        seen,
        value: count,
        limit,
        why: `${who} has ${count} calls that ring at the same time.`,
        confidence: 'high',
        isSpoofable: account === '' && seen.transport === 'udp' && !source.isProved,
      })
    }
    return {
      only: { call: STEPS },
      call: seen => {
        const { phase, source } = seen
        if (source.trunk !== undefined) return
        const { account, answeredMs, beganMs } = seen.call
        const pending = account === '' ? ofSources : ofAccounts
        const place = account === '' ? source : (accountOf(seen.call, accounts) ?? accounts.of(account))
        if (phase === 'began') {
          judge(seen, pending.add(place, 1), account)
          const counts = account === '' ? longOfSources : longOfAccounts
          counts.all.add(place, 1, seen.atMs)
        }
        // An answered call was taken off when it was answered.
        else if (phase === 'answered' || answeredMs === 0) pending.add(place, -1)
        if (phase === 'failed' && seen.atMs - beganMs >= LONG_MS) judgeLong(seen, account, place)
      },
    }
  },
})

/** Counts fade while they are counted: so much may be missing from a whole one. */
const FADED = 0.5
const STEPS = ['began', 'answered', 'ended', 'failed', 'forgotten'] as const

/** Calls under way of each place. */
class Pending {
  readonly #counts: Uint32Array
  readonly #generations: Int32Array

  constructor(slots: number) {
    this.#counts = new Uint32Array(slots)
    this.#generations = new Int32Array(slots)
  }

  add({ slot, generation }: Slot, change: number): number {
    const before = this.#generations[slot] === generation ? (this.#counts[slot] ?? 0) : 0
    const count = Math.max(0, before + change)
    this.#counts[slot] = count
    this.#generations[slot] = generation
    return count
  }
}

/** Calls of each place, and those that rang longer than anybody waits. */
class LongCalls {
  readonly all: DecayingCounts
  readonly long: DecayingCounts

  constructor(slots: number) {
    this.all = new DecayingCounts(slots, HALF_LIFE_MS)
    this.long = new DecayingCounts(slots, HALF_LIFE_MS)
  }
}
