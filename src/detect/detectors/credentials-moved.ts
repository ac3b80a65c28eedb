import { detector } from '../detector.ts'
import { offeredAccount } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const DAY_MS = 24 * 3_600_000
const MAX_PAIRS = 4096
/** Who always errs is no attacker but a gateway that rewrites the Request-URI. */
const HABIT = 5

/**
 * Right credentials for something else: the answer to a challenge, moved to another Request-URI. Only who has the
 * password, or heard it used, can send that.
 */
export const credentialsMoved = detector({
  id: 'credentials-moved',
  title: 'Right credentials for another request',
  class: 'auth',
  threats: ['replay', 'digest-without-integrity', 'message-tampering'],
  isSpoofable: true,
  score: 35,
  evasion: 'Move them within the same method and Request-URI: the nonce count then shows a replay.',
  thresholds: {
    requests: {
      ...{ default: 1, min: 1, max: 100, unit: 'requests in a day' },
      meaning: 'Requests of an account with right credentials made for another Request-URI.',
    },
  },
  start({ limits, tables, hash, report }) {
    const moved = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    return {
      only: { credentials: 'refused' },
      credentials(judged) {
        if (judged.why !== 'uri-mismatch') return
        const { source, atMs, request } = judged
        const account = offeredAccount(judged)
        const { count } = moved.add(source, hash(account), atMs)
        if (count < limits.requests || count > limits.requests + HABIT) return
        report({
          subject: { kind: 'account', name: account },
          ...{ seen: judged, value: count, limit: limits.requests, confidence: 'medium' },
          why: `Credentials of ${quoted(account)} for another request came with ${quoted(request.method, 16)} ${quoted(request.requestUri)} from ${source.ip}`,
        })
      },
      tick: nowMs => moved.sweep(nowMs),
    }
  },
})
