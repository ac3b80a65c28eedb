import { detector } from '../detector.ts'
import { isHome, isWrongGuess, offeredAccount } from '../offered-account.ts'
import { DistinctCount } from '../tables/distinct-count.ts'

const HOUR_MS = 3_600_000

/**
 * A campaign: many sources, where none of our users lives, fail to log in to many accounts, each once or twice, so that
 * no source and no account stands out. Two counters, each for an hour, overlap by half.
 */
export const guessingCampaign = detector({
  id: 'guessing-campaign',
  title: 'Many sources try many accounts',
  class: 'auth',
  threats: ['password-guessing', 'known-internet-attacks'],
  isSpoofable: true,
  score: 40,
  evasion: 'Fewer sources an hour than the threshold: some hundred guesses a day for all accounts together.',
  thresholds: {
    sources: {
      ...{ default: 30, min: 10, max: 100_000, unit: 'sources in an hour' },
      meaning:
        'Different sources without users of ours that failed to log in; as many accounts must be among them.',
    },
  },
  start({ limits, hash, report }) {
    const sources = [new DistinctCount(), new DistinctCount()]
    const accounts = [new DistinctCount(), new DistinctCount()]
    const sinceMs = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
    return {
      credentials(judged) {
        const { source, atMs } = judged
        if (judged.isAccepted || !isWrongGuess(judged) || isHome(source, atMs)) return
        const who = hash(source.ip)
        const whom = hash(offeredAccount(judged))
        for (const [i, from] of sources.entries()) {
          const of = accounts[i]
          if (of === undefined) return
          if (atMs - (sinceMs[i] ?? 0) >= HOUR_MS) {
            from.clear()
            of.clear()
            sinceMs[i] = i === 1 && sinceMs[1] === Number.NEGATIVE_INFINITY ? atMs - HOUR_MS / 2 : atMs
          }
          from.add(who)
          of.add(whom)
          const value = Math.round(from.estimate)
          if (value < limits.sources || of.estimate < limits.sources) continue
          report({
            subject: { kind: 'server', name: '' },
            ...{ seen: judged, value, limit: limits.sources, confidence: 'medium' },
            why: `About ${value} addresses tried to log in to about ${Math.round(of.estimate)} accounts within an hour, none with success`,
          })
          return
        }
      },
    }
  },
})
