import type { SipRequest } from '../../sip/message/message.ts'
import { type Detector, detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { SourceBudget } from '../tables/source-budget.ts'

/**
 * The same request again and again: a recording played in a loop, or a phone whose timers broke. A request is told from
 * others by its length, its number and its branch: eleven copies in half a minute are what the RFC allows.
 * @see RFC 3261 §17.1
 */
export const retransmissionStorm: Detector = detector({
  id: 'retransmission-storm',
  title: 'One request is repeated without end',
  class: 'state',
  threats: ['flooding', 'replay', 'challenge-retransmission'],
  isSpoofable: true,
  score: 30,
  evasion: 'Another request between two copies: then source-flood counts them, as they lead nowhere.',
  thresholds: {
    burst: {
      default: 60,
      min: 12,
      max: 10_000,
      unit: 'copies',
      meaning: 'Copies of its last request that one source may send at once.',
    },
    perSecond: {
      default: 3,
      min: 0.1,
      max: 1000,
      unit: 'per second',
      meaning: 'Copies of its last request that one source may send for ever.',
    },
  },
  start: ({ limits, tables, report }) => {
    const slots = tables.sources.maxEntries
    const last = new Int32Array(slots)
    const budget = new SourceBudget({
      ...{ slots, perSecond: limits.perSecond, burst: limits.burst },
      ...{ knownFactor: 2, trunkFactor: 4 },
    })
    return {
      request: seen => {
        const { source, request } = seen
        const print = printOf(request, source.generation)
        if (last[source.slot] !== print) {
          last[source.slot] = print
          return
        }
        const level = budget.spend(seen)
        if (level === 0) return
        report({
          subject: subjectOfSource(source),
          seen,
          value: Math.round(level),
          limit: limits.burst,
          why: `${source.ip} sent the same ${request.method} ${Math.round(level)} times beyond ${limits.perSecond} a second.`,
          confidence: 'medium',
          isSpoofable: seen.transport === 'udp',
        })
      },
    }
  },
})

/** Length and number, and the end of its branch, which differs between requests (RFC 3261 §8.1.1.7). */
function printOf({ text, cseq, topVia: { branch = '' } }: SipRequest, generation: number): number {
  let print = Math.imul(text.length ^ (generation << 20), 0x9e37_79b1) ^ cseq.number
  for (let i = Math.max(0, branch.length - SAMPLES); i < branch.length; i += 1) {
    print = (Math.imul(print, 31) + branch.charCodeAt(i)) | 0
  }
  return print
}

const SAMPLES = 8
