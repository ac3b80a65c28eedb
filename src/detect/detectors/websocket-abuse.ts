import { type Detector, detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { SourceBudget } from '../tables/source-budget.ts'

/** How each rule of RFC 6455 and RFC 7118 was broken, and what that weighs. */
const KINDS = new Map<string, readonly [text: string, weight: number]>([
  ['websocket-error', ['frames that break the rules', 2]],
  ['websocket-not-an-upgrade', ['a request that is no upgrade', 1]],
  ['websocket-origin', ['an origin that is not allowed', 1]],
  ['websocket-subprotocol', ['another subprotocol than sip', 1]],
  ['websocket-unauthorized', ['a token that is not accepted', 1]],
])

/** Who tries out the WebSocket port: frames that are unmasked or too long, foreign origins, web scanners. */
export const websocketAbuse: Detector = detector({
  id: 'websocket-abuse',
  title: 'WebSocket rules are broken again and again',
  class: 'state',
  threats: ['malformed-messages', 'scanning'],
  isSpoofable: false,
  score: 40,
  evasion: 'Frames as they should be: what is inside them is judged as on any transport.',
  thresholds: {
    burst: {
      default: 10,
      min: 2,
      max: 10_000,
      unit: 'connections',
      meaning: 'Connections of one source that broke a rule; broken frames count twice.',
    },
    perMinute: {
      default: 3,
      min: 0.1,
      max: 10_000,
      unit: 'per minute',
      meaning: 'Such connections that are borne for ever.',
    },
  },
  start: ({ limits, tables, report }) => {
    const budget = new SourceBudget({
      ...{ slots: tables.sources.maxEntries, perSecond: limits.perMinute / 60, burst: limits.burst },
      ...{ knownFactor: 10, trunkFactor: 4 },
    })
    return {
      connection: seen => {
        if (seen.change === 'opened') return
        const kind = KINDS.get(seen.why)
        if (kind === undefined) return
        const level = budget.spend(seen, kind[1])
        if (level === 0) return
        report({
          subject: subjectOfSource(seen.source),
          seen,
          value: Math.round(level),
          limit: limits.burst,
          why: `${seen.source.ip} broke the rules of WebSocket ${Math.round(level)} times beyond ${limits.perMinute} a minute; the last time with ${kind[0]}.`,
          confidence: 'medium',
        })
      },
    }
  },
})
