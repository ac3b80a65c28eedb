import { type Detector, detector, type Setup } from '../detector.ts'
import type { Seen } from '../sighting.ts'
import { LeakyBuckets } from '../tables/leaky-buckets.ts'
import { isKnown } from '../tables/strangers.ts'

/** What a login, or a call that somebody else took, makes up for: both tries of a phone, each sent again twice. */
const LOGIN_CREDIT = 8
const TAKEN_CREDIT = 4
/** What a source may save up: a second of a busy office. */
const MAX_CREDIT = 400

/**
 * Not the rate tells a flood, but that nothing comes of it: an office of a thousand phones behind one address logs in
 * and has its calls taken, as fast as it may. Only requests that lead nowhere fill the bucket of their source.
 */
export const sourceFlood: Detector = detector({
  id: 'source-flood',
  title: 'One source floods',
  class: 'volume',
  threats: ['flooding', 'authentication-load', 'unauthenticated-requests'],
  isSpoofable: true,
  score: 60,
  evasion: 'Many sources, each below the budget: distributed-flood and low-rate-flood see these together.',
  thresholds: {
    burst: {
      default: 250,
      min: 20,
      max: 100_000,
      unit: 'requests',
      meaning: 'Requests without success that one source may send at once.',
    },
    perSecond: {
      default: 50,
      min: 1,
      max: 10_000,
      unit: 'per second',
      meaning: 'Requests without success that one source may send for ever.',
    },
    knownFactor: {
      default: 8,
      min: 1,
      max: 1000,
      unit: 'times',
      meaning: 'How much more an address may send at which own users logged in within a day.',
    },
  },
  start: setup => {
    const { limits, tables } = setup
    const buckets = new LeakyBuckets(tables.sources.maxEntries, limits.perSecond, MAX_CREDIT)
    const pour = (seen: Seen, amount: number): void => {
      const { source, atMs } = seen
      if (source.trunk !== undefined) return
      const level = buckets.pour(source, amount, atMs)
      if (level > limits.burst) overflows(setup, buckets, seen, level)
    }
    return {
      only: { credentials: 'accepted' },
      request: seen => {
        if (seen.request.method !== 'ACK') pour(seen, 1)
      },
      answer: given => {
        if (!given.isOwn) pour(given, given.status < 300 ? -TAKEN_CREDIT : -1)
      },
      credentials: judged => {
        if (judged.isAccepted) pour(judged, -LOGIN_CREDIT)
      },
      limited: limited => pour(limited, limited.messages),
    }
  },
})

function overflows(
  { limits, report }: Setup<'burst' | 'perSecond' | 'knownFactor'>,
  buckets: LeakyBuckets,
  seen: Seen,
  level: number,
): void {
  const { source, atMs } = seen
  if (source.isAllowed) return
  const known = isKnown(source, atMs)
  const limit = known ? limits.burst * limits.knownFactor : limits.burst
  if (level <= limit) return
  buckets.empty(source)
  report({
    subject: { kind: 'source', name: source.ip },
    seen,
    value: Math.round(level),
    limit,
    why: `${source.ip} sent ${Math.round(level)} requests beyond ${limits.perSecond} a second that led nowhere: no login, no call that was taken.`,
    confidence: known ? 'medium' : 'high',
    // A nonce echoed once does not show who sends datagrams now; where users of ours live, that matters.
    isSpoofable: seen.transport === 'udp' && (known || !source.isProved),
  })
}
