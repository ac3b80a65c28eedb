import { type Detector, detector } from '../detector.ts'
import type { Seen } from '../sighting.ts'
import { Baseline } from '../tables/baseline.ts'
import { Cusum } from '../tables/cusum.ts'
import { isKnown, LED_SOMEWHERE, Strangers } from '../tables/strangers.ts'

const CELL_MS = 2000
const PATIENCE = 11
const HOUR_MS = 3_600_000
/** While a finding is open, and so long after it, nothing is learned. */
const FROZEN_MS = 600_000
/** Requests a second of strangers that lead nowhere: of a quiet server, and the most that is taken for usual. */
const PRIOR = 0.02
const COLD_MAX = 2
const DRIFT_PER_DAY = 0.1

/**
 * A flood so thin that no source and no second stands out: a fifth more than usual, from everywhere. What stays over a
 * minute is added up: requests of strangers that led nowhere, of each at most two, beyond what is usual at this hour and
 * a tenth of all that comes.
 */
export const lowRateFlood: Detector = detector({
  id: 'low-rate-flood',
  title: 'A thin flood from many sources',
  class: 'distribution',
  threats: ['flooding', 'no-intrusion-detection'],
  isSpoofable: true,
  score: 30,
  evasion:
    'Less than a tenth of the traffic: then it does no harm, and one-probe-campaign counts its sources.',
  thresholds: {
    requests: {
      default: 15,
      min: 4,
      max: 100_000,
      unit: 'requests',
      meaning: 'Sum of requests without success beyond what is usual and borne.',
    },
    percent: {
      default: 10,
      min: 1,
      max: 100,
      unit: 'percent',
      meaning: 'Part of all requests that strangers may send without success.',
    },
  },
  start: ({ limits, tables, report }) => {
    const strangers = new Strangers({
      ...{ slots: tables.sources.maxEntries, cellMs: CELL_MS, patience: PATIENCE },
      maxPerSource: 2,
    })
    const usual = new Baseline({
      ...{ prior: PRIOR, coldMs: HOUR_MS, coldMax: COLD_MAX, driftPerDay: DRIFT_PER_DAY },
    })
    const excess = new Cusum(limits.requests * 4)
    // All requests by cell: the oldest belongs to what is final now.
    const all = new Float64Array(PATIENCE + 1)
    let cell = 0
    let frozenUntilMs = Number.NEGATIVE_INFINITY
    const came = ({ source, atMs }: Seen, messages: number): void => {
      if (!isKnown(source, atMs)) strangers.came(source, atMs, messages)
    }
    const settled = ({ source }: Seen): void => {
      const taken = strangers.settled(source)
      if (taken < 0) excess.add(0, -taken)
    }
    const closed = (requests: number, nowMs: number): void => {
      cell = (cell + 1) % all.length
      const total = all[cell] ?? 0
      all[cell] = 0
      const seconds = CELL_MS / 1000
      const expected = usual.expected(nowMs)
      const borne = expected * BORNE_TIMES * seconds + LEAST_BORNE * seconds + (total * limits.percent) / 100
      const sum = excess.add(requests, borne)
      if (sum > limits.requests / 2) frozenUntilMs = nowMs + FROZEN_MS
      if (nowMs >= frozenUntilMs) usual.learn(requests / seconds, nowMs)
      if (sum <= limits.requests) return
      report({
        subject: { kind: 'server', name: '' },
        seen: undefined,
        value: Math.round(sum),
        limit: limits.requests,
        why: `Strangers sent ${Math.round(sum)} requests that led nowhere beyond the ${expected.toFixed(2)} a second that are usual and ${limits.percent} % of the traffic, none of them many.`,
        confidence: 'medium',
      })
      excess.clear()
    }
    return {
      only: { request: { part: 'outside' }, call: LED_SOMEWHERE },
      request: seen => {
        if (seen.isInDialog) return
        all[cell] = (all[cell] ?? 0) + 1
        came(seen, 1)
      },
      credentials: judged => {
        if (judged.isNonceOurs) settled(judged)
      },
      call: seen => {
        settled(seen)
      },
      limited: limited => came(limited, limited.messages),
      tick: nowMs => {
        strangers.advance(nowMs, ({ requests }) => closed(requests, nowMs))
      },
    }
  },
})

const BORNE_TIMES = 1.5
/** Requests a second that are borne whatever is usual. */
const LEAST_BORNE = 0.05
