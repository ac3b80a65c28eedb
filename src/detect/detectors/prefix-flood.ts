import { type Detector, detector } from '../detector.ts'
import type { Seen } from '../sighting.ts'
import { LeakyBuckets } from '../tables/leaky-buckets.ts'
import { isKnown } from '../tables/strangers.ts'

const LOGIN_CREDIT = 8
const MAX_CREDIT = 1000

/** As source-flood, for the strangers of one network together: who turns through its addresses has one budget. */
export const prefixFlood: Detector = detector({
  id: 'prefix-flood',
  title: 'One network floods',
  class: 'volume',
  threats: ['flooding', 'unauthenticated-requests'],
  isSpoofable: true,
  score: 40,
  evasion: 'Sources in many networks: distributed-flood and low-rate-flood see these together.',
  thresholds: {
    burst: {
      default: 1000,
      min: 50,
      max: 1_000_000,
      unit: 'requests',
      meaning: 'Requests without success that the strangers of one network may send at once.',
    },
    perSecond: {
      default: 150,
      min: 1,
      max: 100_000,
      unit: 'per second',
      meaning: 'Requests without success that the strangers of one network may send for ever.',
    },
  },
  start: ({ limits, tables, report }) => {
    const buckets = new LeakyBuckets(tables.prefixes.maxEntries, limits.perSecond, MAX_CREDIT)
    const pour = (seen: Seen, amount: number): void => {
      const { source, atMs } = seen
      const level = buckets.pour(source.prefix, amount, atMs)
      if (level <= limits.burst) return
      buckets.empty(source.prefix)
      const { name } = source.prefix
      report({
        subject: { kind: 'prefix', name },
        seen,
        value: Math.round(level),
        limit: limits.burst,
        why: `Strangers in ${name} sent ${Math.round(level)} requests beyond ${limits.perSecond} a second that led nowhere.`,
        confidence: 'medium',
        isSpoofable: seen.transport === 'udp',
      })
    }
    return {
      only: { request: { part: 'outside', strangers: true }, credentials: 'accepted' },
      request: seen => {
        if (!seen.isInDialog && !isKnown(seen.source, seen.atMs)) pour(seen, 1)
      },
      doubt: seen => {
        if (!isKnown(seen.source, seen.atMs)) pour(seen, 1)
      },
      credentials: judged => {
        if (judged.isAccepted) pour(judged, -LOGIN_CREDIT)
      },
      limited: limited => {
        if (!isKnown(limited.source, limited.atMs)) pour(limited, limited.messages)
      },
    }
  },
})
