import { type Detector, detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import { CountMin } from '../tables/count-min.ts'
import { mixed } from '../tables/few-distinct.ts'
import { isKnown } from '../tables/strangers.ts'

const HALF_LIFE_MS = 5000
const WIDTH_BITS = 14

/**
 * One who is called by many strangers at once, whatever addresses these have. Own users and neighbours are not counted:
 * when they all call one number, it is a show on television.
 */
export const destinationFlood: Detector = detector({
  id: 'destination-flood',
  title: 'Strangers flood one destination',
  class: 'volume',
  threats: ['flooding', 'spam-calls'],
  isSpoofable: true,
  score: 40,
  evasion: 'Many destinations: then source-flood, distributed-flood or low-rate-flood see it.',
  thresholds: {
    requests: {
      default: 120,
      min: 10,
      max: 100_000,
      unit: 'requests',
      meaning: 'Calls and messages of strangers to one destination within some ten seconds.',
    },
  },
  start: ({ limits, hash, report }) => {
    const counts = new CountMin(WIDTH_BITS, HALF_LIFE_MS)
    return {
      only: { request: { part: 'outside', strangers: true } },
      request: seen => {
        const { request, isInDialog, source, atMs } = seen
        if (isInDialog || isKnown(source, atMs) || !CALLING.has(request.method)) return
        const { user, host } = request.uri
        if (user === undefined || user === '') return
        const count = counts.add(mixed(hash(user), hash(host)), atMs)
        if (count <= limits.requests) return
        // A sentence for each would cost more than the count; the engine tells one a minute.
        if (count % TOLD_EVERY !== 0 && count !== limits.requests + 1) return
        report({
          subject: { kind: 'destination', name: `${user}@${host}` },
          seen,
          value: count,
          limit: limits.requests,
          why: `Strangers sent ${count} requests to ${quoted(`${user}@${host}`)} within some ten seconds, the last from ${source.ip}.`,
          confidence: 'medium',
          isSpoofable: true,
        })
      },
    }
  },
})

const TOLD_EVERY = 64
const CALLING: ReadonlySet<string> = new Set(['INVITE', 'MESSAGE', 'NOTIFY', 'REFER', 'SUBSCRIBE'])
