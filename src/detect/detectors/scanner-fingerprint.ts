import { detector } from '../detector.ts'
import { fingerprintOf } from '../fingerprint.ts'
import { isHome } from '../offered-account.ts'
import { subjectOfSource } from '../source.ts'

/**
 * Marks that known tools leave in their requests. Weak evidence: it names a source that careless people use, blocks
 * nobody, and is worth only what others add to it.
 */
export const scannerFingerprint = detector({
  id: 'scanner-fingerprint',
  title: 'A request looks like one of a scanning tool',
  class: 'signature',
  threats: ['scanning', 'known-internet-attacks'],
  isSpoofable: true,
  score: 5,
  evasion: 'Another User-Agent and other tags: nothing is left of it, and nothing depends on it.',
  thresholds: {},
  start({ report }) {
    return {
      only: { request: { part: 'outside', strangers: true } },
      request(seen) {
        const { source, request } = seen
        if (isHome(source, seen.atMs) || source.trunk !== undefined || seen.isInDialog) return
        const mark = fingerprintOf(request)
        if (mark === '') return
        report({
          subject: subjectOfSource(source),
          ...{ seen, value: 1, limit: 1, confidence: 'low' },
          why: `${source.ip} sent ${request.method.slice(0, 16)} with ${mark}, as scanning tools do`,
        })
      },
    }
  },
})
