import { type Detector, detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { LeakyBucket } from '../tables/leaky-buckets.ts'
import { SourceBudget } from '../tables/source-budget.ts'
import { isKnown } from '../tables/strangers.ts'

/**
 * ACK, BYE, CANCEL and what else belongs to a call, without a call that it could belong to. After a restart each call
 * that was under way brings a few; a flood brings them without end.
 */
export const strayRequests: Detector = detector({
  id: 'stray-requests',
  title: 'A flood of ACK, BYE or CANCEL without a call',
  class: 'state',
  threats: ['flooding', 'spoofed-in-dialog-request', 'unauthenticated-ack'],
  isSpoofable: true,
  score: 40,
  evasion: 'Fewer than are borne: they end nothing, since each is checked against its call.',
  thresholds: {
    burst: {
      default: 60,
      min: 5,
      max: 100_000,
      unit: 'requests',
      meaning: 'Requests without a call that one source may send at once.',
    },
    perSecond: {
      default: 1,
      min: 0.01,
      max: 10_000,
      unit: 'per second',
      meaning: 'Requests without a call that one source may send for ever.',
    },
    ofAll: {
      default: 500,
      min: 50,
      max: 1_000_000,
      unit: 'requests',
      meaning: 'Requests without a call that all strangers together may send beyond 20 a second.',
    },
  },
  start: ({ limits, tables, report }) => {
    const budget = new SourceBudget({
      ...{ slots: tables.sources.maxEntries, perSecond: limits.perSecond, burst: limits.burst },
      ...{ knownFactor: 10, trunkFactor: 100 },
    })
    const all = new LeakyBucket(ALL_PER_SECOND)
    return {
      doubt: seen => {
        const { source, atMs, message } = seen
        const method = message?.kind === 'request' ? message.method : 'responses'
        const own = budget.spend(seen)
        if (own > 0) {
          report({
            subject: subjectOfSource(source),
            seen,
            value: Math.round(own),
            limit: limits.burst,
            why: `${source.ip} sent ${Math.round(own)} requests beyond ${limits.perSecond} a second that belong to no call of its own, the last one ${method}.`,
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
          why: `Strangers sent ${Math.round(level)} requests beyond ${ALL_PER_SECOND} a second that belong to no call, the last one ${method} from ${source.ip}.`,
          confidence: 'medium',
          isSpoofable: seen.transport === 'udp',
        })
      },
    }
  },
})

const ALL_PER_SECOND = 20
