import type { Uri } from '../../sip/uri/uri.ts'
import { canonicalPrefix, digitsOf, type NumberReading, readNumber } from './number.ts'
import { NumberTable } from './number-table.ts'
import {
  type Attestation,
  DEFAULT_DENY,
  OTHER_DOMAINS,
  OTHER_NUMBERS,
  OWN_USERS,
  OWN_USERS_RULE,
  type PolicyCaller,
  type PolicyDecision,
  type PolicyGround,
  type PolicyRule,
  type RuleFrom,
  type RuleTo,
  UNREADABLE,
} from './policy.ts'
import { LocalTime, type PolicyTime } from './times.ts'

/** What is asked about one request. */
export interface PolicyQuestion {
  readonly caller: PolicyCaller
  readonly uri: Uri
  readonly method: string
  /** Since 1970. */
  readonly wallMs: number
  /** It is for a user of ours who exists. */
  readonly isOwnUser: boolean
  /** It may go to any of them without a rule. */
  readonly reachesOwnUsers: boolean
  /** Undefined where nothing was verified. */
  readonly attestation: Attestation | undefined
}

/** Why a rule does not fit. */
export type Miss = 'attestation' | 'caller' | 'destination' | 'method' | 'number' | 'time'

/** One rule beside a request: the one that decides has no miss. */
export interface Step {
  readonly rule: PolicyRule
  readonly miss: Miss | undefined
}

/** A decision with its reasons. */
export interface Explained {
  readonly decision: PolicyDecision
  /** Rules that were looked at, in order; the last one decides, unless one of ours does. */
  readonly steps: readonly Step[]
  /** The number as it was read: canonical digits, its kind, and what is wrong with it. */
  readonly number: { readonly digits: string; readonly kind: NumberReading['kind']; readonly why: string }
  /** Weekday, date and time of the policy's zone. */
  readonly localTime: string
}

type CompiledTo =
  | Exclude<RuleTo, { readonly kind: 'prefix' | 'class' }>
  | { readonly kind: 'prefix'; readonly prefix: number }
  | { readonly kind: 'class'; readonly classNumber: number }

interface CompiledRule {
  readonly rule: PolicyRule
  readonly to: readonly CompiledTo[]
  readonly times: readonly PolicyTime[] | undefined
  /** By class, made when first needed. */
  readonly decisions: Map<string, PolicyDecision>
}

const NO_NUMBER: NumberReading = { kind: 'name', why: '', digits: new Uint8Array(0), length: 0 }

/** The rules of one configuration, ready to be asked. */
export class Policy {
  readonly #ground: PolicyGround
  readonly #rules: readonly CompiledRule[]
  readonly #table: NumberTable
  readonly #localTime: LocalTime
  readonly #readsNumbers: boolean
  readonly #ownUsers = decision(true, OWN_USERS_RULE, OWN_USERS)
  readonly #byDefault = new Map<string, PolicyDecision>()
  readonly #unreadable = decision(false, UNREADABLE, OTHER_NUMBERS)
  /** Whether a rule speaks of calls to own users: without one these need not be asked about. */
  readonly judgesOwnUsers: boolean
  #classNumber = -1
  #isWalked = false

