import { type Detector, detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { LeakyBucket } from '../tables/leaky-buckets.ts'
import { SourceBudget } from '../tables/source-budget.ts'
import { isKnown } from '../tables/strangers.ts'

/**
 * Responses that nobody waits for. A few are usual: an answer that comes too late, or is repeated since its ACK was
 * lost. Many are a flood, or the echo of one that bears our address.
 */
export const strayResponses: Detector = detector({
  id: 'stray-responses',
  title: 'A flood of responses to nothing',
  class: 'state',
  threats: ['flooding', 'reflection', 'spoofing'],
  isSpoofable: true,
  score: 40,
  evasion: 'Fewer than are borne: they are thrown away before anything is done for them.',
  thresholds: {
    burst: {
      default: 100,
      min: 10,
      max: 100_000,
      unit: 'responses',
      meaning: 'Responses to nothing that one source may send at once.',
    },
    perSecond: {
      default: 0.5,
      min: 0.01,
      max: 10_000,
      unit: 'per second',
      meaning: 'Responses to nothing that one source may send for ever.',
    },
    ofAll: {
      default: 300,
      min: 20,
      max: 1_000_000,
      unit: 'responses',
      meaning: 'Responses to nothing that all strangers together may send beyond 10 a second.',
    },
  },
  start: ({ limits, tables, report }) => {
    const budget = new SourceBudget({
      ...{ slots: tables.sources.maxEntries, perSecond: limits.perSecond, burst: limits.burst },
      ...{ knownFactor: 4, trunkFactor: 100 },
    })
    const all = new LeakyBucket(ALL_PER_SECOND)
    return {
      only: { response: { part: 'stray' } },
      response: seen => {
        if (!seen.isStray) return
        const { source, atMs } = seen
        const own = budget.spend(seen)
        if (own > 0) {
          report({
            subject: subjectOfSource(source),
            seen,
            value: Math.round(own),
            limit: limits.burst,
            why: `${source.ip} sent ${Math.round(own)} responses beyond ${limits.perSecond} a second that nobody waited for.`,
            confidence: 'medium',
            isSpoofable: seen.transport === 'udp',
          })
        }
        if (isKnown(source, atMs)) return
        const level = all.pour(1, atMs)
        if (level <= limits.ofAll) return
        all.empty()
        report({
          subject: { kind: 'server', name: '' },
          seen,
          value: Math.round(level),
          limit: limits.ofAll,
          why: `Strangers sent ${Math.round(level)} responses beyond ${ALL_PER_SECOND} a second that nobody waited for, the last from ${source.ip}.`,
          confidence: 'medium',
          isSpoofable: seen.transport === 'udp',
        })
      },
    }
  },
})

const ALL_PER_SECOND = 10
