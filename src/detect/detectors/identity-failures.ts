import { detector, type Setup } from '../detector.ts'
import type { Confidence } from '../finding.ts'
import { quoted } from '../quoted.ts'
import type { IdentityJudged } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import type { Subject } from '../subject.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const HOUR_MS = 3_600_000
const ROWS = 1024
const WIDTH = 16
/** A token that was used before is no clock that is wrong, and no certificate that is late. */
const REPLAYS = 2
/** A party of whose calls more than so many are good for one bad is not the forger. */
const SHARE = 1

/**
 * Signed identities that do not hold: by whom they come from, by who is said to have signed, and by who is claimed to
 * call. Each call counts once. What only says that nobody signed is left out, and so are clocks.
 */
export const identityFailures = detector({
  id: 'identity-failures',
  title: 'Signed identities that do not hold',
  class: 'spec',
  threats: ['spoofing', 'spam-calls', 'replay'],
  isSpoofable: true,
  score: 40,
  evasion:
    'A forged identity for each call less than the limit an hour, from many sources, for many authorities: each such call is refused or marked all the same.',
  thresholds: {
    calls: {
      default: 4,
      min: 2,
      max: WIDTH,
      unit: 'calls',
      meaning:
        'Calls within an hour of one source, authority or claimed caller, whose signed identity does not hold.',
    },
  },
  start: setup => {
    const { limits, hash } = setup
    const salt = hash('identity-failures')
    const bad = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    const good = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    const replays = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    return {
      identity: judged => {
        const { source, authority, claimed, atMs, why } = judged
        const call = hash(judged.request.callId)
        const keys = {
          source: mixed(salt, source.slot, source.generation),
          authority: mixed(salt, hash(authority), 1),
          claimed: mixed(salt, hash(claimed), 2),
        }
        if (judged.isValid) {
          good.add(keys.source, call, atMs)
          good.add(keys.authority, call, atMs)
          return
        }
        if (!isForged(why)) return
        const said = `whose signed identity does not hold (last: ${why})`
        const isOutweighed = (key: number, count: number) => good.count(key, atMs) > count * SHARE
        const ofSource = bad.add(keys.source, call, atMs)
        if (why === 'replayed') {
          const again = replays.add(keys.source, call, atMs)
          if (again >= REPLAYS)
            tell(
              setup,
              judged,
              subjectOfSource(source),
              again,
              REPLAYS,
              'medium',
              `${source.ip} sent ${again} calls with signed identities that were used before.`,
            )
        }
        if (ofSource >= limits.calls && !isOutweighed(keys.source, ofSource))
          tell(
            setup,
            judged,
            subjectOfSource(source),
            ofSource,
            limits.calls,
            'high',
            `${source.ip} sent ${ofSource} calls within an hour ${said}.`,
          )
        if (authority !== '') {
          const count = bad.add(keys.authority, call, atMs)
          if (count >= limits.calls && !isOutweighed(keys.authority, count))
            tell(
              setup,
              judged,
              { kind: 'domain', name: authority },
              count,
              limits.calls,
              'medium',
              `${count} calls within an hour name ${quoted(authority)} as who signed, ${said}.`,
            )
        }
        if (claimed === '') return
        const ofClaimed = bad.add(keys.claimed, mixed(salt, call, source.slot), atMs)
        if (ofClaimed >= limits.calls)
          tell(
            setup,
            judged,
            { kind: 'destination', name: claimed },
            ofClaimed,
            limits.calls,
            'medium',
            `${ofClaimed} calls within an hour claim to come from ${quoted(claimed)}, ${said}.`,
          )
      },
    }
  },
})

/** What is no fault of a clock, and no lack of a signature. */
function isForged(why: string): boolean {
  return why !== '' && why !== 'no-identity' && !why.startsWith('iat-') && !why.startsWith('date-')
}

function tell(
  { report }: Setup<'calls'>,
  seen: IdentityJudged,
  subject: Subject,
  value: number,
  limit: number,
  confidence: Confidence,
  why: string,
): void {
  report({ subject, seen, value, limit, why, confidence, isSpoofable: !seen.source.isProved })
}
