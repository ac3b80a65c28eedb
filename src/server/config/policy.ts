import type { z } from 'zod'
import {
  BUILT_IN_CLASSES,
  canonicalPrefix,
  DAYS,
  DEFAULT_DENY,
  OWN_USERS_RULE,
  type PolicyGround,
  type PolicyLimit,
  type PolicyRule,
  policyFaults,
  UNREADABLE,
} from '../../mechanisms/policy/index.ts'
import type { DomainConfig, PolicyConfig } from './config.ts'
import type { ConfigPath } from './problem.ts'
import { type ConfigReader, type Item, isRecord } from './read.ts'
import type { PolicyObject, RuleObject } from './settings-policy.ts'
import { didYouMean } from './suggest.ts'
import { readAor } from './values.ts'

type WrittenRule = z.infer<typeof RuleObject>
type WrittenPolicy = z.infer<typeof PolicyObject>
type WrittenLimit = WrittenPolicy['limits'][number]

/** A rule as it is asked; @param index its place in the file */
export function ruleOf(value: WrittenRule, index: number): PolicyRule {
  const { name, via, methods, when, attestation, ...rest } = value
  return {
    ...rest,
    name: name ?? `rule ${index + 1}`,
    ...(via === undefined ? {} : { via }),
    ...(methods === undefined ? {} : { methods }),
    ...(when === undefined ? {} : { when }),
    ...(attestation === undefined ? {} : { attestation }),
  }
}

export function policyOf(written: WrittenPolicy): PolicyConfig {
  const { numbers } = written
  return {
    ...(numbers === undefined
      ? {}
      : {
          numbers: {
            country: numbers.country,
            internationalPrefix: numbers['international-prefix'],
            nationalPrefix: numbers['national-prefix'],
            nationalDigits: numbers['national-digits'],
          },
        }),
    classes: written.classes.map(each => ({
      name: each.name,
      numbers: each.numbers,
      perMinute: each['per-minute'],
      perCall: each['per-call'],
      isUnbounded: each.unbounded,
    })),
    times: written.times.map(({ name, days, hours }) => ({
      name,
      days: days?.flat() ?? DAYS,
      fromMinute: hours?.from ?? 0,
      untilMinute: hours?.until ?? 1440,
    })),
    zone: written.zone,
    holidays: written.holidays,
    limits: written.limits.map(limitOf),
    maxCallSeconds: written['max-call'],
  }
}

function limitOf(written: WrittenLimit, index: number): PolicyLimit {
  const { name, of, class: only, calls, spend, per, period } = written
  const aor = per === 'user' && of !== undefined ? readAor(of) : undefined
  return {
    name: name ?? `limit ${index + 1}`,
    per,
    ...(of === undefined ? {} : { of: aor?.ok === true ? aor.value : of }),
    ...(only === undefined ? {} : { class: only }),
    ...(calls === undefined ? {} : { calls }),
    ...(spend === undefined ? {} : { spend }),
    period,
  }
}

/** What rules and limits are checked with. */
export interface PolicySurroundings {
  readonly rules: readonly Item<WrittenRule>[]
  readonly trunks: ReadonlySet<string>
  readonly domains: readonly Item<DomainConfig>[]
  readonly policy: PolicyConfig | undefined
}

/** Names that stand for no rule of the operator, in logs and metrics. */
const RESERVED: readonly string[] = [DEFAULT_DENY, OWN_USERS_RULE, UNREADABLE, 'hook-failed']

/** Names of trunks, those included that have another mistake. */
export function checkPolicy(reader: ConfigReader, around: PolicySurroundings): void {
  const { policy } = around
  if (policy !== undefined) {
    checkClasses(reader, policy)
    const times = policy.times.map(({ name }) => name)
    for (const [at, name] of times.entries()) {
      if (times.indexOf(name) !== at) reader.error(['policy', 'times', at, 'name'], `"${name}" stands twice`)
    }
    checkLimits(reader, policy, around)
  }
  checkRules(reader, around)
  checkReach(reader, around)
}

