import { accountOf } from '../account-of.ts'
import { type Detector, detector } from '../detector.ts'
import type { CallSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'

const HALF_LIFE_MS = 86_400_000
const TRUNK_FACTOR = 10

/**
 * Calls that are answered, and whose caller never acknowledges: each holds the callee and a dialog for half a minute. A
 * mobile that lost its network does it once; who does it with most of his calls does it on purpose, or is broken.
 */
export const halfOpenCalls: Detector = detector({
  id: 'half-open-calls',
  title: 'Answered calls are never acknowledged',
  class: 'state',
  threats: ['flooding', 'unauthenticated-ack'],
  isSpoofable: true,
  score: 40,
  evasion: 'As many good calls as half-open ones: then each half-open one costs a whole call.',
  thresholds: {
    calls: {
      default: 6,
      min: 2,
      max: 10_000,
      unit: 'calls',
      meaning: 'Calls of one account or source in a day that were answered and never acknowledged.',
    },
    percent: {
      default: 40,
      min: 1,
      max: 100,
      unit: 'percent',
      meaning: 'Part of its answered calls that this must be.',
    },
  },
  start: ({ limits, tables, report }) => {
    const { accounts, sources } = tables
    const ofAccounts = new Outcomes(accounts.maxEntries)
    const ofSources = new Outcomes(sources.maxEntries)
    const halfOpen = (seen: CallSeen): void => {
      const { call, atMs } = seen
      const { account, callerIp } = call
      const source = sources.peek(callerIp) ?? seen.source
      const outcomes = account === '' ? ofSources : ofAccounts
      const place = account === '' ? source : (accountOf(call, accounts) ?? accounts.of(account))
      const count = outcomes.halfOpen.add(place, 1, atMs)
      const limit = source.trunk === undefined ? limits.calls : limits.calls * TRUNK_FACTOR
      const percent = (count / Math.max(count, outcomes.answered.at(place, atMs))) * 100
      if (count < limit - FADED || percent < limits.percent) return
      const who = account === '' ? source.ip : `the account ${account}`
      report({
        subject: account === '' ? subjectOfSource(source) : { kind: 'account', name: account },
        seen,
        value: Math.round(count),
        limit,
        why: `Of the calls of ${who} in a day ${Math.round(count)} were answered and never acknowledged, ${Math.round(percent)} % of all.`,
        confidence: 'medium',
        isSpoofable: account === '' && seen.transport === 'udp' && !source.isProved,
      })
    }
    return {
      only: { call: ['answered', 'unacknowledged', 'ended'] },
      call: seen => {
        const { phase, call, source, atMs } = seen
        if (phase === 'answered') {
          const outcomes = call.account === '' ? ofSources : ofAccounts
          const place =
            call.account === '' ? source : (accountOf(call, accounts) ?? accounts.of(call.account))
          outcomes.answered.add(place, 1, atMs)
          return
        }
        if (phase === 'unacknowledged') halfOpen(seen)
        // Ended before that was told.
        else if (phase === 'ended' && !call.isAcknowledged && call.endedMs - call.answeredMs < ACK_MS) {
          halfOpen(seen)
        }
      },
    }
  },
})

/** After that a call counts as unacknowledged (RFC 3261 §13.3.1.4). */
const ACK_MS = 32_000
/** Counts fade while they are counted: so much may be missing from a whole one. */
const FADED = 0.5

/** What became of the calls of each place. */
class Outcomes {
  readonly answered: DecayingCounts
  readonly halfOpen: DecayingCounts

  constructor(slots: number) {
    this.answered = new DecayingCounts(slots, HALF_LIFE_MS)
    this.halfOpen = new DecayingCounts(slots, HALF_LIFE_MS)
  }
}
