import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import { detector, type Setup } from '../detector.ts'
import { shapeOf } from '../numbers/number-shape.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven, RequestSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'
import { partyOf } from '../tracker/party.ts'

const HOUR_MS = 3_600_000
const ROWS = 2048
const WIDTH = 8

/** What the server says of a reference whose proof is wrong, or that names who did not send it. */
const FORGED: ReadonlySet<string> = new Set([
  'content-changed',
  'referred-by-not-yours',
  'referrer-token-missing',
  'signature-wrong',
  'token-of-another-refer',
])

/**
 * REFER makes somebody else's phone dial: to a dear number, to what is no telephone at all, or in the name of a
 * referrer who did not send it. Counted are dear targets and references that were refused; a target that nobody dials
 * and a forged referrer are told at once.
 */
export const referAbuse = detector({
  id: 'refer-abuse',
  title: 'References that lead where they should not',
  class: 'fraud',
  threats: ['referee-in-the-middle', 'referred-by-forged', 'referred-by-pasted'],
  isSpoofable: true,
  score: 40,
  evasion:
    'Refer to a number that our list does not know as dear, one an hour, and without Referred-By: the rules that hold for a call hold for the reference all the same.',
  thresholds: {
    targets: {
      default: 2,
      min: 1,
      max: WIDTH,
      unit: 'targets',
      meaning: 'Different premium or often abused numbers that one source refers others to within an hour.',
    },
    refused: {
      default: 4,
      min: 1,
      max: 1000,
      unit: 'requests',
      meaning: 'References of one source that are refused, fading by half in an hour.',
    },
  },
  start: setup => {
    const { tables, limits, hash } = setup
    const salt = hash('refer-abuse')
    const targets = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    const refusals = new DecayingCounts(tables.sources.maxEntries, HOUR_MS)
    return {
      only: { request: { methods: ['REFER'] }, answer: { part: 'refusals' } },
      request: seen => {
        const { request, source, atMs } = seen
        if (request.method !== 'REFER') return
        const target = addressIn(request, H.referTo)
        if (target === undefined) return
        if (!CALLED.has(target.scheme))
          return tell(
            setup,
            seen,
            1,
            1,
            `refers to ${quoted(target.text)}, which is nothing that a phone calls`,
          )
        const isKnown = source.lastLoginMs !== Number.NEGATIVE_INFINITY || source.trunk !== undefined
        const { cost, tail } = shapeOf(target.user ?? '')
        if (cost >= 2) {
          const count = targets.add(mixed(salt, source.slot, source.generation), tail, atMs)
          if (count >= limits.targets || !isKnown)
            return tell(
              setup,
              seen,
              count,
              limits.targets,
              `refers others to dear numbers, last ${quoted(target.text)}`,
            )
        }
        if (isKnown || seen.isInDialog) return
        const referrer = addressIn(request, H.referredBy)
        if (referrer !== undefined && partyOf(referrer) !== partyOf(request.from.uri))
          tell(
            setup,
            seen,
            1,
            1,
            `refers in the name of ${quoted(referrer.text)}, and From is ${quoted(request.from.uriText)}`,
          )
      },
      answer: given => {
        const { request, status, why, source, atMs } = given
        if (status < 400 || !given.isOwn || source.trunk !== undefined) return
        if (request.method !== 'REFER' && status !== 429 && !FORGED.has(why)) return
        if (status === 401 || status === 407 || status >= 500 || status === 481) return
        if (FORGED.has(why))
          return tell(setup, given, 1, 1, `sent a reference that is forged or pasted (${why})`)
        const count = refusals.add(source, 1, atMs)
        if (count > limits.refused - 0.5)
          tell(setup, given, count, limits.refused, 'sent references that were refused')
      },
    }
  },
})

const CALLED: ReadonlySet<string> = new Set(['sip', 'sips', 'tel'])

function addressIn(request: SipRequest, id: typeof H.referTo | typeof H.referredBy): Uri | undefined {
  const value = request.header(id)
  if (value === undefined) return undefined
  const address = parseNameAddr(value)
  return address.ok ? address.value.uri : undefined
}

function tell(
  { report }: Setup<'targets' | 'refused'>,
  seen: RequestSeen | AnswerGiven,
  value: number,
  limit: number,
  what: string,
): void {
  const { source } = seen
  report({
    subject: subjectOfSource(source),
    seen,
    value,
    limit,
    why: `${source.ip} ${what}.`,
    confidence: 'medium',
    isSpoofable: !source.isProved,
  })
}
