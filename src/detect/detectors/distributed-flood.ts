import { type Detector, detector } from '../detector.ts'
import type { Seen } from '../sighting.ts'
import { SpreadEntropy } from '../tables/entropy.ts'
import { LeakyBucket } from '../tables/leaky-buckets.ts'
import { isKnown, LED_SOMEWHERE, Strangers } from '../tables/strangers.ts'

const CELL_MS = 5000
/** A phone that lost its first tries comes back within so long. */
const PATIENCE = 12
const NETWORK_CELLS = 256

/**
 * Many strangers at once, and nothing comes of it. After a power cut thousands come at once, too, but they log in: each
 * login takes back what its source sent. What stays is a flood, from however many addresses.
 */
export const distributedFlood: Detector = detector({
  id: 'distributed-flood',
  title: 'Many sources flood together',
  class: 'distribution',
  threats: ['flooding', 'ip-spoofing', 'unauthenticated-requests'],
  isSpoofable: true,
  score: 60,
  evasion: 'Fewer than is borne: low-rate-flood adds that up over a minute, one-probe-campaign over hours.',
  thresholds: {
    sources: {
      default: 2500,
      min: 50,
      max: 1_000_000,
      unit: 'sources',
      meaning: 'New strangers that may come at once without having logged in yet.',
    },
    sourcesPerSecond: {
      default: 100,
      min: 1,
      max: 100_000,
      unit: 'per second',
      meaning: 'New strangers that may come and go for ever.',
    },
    requests: {
      default: 5000,
      min: 100,
      max: 1_000_000,
      unit: 'requests',
      meaning: 'Requests without success that all strangers together may send at once.',
    },
    requestsPerSecond: {
      default: 600,
      min: 10,
      max: 1_000_000,
      unit: 'per second',
      meaning: 'Requests without success that all strangers together may send for ever.',
    },
  },
  start: ({ limits, tables, report }) => {
    const strangers = new Strangers({
      ...{ slots: tables.sources.maxEntries, cellMs: CELL_MS, patience: PATIENCE },
      maxPerSource: 60_000,
    })
    const sources = new LeakyBucket(limits.sourcesPerSecond)
    const requests = new LeakyBucket(limits.requestsPerSecond)
    const networks = new SpreadEntropy(NETWORK_CELLS)
    const came = (seen: Seen, messages: number): void => {
      const { source, atMs } = seen
      if (isKnown(source, atMs)) return
      const isFirst = strangers.came(source, atMs, messages)
      networks.add(source.prefix.slot)
      const many = isFirst ? sources.pour(1, atMs) : 0
      const much = requests.pour(messages, atMs)
      if (many <= limits.sources && much <= limits.requests) return
      if (networks.used < FEWEST_NETWORKS) return requests.empty()
      const isMany = many > limits.sources
      const spread = Math.round(networks.evenness * 100)
      report({
        subject: { kind: 'server', name: '' },
        seen,
        value: Math.round(isMany ? many : much),
        limit: isMany ? limits.sources : limits.requests,
        why: isMany
          ? `${Math.round(many)} new addresses sent requests at once and none of them logged in; they lie over the networks by ${spread} % as evenly as they could.`
          : `Strangers sent ${Math.round(much)} requests beyond ${limits.requestsPerSecond} a second that led nowhere, from ${networks.used} networks and more.`,
        confidence: spread > 60 ? 'high' : 'medium',
        isSpoofable: seen.transport === 'udp',
      })
      sources.empty()
      requests.empty()
    }
    const settled = (seen: Seen): void => {
      const taken = strangers.settled(seen.source)
      if (taken === 0) return
      sources.pour(-1, seen.atMs)
      requests.pour(-Math.abs(taken), seen.atMs)
    }
    return {
      only: { request: { part: 'outside' }, call: LED_SOMEWHERE },
      request: seen => {
        if (!seen.isInDialog) came(seen, 1)
      },
      credentials: judged => {
        if (judged.isNonceOurs) settled(judged)
      },
      call: seen => {
        settled(seen)
      },
      limited: limited => came(limited, limited.messages),
      tick: nowMs => {
        strangers.advance(nowMs, () => networks.clear())
      },
    }
  },
})

/** Below that prefix-flood names them. */
const FEWEST_NETWORKS = 8
