import type { Candidate } from './candidate.ts'
import { type Party, sameParty } from './party.ts'

/** Where a chain begins: a caller, and whom it called. */
export interface ChainStart {
  readonly orig: Party
  readonly dest: readonly Party[]
}

/**
 * The diversions that lead from a call as it was made to where it is now, first one first: each leaves a destination of
 * the one before, all name one caller, and the last one ends where it should.
 * @param divs at most `LIMITS.maxIdentities`, so that trying all ways is little
 * @returns undefined when there is no such chain
 * @see RFC 8946 §4.2 (STV-11)
 */
export function divChain(
  start: ChainStart,
  divs: readonly Candidate[],
  isEnd: (party: Party) => boolean,
): readonly Candidate[] | undefined {
  for (const div of divs) {
    if (!continues(start, div)) continue
    const others = divs.filter(each => each !== div)
    // The longest way first: the outermost token is the one that no other refers to.
    const rest = divChain({ orig: start.orig, dest: div.claims.dest }, others, isEnd)
    if (rest !== undefined) return [div, ...rest]
    if (div.claims.dest.some(isEnd)) return [div]
  }
  return undefined
}

function continues(start: ChainStart, { claims }: Candidate): boolean {
  const { div } = claims
  return (
    div !== undefined && sameParty(claims.orig, start.orig) && start.dest.some(each => sameParty(each, div))
  )
}
