import { detector } from '../detector.ts'
import { isHome } from '../offered-account.ts'
import type { DialogDoubted } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const HOUR_MS = 3_600_000
const MAX_PAIRS = 16_384
/** Calls of an office that were under way when the server began anew. */
const HOME_FACTOR = 10
/** A network holds more than one who is late. */
const NETWORK_FACTOR = 2

/**
 * One who guesses tags, branches and Call-IDs: requests for calls that are not there, and wrong tags for one that is.
 * A late CANCEL and a BYE after the end are usual, and so are the calls that a restart forgot; both are few, and of
 * those who log in.
 */
export const dialogGuessing = detector({
  id: 'dialog-guessing',
  title: 'Tags, branches or Call-IDs are guessed',
  class: 'state',
  threats: ['spoofed-in-dialog-request', 'scanning'],
  isSpoofable: true,
  score: 35,
  evasion: 'Two guesses an hour for each call: a tag has 64 random bits.',
  thresholds: {
    tags: {
      ...{ default: 3, min: 2, max: 1000, unit: 'guesses in an hour' },
      meaning: 'Requests of one source with wrong tags for calls that are there.',
    },
    calls: {
      ...{ default: 15, min: 3, max: 10_000, unit: 'calls in an hour' },
      meaning: 'Different calls that are not there, for which one source sent BYE, CANCEL, ACK or the like.',
    },
  },
  start({ limits, tables, hash, report }) {
    const tags = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, HOUR_MS)
    const byNetwork = new PairCounts(tables.prefixes.maxEntries, MAX_PAIRS, HOUR_MS)
    const calls = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, HOUR_MS)
    /** Sources of one network that take turns. */
    function tellNetwork(seen: DialogDoubted, key: number): void {
      const { source, atMs } = seen
      const { total } = byNetwork.add(source.prefix, key, atMs)
      const limit = limits.calls * NETWORK_FACTOR
      if (total < limit || isHome(source, atMs)) return
      report({
        subject: { kind: 'prefix', name: source.prefix.name },
        ...{ seen, value: total, limit, confidence: 'low' },
        why: `Sources of ${source.prefix.name} sent ${total} requests within an hour for calls that are not there, or with wrong tags`,
      })
    }

    return {
      doubt(seen) {
        const { doubt, source, message, atMs } = seen
        if (message === undefined || source.trunk !== undefined) return
        if (doubt !== 'request-from-another-source') tellNetwork(seen, hash(message.callId))
        if (doubt === 'tags-of-no-dialog') {
          const value = tags.add(source, hash(message.callId), atMs).total
          if (value < limits.tags) return
          report({
            subject: subjectOfSource(source),
            ...{ seen, value, limit: limits.tags, confidence: 'high' },
            why: `${source.ip} sent ${value} requests within an hour with wrong tags for calls that are there`,
          })
        } else if (doubt === 'request-of-no-dialog' || doubt === 'cancel-of-nothing') {
          const factor = isHome(source, atMs) ? HOME_FACTOR : 1
          // One call may be guessed a thousand times: its branch, then.
          const { distinct, total } = calls.add(source, hash(message.callId), atMs)
          const value = Math.max(distinct, Math.floor(total / 4))
          if (value < limits.calls * factor) return
          report({
            subject: subjectOfSource(source),
            ...{ seen, value, limit: limits.calls * factor, confidence: factor > 1 ? 'low' : 'medium' },
            why: `${source.ip} sent ${total} requests within an hour for ${distinct} calls that are not there`,
          })
        }
      },
      tick(nowMs) {
        tags.sweep(nowMs)
        calls.sweep(nowMs)
        byNetwork.sweep(nowMs)
      },
    }
  },
})