  constructor(rules: readonly PolicyRule[], ground: PolicyGround) {
    this.#ground = ground
    this.#table = tableOf(ground)
    this.#localTime = new LocalTime(ground.zone, ground.holidays)
    this.#rules = rules.map(rule => ({
      rule,
      to: rule.to.map(to => this.#compiled(to)),
      times: rule.when?.flatMap(name => ground.times.filter(time => time.name === name)),
      decisions: new Map(),
    }))
    const all = rules.flatMap(rule => rule.to)
    this.#readsNumbers =
      ground.classes.length > 0 ||
      all.some(({ kind }) => kind === 'prefix') ||
      rules.some(({ via, to }) => via !== undefined && to.some(({ kind }) => kind === 'anywhere'))
    this.judgesOwnUsers = all.some(({ kind }) => kind === 'own-users')
  }

  /** The first rule that fits decides; none means no (PRX-05). */
  judge(question: PolicyQuestion): PolicyDecision {
    const number = this.#read(question)
    const toClass = this.#classOf(question, number)
    if (this.#isUnreadable(question, number)) return this.#unreadable
    for (const rule of this.#rules) {
      if (this.#missOf(rule, question, number) !== undefined) continue
      // What goes to another domain by DNS costs what that domain takes, whatever its user part looks like.
      const isElsewhere = rule.rule.via === undefined && !this.#isOurs(question.uri)
      return decisionOf(rule, isElsewhere ? OTHER_DOMAINS : toClass)
    }
    return this.#withoutRule(question, toClass)
  }

  /** The same decision, with what every rule before it lacked. */
  explain(question: PolicyQuestion): Explained {
    const number = this.#read(question)
    const shown = { digits: digitsOf(number), kind: number.kind, why: number.why }
    const steps: Step[] = []
    if (!this.#isUnreadable(question, number)) {
      for (const rule of this.#rules) {
        const miss = this.#missOf(rule, question, number)
        steps.push({ rule: rule.rule, miss })
        if (miss === undefined) break
      }
    }
    const localTime = this.#localTime.text(question.wallMs)
    return { decision: this.judge(question), steps, number: shown, localTime }
  }

  #read({ uri, caller }: PolicyQuestion): NumberReading {
    const { plan, isServed } = this.#ground
    const number = this.#readsNumbers ? readNumber(uri, plan, isServed, caller.kind === 'trunk') : NO_NUMBER
    this.#isWalked = number.length > 0
    this.#classNumber = this.#isWalked ? this.#table.look(number) : -1
    return number
  }

  #classOf({ uri, isOwnUser }: PolicyQuestion, { kind, length }: NumberReading): string {
    if (isOwnUser) return OWN_USERS
    const named = this.#ground.classes[this.#classNumber]
    if (named !== undefined) return named.name
    if (!this.#isOurs(uri)) return OTHER_DOMAINS
    return kind === 'name' && length === 0 ? OWN_USERS : OTHER_NUMBERS
  }

  /** At another domain the user part is a name of theirs, unless it says that it is a number. */
  #isUnreadable({ uri, isOwnUser }: PolicyQuestion, { kind }: NumberReading): boolean {
    if (kind !== 'unreadable' || isOwnUser) return false
    return this.#isOurs(uri) || uri.params.get('user')?.toLowerCase() === 'phone'
  }

  #isOurs({ host }: Uri): boolean {
    return host === '' || this.#ground.isServed(host)
  }

  #missOf(compiled: CompiledRule, question: PolicyQuestion, number: NumberReading): Miss | undefined {
    const { rule, times } = compiled
    const { caller, method, wallMs, attestation } = question
    if (!isFrom(rule.from, caller)) return 'caller'
    let miss: Miss | undefined = 'destination'
    for (const to of compiled.to) {
      const found = this.#missOfTo(to, rule, question, number)
      if (found === 'destination') continue
      miss = found
      if (found === undefined) break
    }
    if (miss !== undefined) return miss
    if (rule.methods !== undefined && !rule.methods.includes(method)) return 'method'
    if (times !== undefined && !this.#isWithin(times, wallMs)) return 'time'
    if (rule.attestation !== undefined && !rule.attestation.includes(attestation ?? 'none'))
      return 'attestation'
    return undefined
  }

  #missOfTo(
    to: CompiledTo,
    rule: PolicyRule,
    question: PolicyQuestion,
    { kind }: NumberReading,
  ): Miss | undefined {
    const { uri, isOwnUser, reachesOwnUsers } = question
    if (to.kind === 'own-users') return isOwnUser ? undefined : 'destination'
    // Own users are called without a rule: only a rule that names them takes that away.
    if (isOwnUser && reachesOwnUsers) return 'destination'
    switch (to.kind) {
      case 'anywhere':
        // What a gateway would make of a service code, nobody here knows.
        return rule.allow && rule.via !== undefined && kind === 'code' ? 'number' : undefined
      case 'other-domains':
        return this.#isOurs(uri) ? 'destination' : undefined
      case 'domain':
        return uri.host === to.domain ? undefined : 'destination'
      case 'prefix':
        if (!this.#isWalked || !this.#table.met(to.prefix)) return 'destination'
        break
      case 'class':
        if (this.#classNumber !== to.classNumber) return 'destination'
        break
    }
    // To refuse, the digits that something begins with are enough; to allow, all of it has to be a number.
    return rule.allow && kind !== 'number' ? 'number' : undefined
  }

  #isWithin(times: readonly PolicyTime[], wallMs: number): boolean {
    for (const time of times) if (this.#localTime.isWithin(time, wallMs)) return true
    return false
  }

  #withoutRule({ isOwnUser, reachesOwnUsers }: PolicyQuestion, toClass: string): PolicyDecision {
    if (isOwnUser && reachesOwnUsers) return this.#ownUsers
    let denied = this.#byDefault.get(toClass)
    if (denied === undefined) {
      denied = decision(false, DEFAULT_DENY, toClass)
      this.#byDefault.set(toClass, denied)
    }
    return denied
  }

  #compiled(to: RuleTo): CompiledTo {
    const { classes, plan } = this.#ground
    if (to.kind === 'prefix')
      return { kind: 'prefix', prefix: this.#table.addPrefix(canonicalPrefix(to.prefix, plan)) }
    if (to.kind !== 'class') return to
    return { kind: 'class', classNumber: classes.findIndex(({ name }) => name === to.name) }
  }
}

/** The classes of a configuration by their numbers. */
export function tableOf({ classes, plan }: Pick<PolicyGround, 'classes' | 'plan'>): NumberTable {
  const table = new NumberTable()
  for (const [at, { numbers }] of classes.entries()) {
    for (const number of numbers) {
      const isPrefix = number.endsWith('*')
      table.addClass(canonicalPrefix(isPrefix ? number.slice(0, -1) : number, plan), isPrefix, at)
    }
  }
  return table
}

function isFrom(from: readonly RuleFrom[], caller: PolicyCaller): boolean {
  for (const each of from) if (speaksOf(each, caller)) return true
  return false
}

function speaksOf(from: RuleFrom, caller: PolicyCaller): boolean {
  switch (from.kind) {
    case 'own-users':
      return caller.kind === 'user'
    case 'user':
      return caller.kind === 'user' && caller.aors.includes(from.aor)
    case 'domain':
      return caller.kind === 'user' && caller.aors.some(aor => isAt(aor, from.domain))
    case 'trunk':
      return caller.kind === 'trunk' && caller.trunk === from.trunk
  }
}

function isAt(aor: string, domain: string): boolean {
  return aor.endsWith(domain) && aor.charAt(aor.length - domain.length - 1) === '@'
}

function decisionOf({ rule, decisions }: CompiledRule, toClass: string): PolicyDecision {
  let found = decisions.get(toClass)
  if (found === undefined) {
    found = { isAllowed: rule.allow, rule: rule.name, via: rule.via, toClass }
    decisions.set(toClass, found)
  }
  return found
}

function decision(isAllowed: boolean, rule: string, toClass: string): PolicyDecision {
  return { isAllowed, rule, via: undefined, toClass }
}
