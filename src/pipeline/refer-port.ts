import type { UsedTokens } from '../mechanisms/refer/used-tokens.ts'
import type { UserAuthority } from '../mechanisms/smime/verify.ts'
import type { RequestContext } from './stage.ts'

/** Who may do something: own users, or neighbours by name. */
export interface Parties {
  readonly ownUsers: boolean
  readonly trunks: readonly string[]
}

/** For which places a reference must be proven. */
export interface TokenDemand {
  readonly everywhere: boolean
  readonly ownUsers: boolean
  readonly trunks: readonly string[]
  /** Lower case. */
  readonly domains: readonly string[]
}

/** What became of a Referred-By. */
export type ReferenceOutcome = 'verified' | 'unverified' | 'refused'

/** What the stage `refer` goes by. */
export interface ReferPort {
  /** Who may send REFER outside a dialog (RFB-09). */
  readonly outOfDialog: Parties
  /** Whose INVITE may take over a dialog without a proven reference (RFB-10). */
  readonly replaces: Parties
  readonly requireToken: TokenDemand
  /** Hosts that Refer-To may name beside the served domains; empty: any that is not private. */
  readonly hosts: readonly string[]
  /** How old a token may be, in seconds. */
  readonly tokenAgeSeconds: number
  /** Who vouches for referrers. */
  readonly authorities: readonly UserAuthority[]
  readonly used: UsedTokens
  /** @param why name of the reason, as in the answer; empty where all is well */
  saw(outcome: ReferenceOutcome, why: string, context: RequestContext): void
}
