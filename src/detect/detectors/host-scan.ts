import type { SipRequest } from '../../sip/message/message.ts'
import { detector } from '../detector.ts'
import { isHome } from '../offered-account.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const DAY_MS = 24 * 3_600_000
const MAX_PAIRS = 16_384

/**
 * One who looks for servers: OPTIONS outside any dialog, for different targets, from where nobody of ours lives. Phones
 * and monitors ask one target again and again.
 */
export const hostScan = detector({
  id: 'host-scan',
  title: 'OPTIONS for one target after the other',
  class: 'behaviour',
  threats: ['scanning'],
  isSpoofable: true,
  score: 30,
  evasion:
    'One source for each target, or one target in all requests: then only what follows, the search for extensions, is seen.',
  thresholds: {
    targets: {
      ...{ default: 3, min: 2, max: 1000, unit: 'targets in a day' },
      meaning: 'Different Request-URIs that one source without users of ours asked by OPTIONS.',
    },
  },
  start({ limits, tables, hash, report }) {
    const asked = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    return {
      only: { request: { methods: ['OPTIONS'], part: 'outside', strangers: true } },
      request(seen) {
        const { request, source, atMs } = seen
        if (request.method !== 'OPTIONS' || seen.isInDialog) return
        if (source.trunk !== undefined || isHome(source, atMs)) return
        const { distinct } = asked.add(source, hash(targetOf(request)), atMs)
        if (distinct < limits.targets) return
        report({
          subject: subjectOfSource(source),
          ...{ seen, value: distinct, limit: limits.targets, confidence: 'medium' },
          why: `${source.ip} asked ${distinct} different targets by OPTIONS within a day, and nobody ever logged in from there`,
        })
      },
      tick: nowMs => asked.sweep(nowMs),
    }
  },
})

/** User and host: who asks one target by every transport and port still asks one target. */
function targetOf({ uriResult, requestUri }: SipRequest): string {
  if (!uriResult.ok) return requestUri
  const { user = '', host } = uriResult.value
  return `${user}@${host.toLowerCase()}`
}
