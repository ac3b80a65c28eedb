import type { NumberPlan } from './number.ts'
import type { PolicyTime } from './times.ts'

/** What STIR says of a caller, where it was verified (RFC 8588 §5); `none` where it was not. */
export type Attestation = 'A' | 'B' | 'C' | 'none'

/** Who asks. */
export type PolicyCaller =
  | { readonly kind: 'user'; readonly aors: readonly string[] }
  | { readonly kind: 'trunk'; readonly trunk: string }
  | { readonly kind: 'unproven' }

/** Who a rule speaks of. */
export type RuleFrom =
  | { readonly kind: 'own-users' }
  | { readonly kind: 'user'; readonly aor: string }
  /** Users with an address in that domain of ours. */
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'trunk'; readonly trunk: string }

/** Where a rule speaks of. */
export type RuleTo =
  /** All that is not a user of ours. */
  | { readonly kind: 'anywhere' }
  | { readonly kind: 'own-users' }
  /** Addresses at hosts that are not ours. */
  | { readonly kind: 'other-domains' }
  | { readonly kind: 'domain'; readonly domain: string }
  /** Numbers that begin with this (`+44`); digits after a `+` or plain. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'class'; readonly name: string }

/** One line of the policy; the first that fits decides, none means no. */
export interface PolicyRule {
  readonly name: string
  /** One of them. */
  readonly from: readonly RuleFrom[]
  /** One of them. */
  readonly to: readonly RuleTo[]
  /** Leaves by this trunk; without it by DNS. */
  readonly via?: string
  /** All when undefined. */
  readonly methods?: readonly string[]
  /** Names of times, of which it must be one; always when undefined. */
  readonly when?: readonly string[]
  /** What the caller's identity must have been signed with, one of them; anything when undefined. */
  readonly attestation?: readonly Attestation[]
  readonly allow: boolean
}

/** Numbers that cost alike, or are alike to the operator. */
export interface PolicyClass {
  readonly name: string
  /** `+449*` is a prefix, `112` one number. */
  readonly numbers: readonly string[]
  /** Price in millionths of the operator's currency. */
  readonly perMinute: number
  readonly perCall: number
  /** Its calls are in no bound: emergency. */
  readonly isUnbounded: boolean
}

/** Everything that rules stand on. */
export interface PolicyGround {
  readonly plan: NumberPlan | undefined
  readonly classes: readonly PolicyClass[]
  readonly times: readonly PolicyTime[]
  /** IANA name of the time zone. */
  readonly zone: string
  readonly holidays: readonly string[]
  /** Whether a host is a domain of ours, by any of its names. */
  readonly isServed: (host: string) => boolean
}

/** Classes that need no prefix: a user of ours, an address elsewhere, a number that no class has. */
export const OWN_USERS = 'own-users'
export const OTHER_DOMAINS = 'other-domains'
export const OTHER_NUMBERS = 'other-numbers'

/** Names that no class of the operator may have. */
export const BUILT_IN_CLASSES: readonly string[] = [OWN_USERS, OTHER_DOMAINS, OTHER_NUMBERS]

/** What decided when no rule of the operator did. */
export const DEFAULT_DENY = 'default-deny'
export const OWN_USERS_RULE = 'own-users'
export const UNREADABLE = 'unreadable-number'

/** What the policy says; one object for each rule and class, made once. */
export interface PolicyDecision {
  readonly isAllowed: boolean
  /** Name of the rule that decided, or one of ours. */
  readonly rule: string
  readonly via: string | undefined
  /** Class of the destination. */
  readonly toClass: string
}

/** A bound on calls at once, or on money in a period, or both. */
export interface PolicyLimit {
  readonly name: string
  /** Counted for each caller, for each trunk that a call comes or leaves by, or for all together. */
  readonly per: 'user' | 'trunk' | 'all'
  /** This user (`sip:user@domain`) or trunk only. */
  readonly of?: string
  /** Calls of this class only. */
  readonly class?: string
  readonly calls?: number
  /** Millionths of the operator's currency. */
  readonly spend?: number
  readonly period: 'hour' | 'day' | 'month'
}
