import { type Detector, detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { SourceBudget } from '../tables/source-budget.ts'
import { isKnown } from '../tables/strangers.ts'

/** What each failure says, and what it costs. */
const KINDS = new Map<string, readonly [text: string, weight: number]>([
  ['handshake-failed', ['a handshake that failed', 1]],
  ['handshake-timeout', ['a handshake that was begun and left', 1]],
  ['no-client-certificate', ['no certificate of a client', 1]],
  ['tls-error', ['records that are broken', 1]],
  ['too-many-handshakes', ['more handshakes at a time than there is time for', 0.2]],
  ['unknown-server-name', ['a name that is none of ours', 1]],
])

/**
 * Handshakes that fail, by kind: guesses at what is accepted, old versions, forged certificates, or handshakes that are
 * only begun, since each costs the server more than the client. Phones whose certificate ran out do it slowly.
 */
export const tlsFailures: Detector = detector({
  id: 'tls-failures',
  title: 'TLS handshakes fail again and again',
  class: 'state',
  threats: ['syn-flood', 'mechanism-bid-down', 'scanning'],
  isSpoofable: false,
  score: 30,
  evasion: 'A scan from many sources, a few handshakes each; the budget for handshakes holds all the same.',
  thresholds: {
    burst: {
      default: 25,
      min: 3,
      max: 10_000,
      unit: 'handshakes',
      meaning: 'Handshakes of one source that may fail at once.',
    },
    perMinute: {
      default: 10,
      min: 0.1,
      max: 10_000,
      unit: 'per minute',
      meaning: 'Handshakes of one source that may fail for ever.',
    },
  },
  start: ({ limits, tables, report }) => {
    const budget = new SourceBudget({
      ...{ slots: tables.sources.maxEntries, perSecond: limits.perMinute / 60, burst: limits.burst },
      ...{ knownFactor: 20, trunkFactor: 4 },
    })
    return {
      connection: seen => {
        if (seen.change === 'opened') return
        const kind = KINDS.get(seen.why)
        if (kind === undefined) return
        const level = budget.spend(seen, kind[1])
        if (level === 0) return
        const { source } = seen
        report({
          subject: subjectOfSource(source),
          seen,
          value: Math.round(level),
          limit: limits.burst,
          why: `${Math.round(level)} TLS handshakes of ${source.ip} failed beyond ${limits.perMinute} a minute; the last one for ${kind[0]}.`,
          confidence: isKnown(source, seen.atMs) ? 'low' : 'medium',
        })
      },
    }
  },
})
