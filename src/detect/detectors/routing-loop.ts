import { detector, type Setup } from '../detector.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import type { Subject } from '../subject.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const ROWS = 2048
const WIDTH = 16

/** Loop detected, too many hops (RFC 3261 §21.4.20, §21.4.21), maximum breadth exceeded (RFC 5393 §5.3). */
const LOOPED: ReadonlySet<number> = new Set([440, 482, 483])

/**
 * Requests that come back: one call that ends in loops and exhausted hops on several branches is two addresses that
 * forward to each other, the amplification of RFC 5393; a source whose requests end so all the time probes for it.
 */
export const routingLoop = detector({
  id: 'routing-loop',
  title: 'Requests that go in circles',
  class: 'state',
  threats: ['forking-amplification'],
  isSpoofable: true,
  score: 30,
  evasion:
    'A loop through servers that change Call-ID: the bounds on hops and breadth end it, and each turn counts for its source.',
  thresholds: {
    branches: {
      default: 4,
      min: 2,
      max: WIDTH,
      unit: 'branches',
      meaning: 'Branches of one call within a minute that end in a loop or without hops.',
    },
    requests: {
      default: 12,
      min: 3,
      max: WIDTH,
      unit: 'requests',
      meaning: 'Requests of one source within a day that end so, each branch once.',
    },
  },
  start: setup => {
    const { limits, hash } = setup
    const salt = hash('routing-loop')
    const branches = new FewDistinct(ROWS, WIDTH, MINUTE_MS)
    const requests = new FewDistinct(ROWS, WIDTH, DAY_MS)
    return {
      only: { answer: { part: 'refusals' } },
      answer: given => {
        const { request, status, source, atMs } = given
        if (!LOOPED.has(status)) return
        const branch = hash(request.topVia.branch ?? request.callId)
        const count = branches.add(mixed(salt, hash(request.callId)), branch, atMs)
        if (count >= limits.branches)
          tell(
            setup,
            given,
            { kind: 'call', name: request.callId },
            count,
            limits.branches,
            `The call ${quoted(request.callId)} to ${quoted(request.requestUri)} went in circles on ${count} branches within a minute: addresses forward to each other.`,
          )
        if (!given.isOwn) return
        const ofSource = requests.add(mixed(salt, source.slot, source.generation), branch, atMs)
        if (ofSource >= limits.requests)
          tell(
            setup,
            given,
            subjectOfSource(source),
            ofSource,
            limits.requests,
            `${source.ip} sent ${ofSource} requests within a day that had looped or had no hops left.`,
          )
      },
    }
  },
})

function tell(
  { report }: Setup<'branches' | 'requests'>,
  seen: AnswerGiven,
  subject: Subject,
  value: number,
  limit: number,
  why: string,
): void {
  report({ subject, seen, value, limit, why, confidence: 'medium', isSpoofable: !seen.source.isProved })
}
