import { type Detector, detector, type Setup } from '../detector.ts'
import type { SourceLimited } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { SourceBudget } from '../tables/source-budget.ts'

const HALF_LIFE_MS = 5000
/** Networks of which it is remembered that they were limited most. */
const TOP = 8
const NAMED = 3
const TOLD_EVERY_MS = 1000

/**
 * That the server is strained, and by whom: what was not read, since its source was over its budget, is added up by
 * network, and the networks that sent most of it are named.
 */
export const serverOverload: Detector = detector({
  id: 'server-overload',
  title: 'The server has more to do than it can',
  class: 'volume',
  threats: ['flooding', 'less-reliable-than-pstn'],
  isSpoofable: true,
  score: 30,
  evasion: 'None: it is what the server feels, whatever the cause.',
  thresholds: {
    lagMs: {
      default: 200,
      min: 10,
      max: 60_000,
      unit: 'ms',
      meaning: 'How late the event loop may come to its work.',
    },
    limited: {
      default: 2000,
      min: 10,
      max: 10_000_000,
      unit: 'messages',
      meaning: 'Messages not read within some ten seconds, from all sources.',
    },
    ofSource: {
      default: 500,
      min: 10,
      max: 1_000_000,
      unit: 'messages',
      meaning: 'Messages of one source not read beyond 10 a second.',
    },
  },
  start: setup => {
    const { limits, tables, report } = setup
    const networks = new TopNetworks(tables.prefixes.maxEntries)
    const budget = new SourceBudget({
      ...{ slots: tables.sources.maxEntries, perSecond: OF_SOURCE_PER_SECOND, burst: limits.ofSource },
      ...{ knownFactor: 4, trunkFactor: 20 },
    })
    const all = new DecayingCounts(1, HALF_LIFE_MS)
    let toldMs = Number.NEGATIVE_INFINITY
    return {
      limited: limited => {
        const { messages, source, atMs } = limited
        networks.add(limited)
        const own = budget.spend(limited, messages)
        if (own > 0) tellSource(setup, limited, own)
        const level = all.add(EVERYTHING, messages, atMs)
        if (level <= limits.limited) return
        all.clear(EVERYTHING)
        report({
          subject: { kind: 'server', name: '' },
          seen: limited,
          value: Math.round(level),
          limit: limits.limited,
          why: `${Math.round(level)} messages were not read within some ten seconds, since their sources were over budget; most came from ${networks.names(atMs) || source.prefix.name}.`,
          confidence: 'high',
        })
      },
      strain: strained => {
        const { what, value, atMs } = strained
        if (what === 'event-loop-lag' && value < limits.lagMs) return
        // It comes with each message that is refused: no sentence for each.
        if (atMs - toldMs < TOLD_EVERY_MS) return
        toldMs = atMs
        const from = networks.names(atMs)
        report({
          subject: { kind: 'server', name: '' },
          seen: strained,
          value: Math.round(value),
          limit: what === 'event-loop-lag' ? limits.lagMs : 0,
          why: `${STRAINS[what](Math.round(value))}${from === '' ? '' : `; most of what is over budget comes from ${from}`}.`,
          confidence: 'low',
        })
      },
    }
  },
})

const STRAINS = {
  'event-loop-lag': (ms: number) => `The server came ${ms} ms late to its work`,
  shedding: (perSecond: number) =>
    `${perSecond} messages a second are refused or not read to keep calls going`,
  storage: (value: number) => `The disk does not keep up: ${value} changes wait`,
  'transactions-full': (value: number) => `All places for transactions are taken: ${value}`,
} as const

const OF_SOURCE_PER_SECOND = 10
const EVERYTHING = { slot: 0, generation: 1 }

function tellSource(
  { limits, report }: Setup<'lagMs' | 'limited' | 'ofSource'>,
  limited: SourceLimited,
  level: number,
): void {
  const { source, why } = limited
  report({
    subject: subjectOfSource(source),
    seen: limited,
    value: Math.round(level),
    limit: limits.ofSource,
    why: `${Math.round(level)} messages of ${source.ip} were not read, since it was over its budget (${why}).`,
    confidence: 'medium',
    isSpoofable: limited.transport === 'udp',
  })
}

interface Top {
  name: string
  slot: number
  generation: number
}

/** The networks of which most was not read. */
class TopNetworks {
  readonly #counts: DecayingCounts
  readonly #top: Top[] = []

  constructor(slots: number) {
    this.#counts = new DecayingCounts(slots, HALF_LIFE_MS)
  }

  add({ source: { prefix }, messages, atMs }: SourceLimited): void {
    const count = this.#counts.add(prefix, messages, atMs)
    if (this.#top.some(({ name }) => name === prefix.name)) return
    const { name, slot, generation } = prefix
    if (this.#top.length < TOP) {
      this.#top.push({ name, slot, generation })
      return
    }
    const least = this.#top.reduce((a, b) => (this.#counts.at(b, atMs) < this.#counts.at(a, atMs) ? b : a))
    if (this.#counts.at(least, atMs) < count) Object.assign(least, { name, slot, generation })
  }

  /** The first few, with their numbers. */
  names(nowMs: number): string {
    return this.#top
      .map(each => ({ name: each.name, count: Math.round(this.#counts.at(each, nowMs)) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
      .slice(0, NAMED)
      .map(({ name, count }) => `${name} (${count})`)
      .join(', ')
  }
}
