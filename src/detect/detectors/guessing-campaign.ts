import { detector } from '../detector.ts'
import { isHome, isWrongGuess, offeredAccount } from '../offered-account.ts'
import type { Source } from '../source.ts'
import { DistinctCount } from '../tables/distinct-count.ts'
import { OpenQuestions } from '../tables/open-questions.ts'

const HOUR_MS = 3_600_000

/** Whoever mistyped is right within this time, or asks somebody. */
const PATIENCE_MS = 130_000
const DAY_MS = 24 * HOUR_MS
const MAX_PAIRS = 16_384

/**
 * A campaign: many sources, where none of our users lives, fail to log in to many accounts, each once or twice, so that
 * no source and no account stands out. Who is right in the end is not counted. Two counters, each for an hour, overlap
 * by half.
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
  start({ limits, tables, hash, report }) {
    const failed = new OpenQuestions<Source>(tables.sources.maxEntries, MAX_PAIRS, PATIENCE_MS, DAY_MS)
    const sources = [new DistinctCount(), new DistinctCount()]
    const accounts = [new DistinctCount(), new DistinctCount()]
    const sinceMs = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]

    function count(ip: string, whom: number, nowMs: number): void {
      const who = hash(ip)
      for (const [i, from] of sources.entries()) {
        const of = accounts[i]
        if (of === undefined) return
        if (nowMs - (sinceMs[i] ?? 0) >= HOUR_MS) {
          from.clear()
          of.clear()
          sinceMs[i] = i === 1 && sinceMs[1] === Number.NEGATIVE_INFINITY ? nowMs - HOUR_MS / 2 : nowMs
        }
        from.add(who)
        of.add(whom)
        const value = Math.round(from.estimate)
        if (value < limits.sources || of.estimate < limits.sources) continue
        report({
          subject: { kind: 'server', name: '' },
          ...{ seen: undefined, value, limit: limits.sources, confidence: 'medium', isSpoofable: true },
          why: `About ${value} addresses tried to log in to about ${Math.round(of.estimate)} accounts within an hour, none with success`,
        })
        return
      }
    }

    return {
      credentials(judged) {
        const { source, atMs } = judged
        if (judged.isAccepted) {
          if (failed.openOf(source) > 0) failed.settle(source, hash(offeredAccount(judged)), atMs)
        } else if (isWrongGuess(judged) && !isHome(source, atMs)) {
          failed.ask(source, hash(offeredAccount(judged)), atMs)
        }
      },
      tick(nowMs) {
        failed.tick(nowMs, (source, account) => count(source.ip, account, nowMs))
      },
    }
  },
})
