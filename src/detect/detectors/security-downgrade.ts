import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { detector, type Setup } from '../detector.ts'
import type { Confidence } from '../finding.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven, BindingsChanged, RequestSeen, Seen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import type { Subject } from '../subject.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS
const HOUR_MS = 3_600_000

/** Mechanisms of RFC 3329 §2.2, weakest first: what a request may not fall behind. */
const STRENGTH: readonly string[] = ['digest', 'ipsec-man', 'ipsec-ike', 'ipsec-3gpp', 'tls']
const AGREEMENT_REQUIRED = 494

/**
 * Protection that is less than it was: an agreement on mechanisms that names a stronger one than is used, an account
 * that came over TLS for days and comes in clear, `sips` that arrives in clear.
 */
export const securityDowngrade = detector({
  id: 'security-downgrade',
  title: 'Weaker protection than agreed on',
  class: 'spec',
  threats: ['mechanism-bid-down', 'tls-is-rarely-used', 'sips-is-a-promise'],
  isSpoofable: true,
  score: 30,
  evasion: 'Be there from the first registration on: then nobody knows that it was ever better.',
  thresholds: {
    refusals: {
      default: 3,
      min: 1,
      max: 1000,
      unit: 'requests',
      meaning: 'Requests of one source that are refused for want of an agreement, fading by half in an hour.',
    },
    registrations: {
      default: 5,
      min: 2,
      max: 1000,
      unit: 'registrations',
      meaning: 'Registrations over TLS, fading by half in a week, after which one in clear is a step back.',
    },
    cleartext: {
      default: 3,
      min: 1,
      max: 1000,
      unit: 'requests',
      meaning: 'Requests for a sips address that one source sends in clear, fading by half in an hour.',
    },
  },
  start: setup => {
    const { tables, limits } = setup
    const secure = new DecayingCounts(tables.accounts.maxEntries, WEEK_MS)
    const clear = new DecayingCounts(tables.accounts.maxEntries, WEEK_MS)
    const refusals = new DecayingCounts(tables.sources.maxEntries, HOUR_MS)
    const cleartext = new DecayingCounts(tables.sources.maxEntries, HOUR_MS)
    return {
      only: { answer: { part: 'refusals' } },
      request: seen => {
        const { request, source, atMs } = seen
        const isClear = isInClear(seen)
        if (isClear && isForSips(request) && source.trunk === undefined) {
          const count = cleartext.add(source, 1, atMs)
          if (count > limits.cleartext - 0.5)
            tell(
              setup,
              seen,
              subjectOfSource(source),
              count,
              limits.cleartext,
              'low',
              `${source.ip} sent ${Math.round(count)} requests for sips addresses in clear: TLS was taken away on the way, or never there.`,
            )
        }
        if (!request.has(H.require) && !request.has(H.proxyRequire)) return
        if (!request.lists(H.require, 'sec-agree') && !request.lists(H.proxyRequire, 'sec-agree')) return
        const verified = strongest(request.list(H.securityVerify))
        const offered = strongest(request.list(H.securityClient))
        const used = isClear ? Math.max(offered, 0) : STRENGTH.length - 1
        if (verified > used)
          tell(
            setup,
            seen,
            subjectOfSource(source),
            1,
            1,
            'medium',
            `${source.ip} repeats an offer of ${STRENGTH[verified] ?? ''} and uses ${STRENGTH[used] ?? 'none'}: somebody took the stronger mechanisms out of the choice.`,
          )
      },
      answer: given => {
        const { status, source, atMs } = given
        if (status !== AGREEMENT_REQUIRED || !given.isOwn || source.trunk !== undefined) return
        const count = refusals.add(source, 1, atMs)
        if (count > limits.refusals - 0.5)
          tell(
            setup,
            given,
            subjectOfSource(source),
            count,
            limits.refusals,
            'medium',
            `${source.ip} was refused ${Math.round(count)} times within hours, since it agreed on no mechanism or on a weaker one.`,
          )
      },
      registration: changed => {
        const account = tables.accounts.peek(changed.account)
        if (account === undefined || changed.isRemoval) return
        const { atMs, source } = changed
        if (!isInClear(changed)) {
          secure.add(account, 1, atMs)
          return
        }
        const before = clear.at(account, atMs)
        clear.add(account, 1, atMs)
        const count = secure.at(account, atMs)
        if (before > 0.1 || count < limits.registrations) return
        tell(
          setup,
          changed,
          { kind: 'account', name: account.key },
          count,
          limits.registrations,
          'low',
          `${quoted(account.key)} registered over TLS for days and now in clear, from ${source.ip}.`,
        )
      },
    }
  },
})

function isInClear({ transport }: Seen): boolean {
  return transport !== 'tls' && transport !== 'wss'
}

function isForSips({ requestUri }: SipRequest): boolean {
  // The scheme alone: most begin with `sip:`, where the fourth character differs.
  return (requestUri.charCodeAt(3) | 32) === 115 && requestUri.slice(0, 5).toLowerCase() === 'sips:'
}

/** Place of the strongest mechanism in `STRENGTH`; -1 when none is known. */
function strongest(values: readonly string[]): number {
  let best = -1
  for (const value of values) {
    const end = value.indexOf(';')
    const name = (end < 0 ? value : value.slice(0, end)).trim().toLowerCase()
    best = Math.max(best, STRENGTH.indexOf(name))
  }
  return best
}

function tell(
  { report }: Setup<'refusals' | 'registrations' | 'cleartext'>,
  seen: AnswerGiven | BindingsChanged | RequestSeen,
  subject: Subject,
  value: number,
  limit: number,
  confidence: Confidence,
  why: string,
): void {
  const score = confidence === 'low' ? { score: 15 } : {}
  report({ subject, seen, value, limit, why, confidence, isSpoofable: !seen.source.isProved, ...score })
}
