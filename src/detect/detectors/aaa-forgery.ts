import { BoundedMap } from '../../base/bounded-map.ts'
import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'

const HOUR_MS = 3_600_000
const MAX_SERVERS = 64

interface Counted {
  forged: number
  losses: number
  sinceMs: number
}

/**
 * Answers in the name of a server for authentication that are not its own: the authenticator is missing or wrong, or
 * the answer breaks the protocol. One is enough, since chance makes none; a secret that differs on the two sides looks
 * the same and must be mended as well. A server that is lost again and again may be kept from answering.
 */
export const aaaForgery = detector({
  id: 'aaa-forgery',
  title: 'Answers that an authentication server did not give',
  class: 'spec',
  threats: ['aaa-servers', 'infrastructure-behind-the-edge'],
  isSpoofable: true,
  score: 60,
  evasion: 'Answer with the right secret: who has that is the server, as far as anybody can tell.',
  thresholds: {
    forged: {
      default: 1,
      min: 1,
      max: 10_000,
      unit: 'answers',
      meaning: 'Answers within an hour in the name of one server that are not believed.',
    },
    losses: {
      default: 6,
      min: 2,
      max: 10_000,
      unit: 'losses',
      meaning: 'Times within an hour that one server stops answering.',
    },
  },
  start: ({ limits, report }) => {
    const counted = new BoundedMap<string, Counted>(MAX_SERVERS)
    return {
      aaa: seen => {
        const { server, what, atMs, detail } = seen
        if (what === 'alive') return
        let entry = counted.get(server)
        if (entry === undefined || atMs - entry.sinceMs > HOUR_MS) {
          entry = { forged: 0, losses: 0, sinceMs: atMs }
          counted.set(server, entry)
        }
        const isForged = what === 'answer-forged'
        if (isForged) entry.forged += 1
        else entry.losses += 1
        const value = isForged ? entry.forged : entry.losses
        const limit = isForged ? limits.forged : limits.losses
        if (value < limit) return
        report({
          subject: { kind: 'domain', name: server },
          seen,
          value,
          limit,
          why: isForged
            ? `${value} answers within an hour in the name of ${quoted(server)} are not its own (${quoted(detail)}): somebody answers for it, or the secret differs.`
            : `${quoted(server)} stopped answering ${value} times within an hour.`,
          confidence: isForged ? 'high' : 'low',
          ...(isForged ? {} : { score: 15 }),
        })
      },
    }
  },
})
