import { detector } from '../detector.ts'
import { isHome, isWrongGuess, offeredAccount } from '../offered-account.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const DAY_MS = 24 * 3_600_000
const MAX_PAIRS = 16_384
/** An office has so many more phones with old passwords. */
const HOME_FACTOR = 5

/**
 * A few passwords for many accounts: different accounts that one source, or one network, failed to log in to and never
 * did. What succeeds later is taken away.
 */
export const passwordSpraying = detector({
  id: 'password-spraying',
  title: 'Many accounts tried from one source or network',
  class: 'auth',
  threats: ['password-guessing', 'known-internet-attacks'],
  isSpoofable: false,
  score: 60,
  evasion:
    'Sources in many networks: `guessing-campaign` counts them together. Where users of ours live five times as many accounts may fail.',
  thresholds: {
    accounts: {
      ...{ default: 5, min: 3, max: 1000, unit: 'accounts in a day' },
      meaning: 'Different accounts that one source failed to log in to.',
    },
    networkAccounts: {
      ...{ default: 12, min: 5, max: 10_000, unit: 'accounts in a day' },
      meaning:
        'Different accounts that one network (IPv4 /24, IPv6 /48) failed to log in to from several sources.',
    },
  },
  start({ limits, tables, hash, report }) {
    const bySource = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    const byPrefix = new PairCounts(tables.prefixes.maxEntries, MAX_PAIRS, DAY_MS)
    return {
      credentials(judged) {
        const { source, atMs } = judged
        const { prefix } = source
        if (judged.isAccepted) {
          if (byPrefix.distinctOf(prefix) === 0) return
          const key = hash(offeredAccount(judged))
          bySource.take(source, key, atMs)
          byPrefix.take(prefix, key, atMs)
          return
        }
        if (!isWrongGuess(judged)) return
        const key = hash(offeredAccount(judged))
        const factor = isHome(source, atMs) ? HOME_FACTOR : 1
        const own = bySource.add(source, key, atMs).distinct
        const networks = byPrefix.add(prefix, key, atMs).distinct
        const isSpoofable = !judged.isNonceOurs && !source.isProved
        if (own >= limits.accounts * factor) {
          report({
            subject: subjectOfSource(source),
            ...{ seen: judged, value: own, limit: limits.accounts * factor, confidence: 'high', isSpoofable },
            why: `${source.ip} tried to log in to ${own} accounts within a day, to none with success`,
          })
        } else if (networks >= limits.networkAccounts * factor && networks > own * 2) {
          report({
            subject: { kind: 'prefix', name: prefix.name },
            ...{ seen: judged, value: networks, limit: limits.networkAccounts * factor, isSpoofable },
            confidence: factor > 1 ? 'low' : 'medium',
            why: `Sources of ${prefix.name} tried to log in to ${networks} accounts within a day, to none with success`,
          })
        }
      },
      tick(nowMs) {
        bySource.sweep(nowMs)
        byPrefix.sweep(nowMs)
      },
    }
  },
})
