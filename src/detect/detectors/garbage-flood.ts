import { type Detector, detector } from '../detector.ts'
import type { MessageMalformed } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import type { Subject } from '../subject.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { LeakyBucket } from '../tables/leaky-buckets.ts'
import { SourceBudget } from '../tables/source-budget.ts'
import { isKnown } from '../tables/strangers.ts'

/** A message over its bounds costs more than one that is no SIP at all. */
const COSTLY: ReadonlySet<string> = new Set([
  'body-too-large',
  'header-too-large',
  'headers-too-large',
  'start-line-too-long',
  'too-many-headers',
  'too-many-routes',
  'too-many-vias',
])
const COSTLY_WEIGHT = 4
const HALF_LIFE_MS = 3 * 86_400_000

/**
 * What is no well-formed message, again and again. One phone with a fault in its firmware repeats it once a minute; a
 * fuzzer, a port scan that streams, or a flood of what only looks like SIP does not stop.
 */
export const garbageFlood: Detector = detector({
  id: 'garbage-flood',
  title: 'A flood of what is no SIP message',
  class: 'volume',
  threats: ['malformed-messages', 'flooding', 'software-bugs'],
  isSpoofable: true,
  score: 40,
  evasion: 'Well-formed messages: source-flood counts those that lead nowhere.',
  thresholds: {
    burst: {
      default: 40,
      min: 5,
      max: 100_000,
      unit: 'messages',
      meaning: 'Malformed messages that one source may send at once; one that is too large counts as four.',
    },
    perSecond: {
      default: 0.5,
      min: 0.01,
      max: 1000,
      unit: 'per second',
      meaning: 'Malformed messages that one source may send for ever.',
    },
    ofAll: {
      default: 500,
      min: 20,
      max: 1_000_000,
      unit: 'messages',
      meaning: 'Malformed messages that all strangers together may send beyond 20 a second.',
    },
    foreign: {
      default: 3,
      min: 2,
      max: 100_000,
      unit: 'messages',
      meaning:
        'Messages of other protocols that a stranger may send in some days; its network may send thrice that.',
    },
  },
  start: ({ limits, tables, report }) => {
    const budget = new SourceBudget({
      ...{ slots: tables.sources.maxEntries, perSecond: limits.perSecond, burst: limits.burst },
      ...{ knownFactor: 10, trunkFactor: 20 },
    })
    const all = new LeakyBucket(ALL_PER_SECOND)
    const bySource = new DecayingCounts(tables.sources.maxEntries, HALF_LIFE_MS)
    const byPrefix = new DecayingCounts(tables.prefixes.maxEntries, HALF_LIFE_MS)
    const tellForeign = (seen: MessageMalformed, subject: Subject, count: number, limit: number): void => {
      report({
        subject,
        seen,
        value: Math.round(count),
        limit,
        why: `${subject.name} sent ${Math.round(count)} messages in some days that are of no SIP at all, as who looks for other services does.`,
        confidence: 'medium',
        score: FOREIGN_SCORE,
        isSpoofable: seen.transport === 'udp',
      })
    }
    const judgeForeign = (seen: MessageMalformed): void => {
      const { source, atMs } = seen
      const { prefix } = source
      const ofSource = bySource.add(source, 1, atMs)
      const ofPrefix = byPrefix.add(prefix, 1, atMs)
      if (ofSource >= limits.foreign - FADED) {
        bySource.clear(source)
        tellForeign(seen, { kind: 'source', name: source.ip }, ofSource, limits.foreign)
      }
      const limit = limits.foreign * PREFIX_TIMES
      if (ofPrefix < limit - FADED) return
      byPrefix.clear(prefix)
      tellForeign(seen, { kind: 'prefix', name: prefix.name }, ofPrefix, limit)
    }
    return {
      malformed: seen => {
        const { source, refusal, atMs } = seen
        const weight = COSTLY.has(refusal) ? COSTLY_WEIGHT : 1
        const own = budget.spend(seen, weight)
        if (own > 0) {
          report({
            subject: subjectOfSource(source),
            seen,
            value: Math.round(own),
            limit: limits.burst,
            why: `${source.ip} sent ${Math.round(own)} malformed messages beyond ${limits.perSecond} a second, the last one ${refusal}.`,
            confidence: isKnown(source, atMs) ? 'low' : 'high',
            isSpoofable: seen.transport === 'udp',
          })
        }
        if (isKnown(source, atMs)) return
        if (refusal === 'not-sip') judgeForeign(seen)
        const level = all.pour(weight, atMs)
        if (level <= limits.ofAll) return
        all.empty()
        report({
          subject: { kind: 'server', name: '' },
          seen,
          value: Math.round(level),
          limit: limits.ofAll,
          why: `Strangers sent ${Math.round(level)} malformed messages beyond ${ALL_PER_SECOND} a second, the last from ${source.ip}: ${refusal}.`,
          confidence: 'medium',
          isSpoofable: seen.transport === 'udp',
        })
      },
    }
  },
})

const ALL_PER_SECOND = 20
const FOREIGN_SCORE = 20
const PREFIX_TIMES = 3
/** Counts fade while they are counted: so much may be missing from a whole one. */
const FADED = 0.5
