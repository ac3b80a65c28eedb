import { detector } from '../detector.ts'
import { evidenceOf } from '../evidence.ts'
import type { Evidence } from '../finding.ts'
import { isHome } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'
import { PerSlot } from '../tables/per-slot.ts'

const DAY_MS = 24 * 3_600_000
const MAX_PAIRS = 8192
const MAX_WATCHED = 1024
const MAX_EVIDENCE = 6
/** Old phones of several makers behind one address have faults of their own. */
const HOME_FACTOR = 3

/**
 * One who tries faults: messages of one source that are refused for reason after reason. A phone that is old or broken
 * repeats one fault, or two, for ever.
 */
export const malformedFuzzing = detector({
  id: 'malformed-fuzzing',
  title: 'Fault after fault from one source',
  class: 'spec',
  threats: ['malformed-messages', 'software-bugs'],
  isSpoofable: true,
  score: 45,
  evasion:
    'Two kinds of fault a day from each source. What is tried that way is refused by the parser all the same, and `exploit-signature` knows the crude ones by themselves.',
  thresholds: {
    kinds: {
      ...{ default: 3, min: 2, max: 40, unit: 'kinds of fault in a day' },
      meaning: 'Different reasons for which messages of one source were refused.',
    },
  },
  start({ limits, tables, hash, report }) {
    const faults = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    const kept = new PerSlot<Evidence[]>(tables.sources.maxEntries, MAX_WATCHED, () => [])
    return {
      malformed(seen) {
        const { source, atMs, refusal } = seen
        const { distinct, total, isNew } = faults.add(source, hash(refusal), atMs)
        const evidence = kept.of(source)
        if (isNew) evidence.push(evidenceOf(seen))
        if (evidence.length > MAX_EVIDENCE) evidence.shift()
        const limit = isHome(source, atMs) ? limits.kinds * HOME_FACTOR : limits.kinds
        if (distinct < limit) return
        report({
          subject: subjectOfSource(source),
          ...{ seen: undefined, value: distinct, limit, evidence },
          confidence: distinct >= limit * 2 ? 'high' : 'medium',
          isSpoofable: !source.isProved,
          why: `${source.ip} sent ${total} messages with ${distinct} kinds of fault within a day, the last one ${quoted(refusal)}`,
        })
      },
      tick: nowMs => faults.sweep(nowMs),
    }
  },
})
