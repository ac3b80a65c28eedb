import { detector } from '../detector.ts'
import { isHome, isWrongGuess, offeredAccount } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import { subjectOfSource } from '../source.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const DAY_MS = 24 * 3_600_000
const MAX_PAIRS = 16_384
/** Where users of ours live, an old password in a phone is likelier than an intruder. */
const HOME_SCORE = 15
/** A phone with an old password tries again every half minute or more, and always for one account. */
const SLOW_SCORE = 20
const SLOW_HALF_LIFE_MS = 30_000
/** Tries that are left of the last minutes of somebody in a hurry. */
const HURRIED = 2.5

/**
 * One who tries passwords: wrong answers that no right one followed, for one account from one source, and of all
 * accounts of a source. A success takes away what the same pair had failed, so typing errors leave nothing behind;
 * and nothing fades for a day, so being slow does not help. One who is slow and tries one account alone looks like a phone
 * with an old password: of him it is told, at twice as many tries each time, and nobody is banned for it.
 */
export const passwordGuessing = detector({
  id: 'password-guessing',
  title: 'Passwords tried from one source',
  class: 'auth',
  threats: ['password-guessing', 'known-internet-attacks'],
  isSpoofable: false,
  score: 60,
  evasion:
    'One try a day for each account and source, or many sources: `account-under-attack` counts by account and `password-spraying` by network. One who also has a good account at the same address is told of by account, with a low score.',
  thresholds: {
    tries: {
      ...{ default: 5, min: 3, max: 100, unit: 'wrong passwords in a day' },
      meaning: 'Wrong passwords of one source for one account that no right one followed.',
    },
    sourceTries: {
      ...{ default: 10, min: 5, max: 1000, unit: 'wrong passwords in a day' },
      meaning: 'Wrong passwords of one source for all accounts together.',
    },
  },
  start({ limits, tables, hash, report }) {
    const failed = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    const lately = new DecayingCounts(tables.sources.maxEntries, SLOW_HALF_LIFE_MS)
    return {
      credentials(judged) {
        const { source, atMs } = judged
        if (judged.isAccepted) {
          if (failed.distinctOf(source) > 0) failed.take(source, hash(offeredAccount(judged)), atMs)
          return
        }
        if (!isWrongGuess(judged)) return
        const account = offeredAccount(judged)
        const { count, total, distinct } = failed.add(source, hash(account), atMs)
        const isHurried = lately.add(source, 1, atMs) >= HURRIED
        const isProof = { isSpoofable: !judged.isNonceOurs && !source.isProved }
        if (isHome(source, atMs)) {
          if (count < limits.tries || !(isHurried || isDoubled(count, limits.tries))) return
          report({
            subject: { kind: 'account', name: account },
            ...{
              seen: judged,
              value: count,
              limit: limits.tries,
              score: HOME_SCORE,
              confidence: 'low',
              ...isProof,
            },
            why: `${quoted(account)} was tried with ${count} wrong passwords from ${source.ip}, where other users log in`,
          })
          return
        }
        const isOfOne = count >= limits.tries
        if (!isOfOne && total < limits.sourceTries) return
        const isPatient = distinct === 1 && !isHurried
        if (isPatient && !isDoubled(count, limits.tries)) return
        report({
          subject: subjectOfSource(source),
          ...{ seen: judged, ...isProof },
          ...(isPatient ? { confidence: 'low', score: SLOW_SCORE } : { confidence: 'high' }),
          value: isOfOne ? count : total,
          limit: isOfOne ? limits.tries : limits.sourceTries,
          why: isOfOne
            ? `${source.ip} tried ${count} wrong passwords for ${quoted(account)} within a day, and no right one`
            : `${source.ip} tried ${total} wrong passwords for ${distinct} accounts within a day`,
        })
      },
      tick: nowMs => failed.sweep(nowMs),
    }
  },
})

/** The limit itself, and twice, four times, eight times as much. */
function isDoubled(count: number, limit: number): boolean {
  const times = count / limit
  return Number.isInteger(times) && Math.log2(times) % 1 === 0
}
