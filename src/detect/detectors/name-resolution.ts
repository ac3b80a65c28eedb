import { BoundedMap } from '../../base/bounded-map.ts'
import { detector } from '../detector.ts'
import type { Confidence } from '../finding.ts'
import { quoted } from '../quoted.ts'
import type { NameResolved } from '../sighting.ts'

const MINUTE_MS = 60_000
const MAX_NAMES = 1000

interface Counted {
  count: number
  sinceMs: number
}

/** What a look-up that went wrong means, and how sure that is. */
const MEANS: Readonly<Record<NameResolved['what'], readonly [string, Confidence, number]>> = {
  'answer-mismatched': ['was answered by datagrams that did not fit the question', 'high', 50],
  'limit-reached': ['led through more aliases or records than are followed', 'medium', 20],
  'no-answer': ['got no answer', 'low', 10],
  'secure-records-vanished': ['has lost its records for secure transport, which it had before', 'medium', 40],
}

/**
 * Answers of the name system that look forged. A datagram that fits the address and port of a question, and not its
 * number or letters, comes from who guesses; a few may be late answers to questions that were asked again. A domain
 * that lost its secure records may have been set back by its owner, or on the way.
 */
export const nameResolution = detector({
  id: 'name-resolution',
  title: 'Answers of the name system that look forged',
  class: 'spec',
  threats: ['dns-cache-poisoning', 'sips-records-removed', 'enum-attack'],
  isSpoofable: true,
  score: 50,
  evasion:
    'Answer on the path, where the question can be read: then all fits, and only signed zones (DNSSEC) would tell.',
  thresholds: {
    mismatches: {
      default: 3,
      min: 1,
      max: 10_000,
      unit: 'answers',
      meaning: 'Answers for one name within a minute that do not fit the question.',
    },
    limits: {
      default: 3,
      min: 1,
      max: 10_000,
      unit: 'look-ups',
      meaning: 'Look-ups of one name within a minute that lead in circles or too far.',
    },
    unanswered: {
      default: 30,
      min: 1,
      max: 10_000,
      unit: 'look-ups',
      meaning: 'Look-ups of one name within a minute without an answer.',
    },
  },
  start: ({ limits, report }) => {
    const counted = new BoundedMap<string, Counted>(MAX_NAMES)
    const limitOf = {
      'answer-mismatched': limits.mismatches,
      'limit-reached': limits.limits,
      'no-answer': limits.unanswered,
      'secure-records-vanished': 1,
    }
    return {
      naming: resolved => {
        const { name, what, atMs, detail } = resolved
        const key = `${what} ${name}`
        let entry = counted.get(key)
        if (entry === undefined || atMs - entry.sinceMs > MINUTE_MS) {
          entry = { count: 0, sinceMs: atMs }
          counted.set(key, entry)
        }
        entry.count += 1
        if (entry.count < limitOf[what]) return
        const [words, confidence, score] = MEANS[what]
        report({
          subject: { kind: 'domain', name },
          seen: resolved,
          value: entry.count,
          limit: limitOf[what],
          why: `${quoted(name)} ${words}, ${entry.count} times within a minute${detail === '' ? '' : ` (${quoted(detail)})`}.`,
          confidence,
          score,
        })
      },
    }
  },
})
