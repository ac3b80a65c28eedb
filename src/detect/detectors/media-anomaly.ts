import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const HOUR_MS = 3_600_000
const ROWS = 1024
const WIDTH = 16

/** What it means of one call. */
const MEANS = {
  missing: 'was answered, and no media came: a call to ring phones or to be counted, not to talk',
  'after-end': 'goes on after its BYE: the BYE did not come from who talks',
  elsewhere: 'sends media to where no offer or answer said: somebody redirected it',
} as const

/**
 * Signalling and media compared, where a capture holds both. A call without media may be one who was silent behind a
 * firewall: three of them from one caller are not. Media that goes on after the BYE, or goes elsewhere, is told for
 * each call.
 */
export const mediaAnomaly = detector({
  id: 'media-anomaly',
  title: 'Media that does not fit the call',
  class: 'state',
  threats: ['spoofed-in-dialog-request', 'spam-calls'],
  isSpoofable: true,
  score: 25,
  evasion: 'Send some media, to where the offer said: then the call looks like any other.',
  thresholds: {
    calls: {
      default: 3,
      min: 1,
      max: WIDTH,
      unit: 'calls',
      meaning: 'Answered calls of one caller within an hour in which no media came.',
    },
  },
  start: ({ limits, hash, report }) => {
    const salt = hash('media-anomaly')
    const silent = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    return {
      media: seen => {
        const { what, call, source, atMs } = seen
        const isMissing = what === 'missing'
        const count = isMissing
          ? silent.add(mixed(salt, source.slot, source.generation), hash(call.callId), atMs)
          : 1
        report({
          subject: { kind: 'call', name: call.callId },
          seen,
          value: 1,
          limit: 1,
          why: `The call of ${quoted(call.from)} to ${quoted(call.destination)} ${MEANS[what]}.`,
          confidence: isMissing ? 'low' : 'medium',
          ...(isMissing ? { score: 10 } : {}),
        })
        if (!isMissing || count < limits.calls || source.trunk !== undefined) return
        report({
          subject: { kind: 'source', name: source.ip },
          seen,
          value: count,
          limit: limits.calls,
          why: `${source.ip} made ${count} calls within an hour that were answered and had no media.`,
          confidence: 'medium',
          isSpoofable: !source.isProved,
        })
      },
    }
  },
})
