import type { Outcome } from './outcome.ts'
import type { Trial } from './trial.ts'

/** What a target must offer, or its owner must give, for an attack to be tried. Without it the attack is skipped. */
export type Need =
  /** One account with its password. */
  | 'account'
  | 'two-accounts'
  | 'three-accounts'
  /** Several source addresses: a target on loopback. */
  | 'addresses'
  | 'tcp'
  | 'tls'
  | 'websocket'
  /** A key and certificate whose signatures the target trusts for telephone numbers. */
  | 'stir'
  /** A key and certificate of a user whose signed bodies the target trusts. */
  | 'smime'
  /** An account that wants no anonymous calls. */
  | 'rejects-anonymous'
  /** A domain whose records the tester answers for, asked by the target. */
  | 'zone'
  | 'radius'
  | 'diameter'
  /** Address of the administration's HTTP interface. */
  | 'admin'
  /** Address of a phone or of what provisions phones. */
  | 'phone'
  /** A client certificate that the target takes for a user. */
  | 'client-certificate'
  /** A telephone number that costs somebody. */
  | 'premium-number'

/** How much it hurts when it succeeds; the grade weighs by it. */
export type Severity = 'low' | 'medium' | 'high' | 'critical'

/** How to mend it, one or two sentences each with the names of settings, modules and functions. */
export interface Mending {
  readonly aspis: string
  readonly kamailio: string
  readonly opensips: string
  readonly asterisk: string
}

/** One attack on a SIP server, seen from the wire alone. One file each in `attacks/`. */
export interface Attack {
  /** Kebab-case, the name of its file. */
  readonly id: string
  /** Of the catalogue of attacks (`src/threats/attacks.ts`): `E01`. */
  readonly entry: string
  /** One line, begins in lower case: what somebody does. */
  readonly title: string
  /** Ids of `src/threats` that it proves. */
  readonly threats: readonly [string, ...string[]]
  /** Where the paper names it: `§3.3, username and URI` or `Table 1, row 4`. */
  readonly clause: string
  /** `RFC 3261 §22.4`. */
  readonly references: readonly [string, ...string[]]
  readonly severity: Severity
  /** May slow the target, fill its tables or end calls of others: only with the full profile. */
  readonly isIntrusive: boolean
  /** Messages that it sends at most, over all its lines; the trial lets no more out. */
  readonly maxMessages: number
  readonly needs: readonly Need[]
  /** What a safe server does: one sentence. */
  readonly expected: string
  readonly mending: Mending
  run(trial: Trial): Promise<Outcome>
}

/** The shape of an attack; gives it back as it is. */
export function attack(definition: Attack): Attack {
  return definition
}
