import { type Detector, detector } from '../detector.ts'
import type { ConnectionSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { LeakyBucket } from '../tables/leaky-buckets.ts'
import { SourceBudget } from '../tables/source-budget.ts'

/** Refused since the source, or the server, has no place left. */
const NO_PLACE: ReadonlySet<string> = new Set(['too-many-connections', 'too-many-from-source'])

/**
 * Connections opened faster than phones ever do, or beyond the places there are. An office whose line was cut opens one
 * for each phone, and once more: a source that keeps on is no office.
 */
export const connectionFlood: Detector = detector({
  id: 'connection-flood',
  title: 'A flood of connections',
  class: 'volume',
  threats: ['syn-flood', 'many-connections'],
  isSpoofable: false,
  score: 50,
  evasion:
    'Many sources, each with a few: the bound of all holds, the silent ones are closed first, and it is told.',
  thresholds: {
    burst: {
      default: 600,
      min: 20,
      max: 100_000,
      unit: 'connections',
      meaning: 'Connections that one source may open at once.',
    },
    perSecond: {
      default: 10,
      min: 0.1,
      max: 10_000,
      unit: 'per second',
      meaning: 'Connections that one source may open for ever.',
    },
    refused: {
      default: 50,
      min: 1,
      max: 100_000,
      unit: 'connections',
      meaning: 'Connections refused within some ten seconds since there is no place left.',
    },
  },
  start: ({ limits, tables, report }) => {
    const slots = tables.sources.maxEntries
    const opened = new SourceBudget({
      ...{ slots, perSecond: limits.perSecond, burst: limits.burst, knownFactor: 4, trunkFactor: 4 },
    })
    const refused = new SourceBudget({
      ...{ slots, perSecond: limits.refused / 10, burst: limits.refused, knownFactor: 4, trunkFactor: 4 },
    })
    const full = new LeakyBucket(limits.refused / 10)
    const tell = (seen: ConnectionSeen, level: number, limit: number, what: string): void => {
      report({
        subject: subjectOfSource(seen.source),
        seen,
        value: Math.round(level),
        limit,
        why: `${seen.source.ip} ${what}.`,
        confidence: 'high',
      })
    }
    return {
      connection: seen => {
        if (seen.change === 'opened') {
          const level = opened.spend(seen)
          const what = `opened ${Math.round(level)} connections beyond ${limits.perSecond} a second`
          if (level > 0) tell(seen, level, limits.burst, what)
          return
        }
        if (seen.change !== 'refused' || !NO_PLACE.has(seen.why)) return
        const level = refused.spend(seen)
        const what = `was refused ${Math.round(level)} connections, since no place was left for it`
        if (level > 0) tell(seen, level, limits.refused, what)
        if (seen.why !== 'too-many-connections') return
        const all = full.pour(1, seen.atMs)
        if (all <= limits.refused) return
        full.empty()
        report({
          subject: { kind: 'server', name: '' },
          seen,
          value: Math.round(all),
          limit: limits.refused,
          why: `All places for connections are taken: ${Math.round(all)} were refused within some ten seconds, the last from ${seen.source.ip}.`,
          confidence: 'medium',
        })
      },
    }
  },
})