function checkClasses(reader: ConfigReader, { classes, numbers: plan }: PolicyConfig): void {
  const owners = new Map<string, string>()
  const names = new Set<string>()
  for (const [at, { name, numbers }] of classes.entries()) {
    const path = ['policy', 'classes', at]
    if (names.has(name)) reader.error([...path, 'name'], `"${name}" stands twice`)
    if (BUILT_IN_CLASSES.includes(name))
      reader.error([...path, 'name'], `"${name}" is there without being defined`)
    names.add(name)
    for (const [index, number] of numbers.entries()) {
      const isPrefix = number.endsWith('*')
      const digits = canonicalPrefix(isPrefix ? number.slice(0, -1) : number, plan)
      const key = isPrefix ? `${digits}*` : digits
      const owner = owners.get(key)
      if (owner !== undefined)
        reader.error([...path, 'numbers', index], `${number} (${key}) has class ${owner} already`)
      owners.set(key, owner ?? name)
    }
  }
}

function checkLimits(reader: ConfigReader, policy: PolicyConfig, around: PolicySurroundings): void {
  const { limits, classes } = policy
  const known = [...classes.map(({ name }) => name), ...BUILT_IN_CLASSES]
  const hasPrices = classes.some(({ perMinute, perCall }) => perMinute + perCall > 0)
  const seen = new Map<string, number>()
  const names = limits.map(({ name }) => name)
  for (const [at, { name, per, of, class: only, calls, spend, period }] of limits.entries()) {
    const path = ['policy', 'limits', at]
    if (names.indexOf(name) !== at) reader.error(path, `"${name}" stands twice`)
    if (calls === undefined && spend === undefined) reader.error(path, 'say calls, or spend')
    if (only !== undefined && !known.includes(only))
      reader.error([...path, 'class'], `no class "${only}" is defined${didYouMean(only, known)}`)
    if (spend !== undefined && !hasPrices)
      reader.error([...path, 'spend'], 'no class has a price: say per-minute or per-call')
    if (per === 'all' && of !== undefined) reader.error([...path, 'of'], 'per: all is of nobody alone')
    if (per === 'trunk' && of !== undefined && !around.trunks.has(of))
      reader.error([...path, 'of'], `no trunk "${of}" is defined${didYouMean(of, around.trunks)}`)
    if (per === 'user' && of !== undefined && !readAor(of).ok)
      reader.error([...path, 'of'], `"${of}" is not a user, such as alice@example.test`)
    for (const kind of ['calls', 'spend'] as const) {
      if ((kind === 'calls' ? calls : spend) === undefined) continue
      const key = JSON.stringify([kind, per, of, only, kind === 'spend' ? period : ''])
      const first = seen.get(key)
      if (first !== undefined)
        reader.error(
          path,
          `limit ${first + 1} (line ${lineOf(reader, ['policy', 'limits', first])}) bounds the same ${kind}`,
        )
      seen.set(key, first ?? at)
    }
  }
}

