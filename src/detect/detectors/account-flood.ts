import { accountOf } from '../account-of.ts'
import { type Detector, detector } from '../detector.ts'
import { offeredAccount } from '../offered-account.ts'
import type { Seen } from '../sighting.ts'
import { LeakyBuckets } from '../tables/leaky-buckets.ts'

/** Logins a second of one source, and at once, from which on it is worth to look whose they are. */
const LOGINS_PER_SECOND = 5
const LOGINS_AT_ONCE = 20

/** An insider: good credentials, and more than a user does. What is counted stands on proofs, so it may be punished. */
export const accountFlood: Detector = detector({
  id: 'account-flood',
  title: 'An account floods with good credentials',
  class: 'volume',
  threats: ['flooding', 'internal-attacker'],
  isSpoofable: false,
  score: 70,
  evasion: 'Many accounts, each below its budget: it costs one stolen account for each 15 calls a second.',
  thresholds: {
    callsAtOnce: {
      default: 60,
      min: 5,
      max: 10_000,
      unit: 'calls',
      meaning: 'Calls that one account may begin at once.',
    },
    callsPerSecond: {
      default: 15,
      min: 1,
      max: 1000,
      unit: 'per second',
      meaning: 'Calls that one account may begin for ever.',
    },
    loginsAtOnce: {
      default: 200,
      min: 10,
      max: 100_000,
      unit: 'requests',
      meaning: 'Authenticated requests that one account may send at once.',
    },
    loginsPerSecond: {
      default: 30,
      min: 1,
      max: 10_000,
      unit: 'per second',
      meaning: 'Authenticated requests that one account may send for ever.',
    },
  },
  start: ({ limits, tables, report }) => {
    const calls = new LeakyBuckets(tables.accounts.maxEntries, limits.callsPerSecond)
    const logins = new LeakyBuckets(tables.accounts.maxEntries, limits.loginsPerSecond)
    const bySource = new LeakyBuckets(tables.sources.maxEntries, LOGINS_PER_SECOND)
    const tell = (seen: Seen, account: string, level: number, limit: number, what: string): void => {
      report({
        subject: { kind: 'account', name: account },
        seen,
        value: Math.round(level),
        limit,
        why: `The account ${account} ${what}, with good credentials, from ${seen.source.ip} and maybe others.`,
        confidence: 'high',
      })
    }
    return {
      only: { call: ['began'], credentials: 'accepted' },
      call: seen => {
        if (seen.phase !== 'began' || seen.call.account === '' || seen.source.trunk !== undefined) return
        const { account } = seen.call
        const place = accountOf(seen.call, tables.accounts) ?? tables.accounts.of(account)
        const level = calls.pour(place, 1, seen.atMs)
        if (level <= limits.callsAtOnce) return
        calls.empty(place)
        const what = `began ${Math.round(level)} calls beyond ${limits.callsPerSecond} a second`
        tell(seen, place.key, level, limits.callsAtOnce, what)
      },
      credentials: judged => {
        if (!judged.isAccepted || judged.source.trunk !== undefined) return
        if (bySource.pour(judged.source, 1, judged.atMs) <= LOGINS_AT_ONCE) return
        const place = tables.accounts.of(offeredAccount(judged))
        const level = logins.pour(place, 1, judged.atMs)
        if (level <= limits.loginsAtOnce) return
        logins.empty(place)
        const what = `sent ${Math.round(level)} requests beyond ${limits.loginsPerSecond} a second`
        tell(judged, place.key, level, limits.loginsAtOnce, what)
      },
    }
  },
})
