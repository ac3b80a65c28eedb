import { randomInt } from 'node:crypto'
import { attack } from '../attack.ts'
import { inventedNames, knownName } from '../enumeration.ts'
import { Guesser } from '../guessing.ts'
import { type Comparison, median, rankTest } from '../rank-test.ts'
import type { Trial } from '../trial.ts'

const PAIRS = 20
const PAIRS_OF_ADDRESS = 3
/** Fewer say nothing. */
const MIN_PAIRS = 6
/** Both must hold, twice, for a difference to be believed. */
const MAX_P = 0.001
const MIN_EFFECT = 0.9

interface Series extends Comparison {
  readonly pairs: number
  readonly knownMs: number
  readonly inventedMs: number
}

/** Who exists is looked up and reckoned with, who does not is not: the answer comes later for one of them. */
export const usersToldByTime = attack({
  id: 'users-told-by-time',
  entry: 'C05',
  title: 'finds out who exists by how long answers to wrong passwords take',
  threats: ['scanning', 'password-guessing'],
  clause: '§3.1, scanning; §3.3, brute force',
  references: ['RFC 3261 §26.1.1', 'RFC 7616 §5.4'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 600,
  needs: ['account'],
  expected:
    'Wrong passwords take the same time for known and unknown names, or are slowed down before it shows.',
  mending: {
    aspis: 'On by default: an unknown user has a stand-in hash, so that the work is the same.',
    kamailio:
      'Keep credentials in an `htable` and check with `pv_www_authenticate()`, so that no query of a known name takes longer.',
    opensips:
      'Keep credentials in `cachedb_local` and check with `pv_www_authorize()`, so that no query of a known name takes longer.',
    asterisk:
      'Keep endpoints in `pjsip.conf` or behind `res_sorcery_memory_cache`, so that no query of a known name takes longer.',
  },
  async run(trial) {
    const first = await series(trial)
    if (first.pairs === 0) return trial.inconclusive('it was told to wait from the first wrong password on')
    if (first.pairs < MIN_PAIRS)
      return trial.resisted(
        `after ${first.pairs} pairs of wrong passwords it was slowed down: too few to compare`,
        {
          pairs: first.pairs,
        },
      )
    if (!isTelling(first)) return trial.resisted(`no difference: ${told(first)}`, { pairs: first.pairs })
    const second = await series(trial)
    const counts = { pairs: first.pairs + second.pairs }
    const isSame = isTelling(second) && first.effect > 0.5 === second.effect > 0.5
    if (isSame) return trial.succeeded(`twice a difference: ${told(first)}; ${told(second)}`, counts)
    if (second.pairs < MIN_PAIRS)
      return trial.inconclusive(`a difference once (${told(first)}), then it was slowed down`, counts)
    return trial.resisted(
      `a difference that did not come again: ${told(first)}; then ${told(second)}`,
      counts,
    )
  },
})

/** Wrong passwords for a known and an unknown name in turn, which of them first by chance, from changing addresses. */
async function series(trial: Trial): Promise<Series> {
  const known = knownName(trial)
  const [invented] = inventedNames(known)
  const ofKnown: number[] = []
  const ofInvented: number[] = []
  let guesser = new Guesser(trial, await trial.stranger())
  for (let pair = 1; pair <= PAIRS; pair++) {
    const names = randomInt(2) === 0 ? [known, invented] : [invented, known]
    const pairMs = new Map<string, number>()
    for (const name of names) {
      // The challenge comes before the clock starts.
      await guesser.prepare(name)
      const { tookMs, isSlowed } = await guesser.guess(name)
      if (!isSlowed) pairMs.set(name, tookMs)
    }
    if (pairMs.size < 2) break
    ofKnown.push(pairMs.get(known) ?? 0)
    ofInvented.push(pairMs.get(invented) ?? 0)
    if (pair % PAIRS_OF_ADDRESS === 0 && trial.hasManyAddresses)
      guesser = new Guesser(trial, await trial.stranger())
  }
  const compared = rankTest(ofKnown, ofInvented)
  return { ...compared, pairs: ofKnown.length, knownMs: median(ofKnown), inventedMs: median(ofInvented) }
}

function isTelling({ p, effect, pairs }: Series): boolean {
  return pairs >= MIN_PAIRS && p < MAX_P && Math.max(effect, 1 - effect) >= MIN_EFFECT
}

function told({ pairs, knownMs, inventedMs, p }: Series): string {
  const chance = p < 0.0001 ? 'p < 0.0001' : `p = ${p.toFixed(4)}`
  return `${pairs} pairs, median ${knownMs.toFixed(2)} ms for a known name, ${inventedMs.toFixed(2)} ms for an unknown one (Mann-Whitney ${chance})`
}
