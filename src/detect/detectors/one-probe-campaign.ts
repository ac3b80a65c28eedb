import { type Detector, detector } from '../detector.ts'
import type { Seen } from '../sighting.ts'
import { Baseline } from '../tables/baseline.ts'
import { Cusum } from '../tables/cusum.ts'
import { SpreadEntropy } from '../tables/entropy.ts'
import { isKnown, LED_SOMEWHERE, Strangers } from '../tables/strangers.ts'

const CELL_MS = 10_000
/** A minute to log in. */
const PATIENCE = 6
const DAY_MS = 86_400_000
const FROZEN_MS = 3_600_000
const NETWORK_CELLS = 1024
/** New strangers a minute who lead nowhere: of a quiet server, and the most that is taken for usual. */
const PRIOR = 0.1
const COLD_MAX = 0.5
const DRIFT_PER_DAY = 0.1
const MINUTE_CELLS = 60_000 / CELL_MS

/**
 * The scan of a botnet (Sality, 2011): each address asks once and is never seen again, so no source ever stands out. Its
 * mark is the crowd itself: new addresses that lead nowhere, more than usual, and evenly spread over the networks.
 */
export const oneProbeCampaign: Detector = detector({
  id: 'one-probe-campaign',
  title: 'Many sources probe once each',
  class: 'distribution',
  threats: ['scanning', 'no-intrusion-detection'],
  isSpoofable: true,
  score: 30,
  evasion:
    'Fewer new addresses than what is borne, or all of them in a few networks: prefix-flood and the scans see those.',
  thresholds: {
    sources: {
      default: 40,
      min: 5,
      max: 1_000_000,
      unit: 'sources',
      meaning: 'Sum of new addresses that led nowhere beyond what is usual and borne.',
    },
    perMinute: {
      default: 0.5,
      min: 0.01,
      max: 10_000,
      unit: 'per minute',
      meaning: 'New addresses that led nowhere which are borne whatever is usual.',
    },
    percentEven: {
      default: 70,
      min: 0,
      max: 100,
      unit: 'percent',
      meaning: 'How evenly they lie over the networks, of what is possible.',
    },
  },
  start: ({ limits, tables, report }) => {
    const strangers = new Strangers({
      ...{ slots: tables.sources.maxEntries, cellMs: CELL_MS, patience: PATIENCE },
      maxPerSource: 1,
    })
    const usual = new Baseline({
      ...{ prior: PRIOR, coldMs: DAY_MS / 4, coldMax: COLD_MAX, driftPerDay: DRIFT_PER_DAY },
    })
    const excess = new Cusum(limits.sources * 4)
    const networks = new SpreadEntropy(NETWORK_CELLS)
    let frozenUntilMs = Number.NEGATIVE_INFINITY
    const settled = ({ source }: Seen): void => {
      const taken = strangers.settled(source)
      if (taken < 0) excess.add(0, -taken)
    }
    const closed = (sources: number, nowMs: number): void => {
      const expected = usual.expected(nowMs)
      const sum = excess.add(sources, (expected * BORNE_TIMES + limits.perMinute) / MINUTE_CELLS)
      if (sum === 0) networks.clear()
      if (sum > limits.sources / 2) frozenUntilMs = nowMs + FROZEN_MS
      if (nowMs >= frozenUntilMs) usual.learn(sources * MINUTE_CELLS, nowMs)
      const percent = networks.evenness * 100
      if (sum <= limits.sources || percent < limits.percentEven) return
      report({
        subject: { kind: 'server', name: '' },
        seen: undefined,
        value: Math.round(sum),
        limit: limits.sources,
        why: `${Math.round(sum)} new addresses beyond the ${expected.toFixed(1)} a minute that are usual asked once or twice and never logged in; they lie over the networks by ${Math.round(percent)} % as evenly as they could.`,
        confidence: 'medium',
      })
      excess.clear()
    }
    return {
      only: { request: { part: 'outside', strangers: true }, call: LED_SOMEWHERE },
      request: seen => {
        const { source, atMs } = seen
        if (seen.isInDialog || isKnown(source, atMs)) return
        if (strangers.came(source, atMs)) networks.add(source.prefix.slot)
      },
      credentials: judged => {
        if (judged.isNonceOurs) settled(judged)
      },
      call: seen => {
        settled(seen)
      },
      tick: nowMs => strangers.advance(nowMs, ({ sources }) => closed(sources, nowMs)),
    }
  },
})

const BORNE_TIMES = 1.5
