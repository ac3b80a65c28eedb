import { BoundedMap } from '../../base/bounded-map.ts'
import { detector } from '../detector.ts'
import { isWrongGuess, offeredAccount } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import { DistinctCount } from '../tables/distinct-count.ts'

const DAY_MS = 24 * 3_600_000
const MAX_ACCOUNTS = 16_384

interface Tried {
  tries: number
  sinceMs: number
  readonly sources: DistinctCount
}

/**
 * One account that many sources try: wrong answers for it wherever they come from, and how many sources gave them.
 * It names the account, never a source: each of them may have tried once.
 */
export const accountUnderAttack = detector({
  id: 'account-under-attack',
  title: 'One account tried from many sources',
  class: 'auth',
  threats: ['password-guessing'],
  isSpoofable: false,
  score: 50,
  evasion:
    'Less than six sources and ten tries in a day for one account; what is left of it is one guess in hours, which a password of any strength bears.',
  thresholds: {
    sources: {
      ...{ default: 6, min: 3, max: 1000, unit: 'sources in a day' },
      meaning: 'Different sources that gave wrong passwords for one account.',
    },
    tries: {
      ...{ default: 15, min: 5, max: 1000, unit: 'wrong passwords in a day' },
      meaning: 'Wrong passwords for one account from more than one source.',
    },
  },
  start({ limits, hash, report }) {
    const tried = new BoundedMap<number, Tried>(MAX_ACCOUNTS)
    return {
      only: { credentials: 'refused' },
      credentials(judged) {
        if (judged.isAccepted || !isWrongGuess(judged)) return
        const { source, atMs } = judged
        const account = offeredAccount(judged)
        const key = hash(account)
        let known = tried.get(key)
        if (known === undefined || atMs - known.sinceMs > DAY_MS) {
          known = { tries: 0, sinceMs: atMs, sources: new DistinctCount() }
          tried.set(key, known)
        }
        known.tries += 1
        known.sources.add(hash(source.ip))
        const sources = Math.round(known.sources.estimate)
        const isWide = sources >= limits.sources
        if (!isWide && (sources < 2 || known.tries < limits.tries)) return
        const minutes = Math.max(1, Math.round((atMs - known.sinceMs) / 60_000))
        report({
          subject: { kind: 'account', name: account },
          ...{ seen: judged, confidence: isWide ? 'high' : 'medium' },
          value: isWide ? sources : known.tries,
          limit: isWide ? limits.sources : limits.tries,
          why: `${quoted(account)} was tried with ${known.tries} wrong passwords from about ${sources} addresses in ${minutes} min`,
        })
      },
    }
  },
})
