import { BoundedMap } from '../../base/bounded-map.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { SLOTS } from '../../sip/message/walk.ts'
import { detector } from '../detector.ts'
import { evidenceOf } from '../evidence.ts'
import type { Evidence } from '../finding.ts'
import { offeredAccount } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import type { CredentialsJudged } from '../sighting.ts'
import { type Source, subjectOfSource } from '../source.ts'
import { OpenQuestions } from '../tables/open-questions.ts'
import { SeenBefore } from '../tables/seen-before.ts'

const DAY_MS = 24 * 3_600_000
/** Who owns the password answers the new challenge within a round trip. */
const PATIENCE_MS = 3000
const MAX_PAIRS = 4096
const MAX_DOUBTED = 1024

/** Reasons that old credentials are refused for. */
const STALE: ReadonlySet<string> = new Set([
  'nonce-expired',
  'nonce-forgotten',
  'nonce-of-other-node',
  'nonce-of-other-source',
  'nonce-replayed',
])

interface Doubted {
  readonly account: string
  readonly isRepeat: boolean
  readonly why: string
  readonly evidence: Evidence
}

/**
 * Captured credentials sent once more: a response that was accepted before, or one for a nonce that another address was
 * given. The server challenges anew, and who knows the password answers that at once: so phones that moved, or that
 * repeat themselves, leave no trace, and who only has what he heard is left standing.
 */
export const credentialReplay = detector({
  id: 'credential-replay',
  title: 'Credentials that were captured are sent again',
  class: 'auth',
  threats: ['replay', 'digest-is-one-way'],
  isSpoofable: true,
  score: 40,
  evasion:
    'Send it in the name of the address that it was captured from, and let its owner answer the new challenge: nothing was won by it.',
  thresholds: {
    unknown: {
      ...{ default: 3, min: 1, max: 1000, unit: 'accounts in a day' },
      meaning:
        'Accounts whose stale credentials one source sent, and did not follow up; a response that was accepted before is told of at once.',
    },
  },
  start({ limits, tables, hash, report }) {
    const open = new OpenQuestions<Source>(tables.sources.maxEntries, MAX_PAIRS, PATIENCE_MS, DAY_MS)
    const accepted = new SeenBefore()
    const doubted = new BoundedMap<number, Doubted>(MAX_DOUBTED)

    function doubt(judged: CredentialsJudged): void {
      const { source, atMs, why } = judged
      const account = offeredAccount(judged)
      const key = hash(account)
      doubted.set(key, {
        ...{ account, why, evidence: evidenceOf(judged) },
        isRepeat: accepted.has(responseOf(judged.request)),
      })
      open.ask(source, key, atMs)
    }

    return {
      credentials(judged) {
        if (judged.isAccepted) {
          accepted.add(responseOf(judged.request))
          if (open.openOf(judged.source) > 0) {
            open.settle(judged.source, hash(offeredAccount(judged)), judged.atMs)
          }
        } else if (STALE.has(judged.why)) doubt(judged)
      },
      tick(nowMs) {
        open.tick(nowMs, (source, key) => {
          const known = doubted.get(key)
          if (known === undefined) return
          const { account, isRepeat, why, evidence } = known
          const value = open.leftOf(source)
          const limit = isRepeat ? 1 : limits.unknown
          if (value < limit) return
          const isElsewhere = why === 'nonce-of-other-source'
          report({
            subject: isRepeat && !isElsewhere ? { kind: 'account', name: account } : subjectOfSource(source),
            ...{ seen: undefined, value, limit, evidence: [evidence], isSpoofable: !source.isProved },
            confidence: isRepeat ? 'high' : 'medium',
            why: isRepeat
              ? `Credentials of ${quoted(account)} that were accepted before came again from ${source.ip}, and nobody answered the new challenge`
              : `${source.ip} sent old credentials of ${value} accounts, the last one ${quoted(account)}, and answered no challenge`,
          })
        })
      },
    }
  },
})

/** 32 bits of the response of the digest: whoever has no password cannot choose them. */
function responseOf(request: SipRequest): number {
  const { text, index } = request
  const row = request.rowOf(request.has(H.authorization) ? H.authorization : H.proxyAuthorization)
  if (row < 0) return 0
  const at = text.indexOf('response="', index[row * SLOTS + 2] ?? 0) + 10
  let word = 0
  for (let i = at; i < at + 16; i += 1) word = (Math.imul(word, 31) + text.charCodeAt(i)) | 0
  return word
}
