import { BoundedMap } from '../../base/bounded-map.ts'
import { detector } from '../detector.ts'
import { evidenceOf } from '../evidence.ts'
import type { Evidence } from '../finding.ts'
import { offeredAccount } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import { type Source, subjectOfSource } from '../source.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { OpenQuestions } from '../tables/open-questions.ts'

const DAY_MS = 24 * 3_600_000
const PATIENCE_MS = 3000
const HALF_LIFE_MS = 60_000
const MAX_PAIRS = 4096
const MAX_DOUBTED = 1024

/** Reasons for which an answer is weaker than what was offered. */
const WEAKER: ReadonlySet<string> = new Set([
  'algorithm-not-offered',
  'qop-missing',
  'qop-not-offered',
  'qop-unknown',
])

interface Weaker {
  readonly account: string
  readonly why: string
  readonly evidence: Evidence
}

/**
 * Answers that are weaker than the challenge asks for: without quality of protection, or by an algorithm that was not
 * offered. An old phone cannot do better, and never logged in; an account that did, and now comes with less, is
 * somebody else's work, or somebody on the way changed the challenge.
 */
export const digestDowngrade = detector({
  id: 'digest-downgrade',
  title: 'Weaker credentials than were asked for',
  class: 'auth',
  threats: ['mechanism-bid-down', 'digest-man-in-the-middle'],
  isSpoofable: true,
  score: 30,
  evasion:
    'An account that never logged in, or two of them: weak answers are refused whether they are told of or not.',
  thresholds: {
    answers: {
      ...{ default: 8, min: 3, max: 1000, unit: 'answers' },
      meaning:
        'Weak answers of one source, fading by half in a minute: a phone that cannot do better does not hurry.',
    },
    accounts: {
      ...{ default: 3, min: 1, max: 1000, unit: 'accounts in a day' },
      meaning:
        'Accounts that never logged in for which one source sent weaker credentials than were asked for.',
    },
  },
  start({ limits, tables, hash, report }) {
    const open = new OpenQuestions<Source>(tables.sources.maxEntries, MAX_PAIRS, PATIENCE_MS, DAY_MS)
    const hurried = new DecayingCounts(tables.sources.maxEntries, HALF_LIFE_MS)
    const doubted = new BoundedMap<number, Weaker>(MAX_DOUBTED)
    function tell(source: Source, key: number): void {
      const known = doubted.get(key)
      if (known === undefined) return
      const isKnown = tables.accounts.peek(known.account) !== undefined
      const value = open.leftOf(source)
      if (!isKnown && value < limits.accounts) return
      report({
        subject: subjectOfSource(source),
        ...{ seen: undefined, value, limit: isKnown ? 1 : limits.accounts, evidence: [known.evidence] },
        ...{ confidence: isKnown ? 'medium' : 'low', isSpoofable: !source.isProved },
        why: `${source.ip} answered a challenge for ${quoted(known.account)} with less than it asked for (${known.why})`,
      })
    }

    return {
      credentials(judged) {
        const { source, atMs, why } = judged
        if (judged.isAccepted) {
          if (open.openOf(source) > 0) open.settle(source, hash(offeredAccount(judged)), atMs)
          return
        }
        if (!WEAKER.has(why)) return
        const account = offeredAccount(judged)
        const key = hash(account)
        doubted.set(key, { account, why, evidence: evidenceOf(judged) })
        open.ask(source, key, atMs)
        const value = hurried.add(source, 1, atMs)
        if (value >= limits.answers && open.leftOf(source) > 0) {
          report({
            subject: subjectOfSource(source),
            ...{ seen: judged, value: Math.round(value), limit: limits.answers, confidence: 'low' },
            why: `${source.ip} sent about ${Math.round(value)} answers within a minute that were weaker than it was asked for, for ${quoted(account)} and others`,
          })
        }
        // What was left open before is asked about once; by now its owner may have logged in.
        if (open.leftOf(source) > 0 && tables.accounts.peek(account) !== undefined) tell(source, key)
      },
      tick(nowMs) {
        open.tick(nowMs, tell)
      },
    }
  },
})
