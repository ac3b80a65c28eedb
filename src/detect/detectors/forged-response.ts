import { detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const HOUR_MS = 3_600_000
const MAX_PAIRS = 4096

/**
 * Responses from where their request was not sent: a redirect that would steal the call, a refusal that would end it, an
 * answer that would take its media. They are thrown away. Neighbours of several addresses are configured as trunks.
 */
export const forgedResponse = detector({
  id: 'forged-response',
  title: 'A stranger answers for somebody',
  class: 'state',
  threats: ['spoofing', 'spoofed-in-dialog-request', 'message-tampering'],
  isSpoofable: true,
  score: 35,
  evasion: 'Write the address of the callee on a datagram, and guess the branch, which has 64 random bits.',
  thresholds: {
    calls: {
      ...{ default: 1, min: 1, max: 100, unit: 'calls in an hour' },
      meaning: 'Calls that one source answered for another that was asked.',
    },
  },
  start({ limits, tables, hash, report }) {
    const answered = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, HOUR_MS)
    return {
      doubt(seen) {
        if (seen.doubt !== 'response-from-another-source') return
        const { source, message, atMs } = seen
        if (source.trunk !== undefined || source.isAllowed) return
        const { distinct } = answered.add(source, hash(message?.callId ?? ''), atMs)
        if (distinct < limits.calls) return
        const what = message?.kind === 'response' ? `a ${message.status}` : 'a response'
        report({
          subject: subjectOfSource(source),
          ...{ seen, value: distinct, limit: limits.calls, confidence: 'medium' },
          why: `${source.ip} sent ${what} to a request that went elsewhere`,
        })
      },
      tick: nowMs => answered.sweep(nowMs),
    }
  },
})
