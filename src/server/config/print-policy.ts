import {
  DAYS,
  type PolicyLimit,
  type PolicyRule,
  type PolicyTime,
  type RuleFrom,
  type RuleTo,
} from '../../mechanisms/policy/index.ts'
import type { PolicyConfig } from './config.ts'
import { MILLION } from './settings-policy.ts'

/** A rule as it could be written. */
export function ruleSettings({ from, to, ...rest }: PolicyRule): Record<string, unknown> {
  return { ...rest, from: oneOrList(from.map(fromText)), to: oneOrList(to.map(toText)) }
}

/** A rule in a sentence, for `aspis check --explain`. */
export function explainRule(rule: PolicyRule): string {
  const { name, from, to, via, methods, when, attestation, allow } = rule
  const more = [
    via === undefined ? '' : ` by trunk ${via}`,
    methods === undefined ? '' : ` for ${methods.join(', ')}`,
    when === undefined ? '' : ` in ${when.join(' or ')}`,
    attestation === undefined ? '' : ` with attestation ${attestation.join(' or ')}`,
  ]
  const [who, where] = [from.map(fromText).join(' or '), to.map(toText).join(' or ')]
  return `${name}: ${who} to ${where}${more.join('')}: ${allow ? 'allowed' : 'refused'}`
}

/** `policy` as it could be written. */
export function policySettings(policy: PolicyConfig): Record<string, unknown> {
  const { numbers } = policy
  return {
    ...(numbers === undefined
      ? {}
      : {
          numbers: {
            country: numbers.country,
            'international-prefix': numbers.internationalPrefix,
            'national-prefix': numbers.nationalPrefix,
            'national-digits': numbers.nationalDigits,
          },
        }),
    classes: policy.classes.map(each => ({
      name: each.name,
      numbers: each.numbers,
      'per-minute': money(each.perMinute),
      'per-call': money(each.perCall),
      unbounded: each.isUnbounded,
    })),
    times: policy.times.map(timeSettings),
    zone: policy.zone,
    holidays: policy.holidays,
    limits: policy.limits.map(({ spend, ...limit }) => ({
      ...limit,
      ...(limit.of === undefined ? {} : { of: limit.of.replace(/^sip:/, '') }),
      ...(spend === undefined ? {} : { spend: money(spend) }),
    })),
    'max-call': `${policy.maxCallSeconds}s`,
  }
}

/** `policy` in sentences, for `aspis check --explain`. */
export function explainPolicy(policy: PolicyConfig): string[] {
  const { numbers, classes, times, limits } = policy
  return [
    ...(numbers === undefined
      ? []
      : [
          `numbers are dialled as in country ${numbers.country}: "${numbers.internationalPrefix}" before others`,
        ]),
    ...classes.map(({ name, numbers: all, perMinute, perCall }) => {
      const price =
        perMinute + perCall === 0 ? '' : `; ${money(perCall)} a call, ${money(perMinute)} a minute`
      return `class ${name}: ${all.join(', ')}${price}`
    }),
    ...times.map(time => {
      const { days, hours } = timeSettings(time)
      return `time ${time.name}: ${days.join(', ')}${hours === undefined ? '' : `, ${hours}`} (${policy.zone})`
    }),
    ...limits.map(explainLimit),
  ]
}

export function explainLimit(limit: PolicyLimit): string {
  const { name, per, of, class: only, calls, spend, period } = limit
  const who =
    per === 'all'
      ? 'all together'
      : `${of === undefined ? 'each' : 'the'} ${per}${of === undefined ? '' : ` ${of}`}`
  const bounds = [
    ...(calls === undefined ? [] : [`${calls} calls at once`]),
    ...(spend === undefined ? [] : [`${money(spend)} in one ${period}`]),
  ]
  return `${name}: ${who}${only === undefined ? '' : `, class ${only}`}: at most ${bounds.join(' and ')}`
}

/** An amount as it is written. @param millionths of the operator's currency */
export function money(millionths: number): string {
  const fraction = String(millionths % MILLION)
    .padStart(6, '0')
    .replace(/0{0,4}$/, '')
  return `${Math.floor(millionths / MILLION)}.${fraction}`
}

/** As it is written in a rule. */
export function fromText(from: RuleFrom): string {
  switch (from.kind) {
    case 'trunk':
      return `trunk:${from.trunk}`
    case 'user':
      return from.aor.replace('sip:', '')
    case 'domain':
      return `*@${from.domain}`
    case 'own-users':
      return 'own-users'
  }
}

/** As it is written in a rule. */
export function toText(to: RuleTo): string {
  switch (to.kind) {
    case 'prefix':
      return `${to.prefix}*`
    case 'domain':
      return to.domain
    case 'class':
      return `class:${to.name}`
    case 'anywhere':
      return '*'
    default:
      return to.kind
  }
}

function timeSettings({ name, days, fromMinute, untilMinute }: PolicyTime) {
  const isWhole = fromMinute === 0 && untilMinute === 1440
  return {
    name,
    days: days.length === DAYS.length ? [...DAYS] : days,
    ...(isWhole ? {} : { hours: `${clock(fromMinute)}-${clock(untilMinute)}` }),
  }
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

function oneOrList(texts: readonly string[]): string | readonly string[] {
  const [only] = texts
  return texts.length === 1 && only !== undefined ? only : texts
}
