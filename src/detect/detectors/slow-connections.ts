import { type Detector, detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { SourceBudget } from '../tables/source-budget.ts'
import { isKnown } from '../tables/strangers.ts'

/** What each way to hold a connection is called. */
const WAYS = new Map([
  ['no-first-message', 'said nothing'],
  ['pong-missing', 'answered no ping'],
  ['receive-buffers-full', 'filled the buffers with messages that do not end'],
  ['send-buffer-full', 'took nothing of what was sent to it'],
  ['send-buffers-full', 'took nothing of what was sent to it'],
  ['slow-message', 'began a message and did not end it'],
  ['slow-reader', 'took nothing of what was sent to it'],
])

/**
 * Who opens connections and holds them: says nothing, sends a byte now and then, never reads. Each is closed by its own
 * timer; that it comes again and again is what this counts. A bad radio link does it, too, so own users have more.
 */
export const slowConnections: Detector = detector({
  id: 'slow-connections',
  title: 'Connections are opened and held',
  class: 'state',
  threats: ['syn-flood', 'many-connections'],
  isSpoofable: false,
  score: 50,
  evasion: 'Many sources with a few each: connection-flood tells when the places run out.',
  thresholds: {
    burst: {
      default: 15,
      min: 2,
      max: 10_000,
      unit: 'connections',
      meaning: 'Connections of one source that were closed because they were held.',
    },
    perMinute: {
      default: 6,
      min: 0.1,
      max: 10_000,
      unit: 'per minute',
      meaning: 'Such connections that are borne for ever.',
    },
  },
  start: ({ limits, tables, report }) => {
    const budget = new SourceBudget({
      ...{ slots: tables.sources.maxEntries, perSecond: limits.perMinute / 60, burst: limits.burst },
      ...{ knownFactor: 10, trunkFactor: 10 },
    })
    return {
      connection: seen => {
        if (seen.change !== 'closed') return
        const way = WAYS.get(seen.why)
        if (way === undefined) return
        const level = budget.spend(seen)
        if (level === 0) return
        const { source } = seen
        report({
          subject: subjectOfSource(source),
          seen,
          value: Math.round(level),
          limit: limits.burst,
          why: `${source.ip} opened and held ${Math.round(level)} connections beyond ${limits.perMinute} a minute; the last one ${way}.`,
          confidence: isKnown(source, seen.atMs) ? 'low' : 'high',
        })
      },
    }
  },
})