function checkRules(reader: ConfigReader, { rules, trunks, domains }: PolicySurroundings): void {
  const served = new Set(domains.map(({ value }) => value.name))
  const classes = namesIn(reader, 'classes')
  const times = namesIn(reader, 'times')
  const trunk = (name: string, path: ConfigPath): void => {
    if (!trunks.has(name)) reader.error(path, `no trunk "${name}" is defined${didYouMean(name, trunks)}`)
  }
  const own = (domain: string, path: ConfigPath): void => {
    if (domains.length > 0 && !served.has(domain)) reader.error(path, `"${domain}" is not a domain of ours`)
  }
  for (const { index, value } of rules) {
    if (value.name !== undefined && RESERVED.includes(value.name))
      reader.error(['rules', index, 'name'], `"${value.name}" is what the server itself decides by`)
    for (const from of value.from) {
      const path = ['rules', index, 'from']
      if (from.kind === 'trunk') trunk(from.trunk, path)
      if (from.kind === 'user') own(from.aor.slice(from.aor.lastIndexOf('@') + 1), path)
      if (from.kind === 'domain') own(from.domain, path)
    }
    if (value.via !== undefined) trunk(value.via, ['rules', index, 'via'])
    for (const to of value.to) {
      if (to.kind === 'class' && !classes.includes(to.name))
        reader.error(
          ['rules', index, 'to'],
          `no class "${to.name}" is defined${didYouMean(to.name, classes)}`,
        )
      if (value.allow && value.via === undefined && (to.kind === 'prefix' || to.kind === 'class'))
        reader.error(['rules', index], 'a number has no domain to look up: say which trunk with via')
      if (to.kind === 'own-users' && value.via !== undefined)
        reader.error(['rules', index, 'via'], 'own users are reached by their registrations, not by a trunk')
    }
    for (const [at, name] of (value.when ?? []).entries()) {
      if (!times.includes(name))
        reader.error(['rules', index, 'when', at], `no time "${name}" is defined${didYouMean(name, times)}`)
    }
  }
}

/** Names that a list of `policy` gives, in entries with another mistake too, so that one mistake is told once. */
function namesIn(reader: ConfigReader, list: 'classes' | 'times'): readonly string[] {
  const policy = reader.raw('policy')
  const entries = isRecord(policy) ? policy[list] : undefined
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: unknown) =>
    isRecord(entry) && typeof entry.name === 'string' ? [entry.name] : [],
  )
}

/** Contradictions and rules that are never reached, with the lines of those that are in the way. */
function checkReach(reader: ConfigReader, { rules, domains, policy }: PolicySurroundings): void {
  const served = new Set(domains.flatMap(({ value }) => [value.name, ...value.aliases]))
  const ground: Pick<PolicyGround, 'classes' | 'plan' | 'isServed'> = {
    classes: policy?.classes ?? [],
    plan: policy?.numbers,
    isServed: host => served.has(host),
  }
  const read = rules.map(({ index, value }) => ruleOf(value, index))
  for (const { rule, kind, by } of policyFaults(read, ground)) {
    const index = rules[rule]?.index ?? rule
    const others = by.map(each => {
      const other = rules[each]?.index ?? each
      return `rule ${other + 1} (line ${lineOf(reader, ['rules', other])})`
    })
    const names = others.join(' and ')
    const path = ['rules', index, 'to']
    if (kind === 'contradiction')
      reader.error(
        path,
        `this rule contradicts ${names}: the same requests, the other verdict; it is never reached`,
      )
    else {
      const fit = others.length === 1 ? 'fits' : 'together fit'
      reader.error(path, `this rule is never reached: ${names} ${fit} everything that it fits`)
    }
  }
  if (policy !== undefined && policy.numbers === undefined) warnOfTwoForms(reader, rules, policy)
}

/** Without a number plan `0044…` and `+44…` are two numbers, and what denies one does not deny the other. */
function warnOfTwoForms(
  reader: ConfigReader,
  rules: PolicySurroundings['rules'],
  { classes }: PolicyConfig,
): void {
  const isPlus = classes.some(({ numbers }) => numbers.some(number => number.startsWith('+')))
  const prefixes = rules.flatMap(({ index, value }) =>
    value.to.flatMap(to => (to.kind === 'prefix' ? [{ index, isPlus: to.prefix.startsWith('+') }] : [])),
  )
  const plain = prefixes.find(each => !each.isPlus)
  if (plain === undefined || !(isPlus || prefixes.some(each => each.isPlus))) return
  const message =
    'some prefixes begin with + and some do not: without policy.numbers these are never the same number'
  reader.warning(['rules', plain.index, 'to'], message)
}

function lineOf(reader: ConfigReader, path: ConfigPath): number {
  return reader.source.place(path).line
}
