import { type Detector, detector } from '../detector.ts'
import type { Seen } from '../sighting.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { isKnown } from '../tables/strangers.ts'

const HALF_LIFE_MS = 21_600_000
/** A question for our options that we answered: who watches over services asks it all day. */
const ANSWERED_OPTIONS = 0.1

/**
 * A stranger that keeps on, as slowly as it likes, and never logs in, calls nobody who rings, answers no challenge. A
 * flood slowed a hundredfold does no harm any more, and still it is seen: by what a whole afternoon comes to.
 */
export const fruitlessSource: Detector = detector({
  id: 'fruitless-source',
  title: 'A stranger keeps asking, and nothing comes of it',
  class: 'volume',
  threats: ['flooding', 'scanning', 'unauthenticated-requests'],
  isSpoofable: true,
  score: 15,
  evasion: 'Less than a message in two minutes, or many sources: one-probe-campaign counts those.',
  thresholds: {
    messages: {
      default: 120,
      min: 10,
      max: 1_000_000,
      unit: 'messages',
      meaning: 'Messages of a stranger in some hours of which none led anywhere.',
    },
  },
  start: ({ limits, tables, report }) => {
    const counts = new DecayingCounts(tables.sources.maxEntries, HALF_LIFE_MS)
    const count = (seen: Seen): void => {
      const { source, atMs } = seen
      const messages = counts.add(source, 1, atMs)
      if (messages <= limits.messages) return
      counts.clear(source)
      report({
        subject: { kind: 'source', name: source.ip },
        seen,
        value: Math.round(messages),
        limit: limits.messages,
        why: `${source.ip} sent some ${Math.round(messages)} messages in some hours, and never logged in or reached anybody.`,
        confidence: 'low',
        isSpoofable: seen.transport === 'udp' && !source.isProved,
      })
    }
    return {
      only: {
        request: { part: 'outside', strangers: true },
        answer: { strangers: true },
        response: { part: 'stray' },
      },
      request: seen => {
        if (!seen.isInDialog && !isKnown(seen.source, seen.atMs)) count(seen)
      },
      response: seen => {
        if (seen.isStray && !isKnown(seen.source, seen.atMs)) count(seen)
      },
      doubt: seen => {
        if (!isKnown(seen.source, seen.atMs)) count(seen)
      },
      answer: given => {
        const { source, request, status, isOwn, atMs } = given
        if (isKnown(source, atMs)) return
        if (!isOwn) counts.clear(source)
        else if (status < 300 && request.method === 'OPTIONS') counts.add(source, ANSWERED_OPTIONS - 1, atMs)
      },
      credentials: judged => {
        if (judged.isNonceOurs) counts.clear(judged.source)
      },
    }
  },
})
