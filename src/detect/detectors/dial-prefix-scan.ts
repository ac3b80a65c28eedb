import { detector, type Setup } from '../detector.ts'
import { shapeOf } from '../numbers/number-shape.ts'
import { quoted } from '../quoted.ts'
import type { RequestSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const DAY_MS = 86_400_000
const ROWS = 4096
const WIDTH = 24
/** A source where somebody logged in is an office, whose people dial one number in more than one way. */
const OFFICE_FACTOR = 3

/**
 * Who looks for a way out to the telephone network dials one number behind one prefix after the other. Counted is how
 * many prefixes went before the same last nine digits, in a day, whatever the rate: by source, and by number over all
 * sources that never logged in.
 */
export const dialPrefixScan = detector({
  id: 'dial-prefix-scan',
  title: 'Dialling prefixes are tried',
  class: 'fraud',
  threats: ['scanning', 'no-authorisation-model'],
  isSpoofable: true,
  score: 60,
  evasion:
    'Another number for each prefix, or fewer prefixes a day than the limit from each source. The number is then seen over all sources together, as long as it stays the same; after that only the refusals count.',
  thresholds: {
    prefixes: {
      default: 5,
      min: 3,
      max: WIDTH / OFFICE_FACTOR,
      unit: 'prefixes',
      meaning: 'Different prefixes before one number in a day, from one source where nobody logged in.',
    },
    prefixesOfAll: {
      default: 12,
      min: 5,
      max: WIDTH,
      unit: 'prefixes',
      meaning: 'Different prefixes before one number in a day, from all sources where nobody logged in.',
    },
  },
  start: setup => {
    const { limits, hash } = setup
    const salt = hash('dial-prefix-scan')
    const bySource = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const byNumber = new FewDistinct(ROWS, WIDTH, DAY_MS)
    return {
      only: { request: { methods: ['INVITE'], part: 'outside' } },
      request: seen => {
        const { request, source, atMs } = seen
        if (request.method !== 'INVITE' || seen.isInDialog || source.trunk !== undefined) return
        const user = userOf(request)
        if (user === undefined) return
        const { tail, head } = shapeOf(user)
        if (tail === 0) return
        const prefixes = bySource.add(
          mixed(salt, mixed(salt, source.slot, source.generation), tail),
          head,
          atMs,
        )
        const isOffice = source.lastLoginMs > atMs - DAY_MS
        const limit = isOffice ? limits.prefixes * OFFICE_FACTOR : limits.prefixes
        if (prefixes >= limit) return reportSource(setup, seen, user, prefixes, limit)
        if (isOffice) return
        const ofAll = byNumber.add(mixed(salt, tail), head, atMs)
        if (ofAll >= limits.prefixesOfAll) reportNumber(setup, seen, user, ofAll)
      },
    }
  },
})

type Names = 'prefixes' | 'prefixesOfAll'

function userOf({ uriResult }: RequestSeen['request']): string | undefined {
  return uriResult.ok ? uriResult.value.user : undefined
}

function reportSource(
  { report }: Setup<Names>,
  seen: RequestSeen,
  user: string,
  value: number,
  limit: number,
): void {
  const { source } = seen
  report({
    subject: subjectOfSource(source),
    seen,
    value,
    limit,
    why: `${source.ip} dialled one number behind ${value} different prefixes within a day, last ${quoted(user, 40)}: it looks for a way out to the telephone network.`,
    confidence: 'high',
  })
}

function reportNumber(
  { report, limits }: Setup<Names>,
  seen: RequestSeen,
  user: string,
  value: number,
): void {
  report({
    subject: { kind: 'destination', name: user.slice(-9) },
    seen,
    value,
    limit: limits.prefixesOfAll,
    why: `The number that ends in ${quoted(user.slice(-9))} was dialled behind ${value} different prefixes within a day, from sources where nobody logged in.`,
    confidence: 'medium',
    score: 30,
  })
}
