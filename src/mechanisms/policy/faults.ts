import { tableOf } from './judge.ts'
import { canonicalPrefix } from './number.ts'
import type { NumberTable } from './number-table.ts'
import type { PolicyGround, PolicyRule, RuleFrom, RuleTo } from './policy.ts'

/** A rule that can never decide. */
export interface PolicyFault {
  /** Number of the rule in the list, from 0. */
  readonly rule: number
  /** contradiction: a rule before it says the opposite of the very same requests. */
  readonly kind: 'unreachable' | 'contradiction'
  /** The rules before it that take everything from it. */
  readonly by: readonly number[]
}

type Ground = Pick<PolicyGround, 'classes' | 'plan' | 'isServed'>

/**
 * Rules that are shadowed by those before them: each pair of who and where of such a rule is one that an earlier rule
 * covers whole. What several rules cover only together (two times that make a week) is not found.
 */
export function policyFaults(rules: readonly PolicyRule[], ground: Ground): readonly PolicyFault[] {
  const table = tableOf(ground)
  const covers = (earlier: PolicyRule, later: PolicyRule, from: RuleFrom, to: RuleTo): boolean =>
    earlier.from.some(each => fromCovers(each, from)) &&
    earlier.to.some(each => toCovers(each, to, ground, table)) &&
    setCovers(earlier.methods, later.methods) &&
    setCovers(earlier.when, later.when) &&
    setCovers(earlier.attestation, later.attestation)
  return rules.flatMap((later, at) => {
    const by = new Set<number>()
    for (const from of later.from) {
      for (const to of later.to) {
        const first = rules.findIndex((earlier, i) => i < at && covers(earlier, later, from, to))
        if (first < 0) return []
        by.add(first)
      }
    }
    const [only] = by
    const earlier = only === undefined ? undefined : rules[only]
    const isContradiction =
      by.size === 1 &&
      earlier !== undefined &&
      earlier.allow !== later.allow &&
      earlier.from.every(from => earlier.to.every(to => covers(later, earlier, from, to)))
    return [{ rule: at, kind: isContradiction ? 'contradiction' : 'unreachable', by: [...by] }]
  })
}

function fromCovers(a: RuleFrom, b: RuleFrom): boolean {
  switch (a.kind) {
    case 'own-users':
      return b.kind !== 'trunk'
    case 'domain':
      return (
        (b.kind === 'domain' && b.domain === a.domain) ||
        (b.kind === 'user' && b.aor.endsWith(`@${a.domain}`))
      )
    case 'user':
      return b.kind === 'user' && b.aor === a.aor
    case 'trunk':
      return b.kind === 'trunk' && b.trunk === a.trunk
  }
}

function toCovers(a: RuleTo, b: RuleTo, ground: Ground, table: NumberTable): boolean {
  switch (a.kind) {
    case 'anywhere':
      return b.kind !== 'own-users'
    case 'own-users':
      return b.kind === 'own-users'
    case 'other-domains':
      return b.kind === 'other-domains' || (b.kind === 'domain' && !ground.isServed(b.domain))
    case 'domain':
      return b.kind === 'domain' && b.domain === a.domain
    case 'prefix': {
      const numbers = numbersOf(b, ground)
      return numbers.length > 0 && numbers.every(number => isUnder(number, a, ground))
    }
    case 'class':
      if (b.kind === 'class') return b.name === a.name
      return (
        b.kind === 'prefix' &&
        ground.classes[table.classUnder(canonicalPrefix(b.prefix, ground.plan)) ?? -1]?.name === a.name
      )
  }
}

/** The prefixes and numbers of a destination, canonical; none for what is no number. */
function numbersOf(to: RuleTo, { classes, plan }: Ground): readonly string[] {
  if (to.kind === 'prefix') return [canonicalPrefix(to.prefix, plan)]
  if (to.kind !== 'class') return []
  const numbers = classes.find(({ name }) => name === to.name)?.numbers ?? []
  return numbers.map(number => canonicalPrefix(number.endsWith('*') ? number.slice(0, -1) : number, plan))
}

function isUnder(number: string, { prefix }: { readonly prefix: string }, { plan }: Ground): boolean {
  return number.startsWith(canonicalPrefix(prefix, plan))
}

/** Undefined stands for all. */
function setCovers(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || (b?.every(each => a.includes(each)) ?? false)
}
