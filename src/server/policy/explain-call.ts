import { failed, ok, type Result } from '../../base/result.ts'
import {
  type Attestation,
  DEFAULT_DENY,
  type Explained,
  type Miss,
  OWN_USERS_RULE,
  type PolicyCaller,
  type PolicyLimit,
  UNREADABLE,
} from '../../mechanisms/policy/index.ts'
import { canonicalUser } from '../../sip/uri/equals.ts'
import { parseUri, type Uri } from '../../sip/uri/uri.ts'
import type { Config } from '../config/config.ts'
import { explainLimit } from '../config/print-policy.ts'
import { readAor } from '../config/values.ts'
import { policyOfConfig } from './policy-of.ts'

/** What somebody wants to know before a phone tries it. */
export interface CallToExplain {
  /** `alice@example.test`; undefined for a call that comes by a trunk. */
  readonly as: string | undefined
  readonly fromTrunk: string | undefined
  /** `+44 20 …`, `bob`, `bob@example.test`, `sip:…`, `tel:…`. */
  readonly call: string
  readonly method: string
  readonly wallMs: number
  readonly attestation: Attestation | undefined
}

/** A decision, and how to say it. */
export interface CallExplanation {
  readonly isAllowed: boolean
  /** Name of the rule that decides, `own-users`, `default-deny` or `unreadable-number`. */
  readonly rule: string
  readonly lines: readonly string[]
}

/** What is known beside the configuration. */
export interface CallFacts {
  readonly userExists: (aor: string) => boolean
  /** `aspis.yaml:12` of a rule, by its place in the list. */
  readonly placeOfRule: (index: number) => string
}

const MISSES: Readonly<Record<Miss, string>> = {
  attestation: 'signed for in another way',
  caller: 'another caller',
  destination: 'another destination',
  method: 'another method',
  number: 'this is no plain number, so nothing is allowed by it',
  time: 'not at this time',
}

/** Decides as the stage `authorize` does, and says which rule it is and why those before it are not. */
export function explainCall(
  config: Config,
  asked: CallToExplain,
  facts: CallFacts,
): Result<CallExplanation, string> {
  const caller = callerOf(config, asked)
  if (!caller.ok) return caller
  const uri = uriOf(config, asked)
  if (!uri.ok) return uri
  const domain = config.domains.find(({ name, aliases }) => [name, ...aliases].includes(uri.value.host))
  const { user } = uri.value
  const aor =
    domain === undefined || user === undefined ? undefined : `sip:${canonicalUser(user)}@${domain.name}`
  const isOwnUser = aor !== undefined && facts.userExists(aor)
  const reachesOwnUsers =
    caller.value.kind === 'user' ||
    config.trunks.find(({ name }) => name === asked.fromTrunk)?.reach === 'own-users'
  const explained = policyOfConfig(config).explain({
    caller: caller.value,
    uri: uri.value,
    method: asked.method,
    wallMs: asked.wallMs,
    isOwnUser,
    reachesOwnUsers,
    attestation: asked.attestation,
  })
  const { decision } = explained
  // The stage leaves it to the look-up to say that nobody has that name here.
  const isNobody = decision.rule === DEFAULT_DENY && domain !== undefined && reachesOwnUsers
  const lines = [
    `${asked.as ?? `trunk ${asked.fromTrunk}`}: ${asked.method} to ${uri.value.text}, ${explained.localTime} (${config.policy.zone})`,
    `  ${destinationText(explained, isOwnUser)}`,
    ...stepLines(explained, facts),
    isNobody ? nobodyText(config) : verdictText(explained),
    ...(decision.isAllowed ? limitLines(config, asked, caller.value, explained) : []),
  ]
  return ok({ isAllowed: decision.isAllowed, rule: decision.rule, lines })
}

function callerOf(config: Config, { as, fromTrunk }: CallToExplain): Result<PolicyCaller, string> {
  if ((as === undefined) === (fromTrunk === undefined))
    return failed('say who calls: --as user@domain, or --from-trunk NAME')
  if (as === undefined) {
    const trunk = config.trunks.find(({ name }) => name === fromTrunk)
    return trunk === undefined ? failed(`no trunk "${fromTrunk}"`) : ok({ kind: 'trunk', trunk: trunk.name })
  }
  const aor = readAor(as)
  if (!aor.ok) return aor
  const domain = aor.value.slice(aor.value.lastIndexOf('@') + 1)
  if (!config.domains.some(({ name }) => name === domain))
    return failed(`"${domain}" is not a domain of ours`)
  return ok({ kind: 'user', aors: [aor.value] })
}

/** What a phone would send: a number or a name alone is one at the caller's own domain. */
function uriOf(config: Config, { as, call }: CallToExplain): Result<Uri, string> {
  const own = as === undefined ? config.domains[0]?.name : as.slice(as.lastIndexOf('@') + 1)
  const bare = call.includes('@') ? call : `${call.replaceAll(' ', '')}@${own ?? ''}`
  const uri = parseUri(/^(?:sips?|tel):/i.test(call) ? call.replaceAll(' ', '') : `sip:${bare}`)
  return uri.ok ? ok(uri.value) : failed(`"${call}" cannot be called`)
}

function destinationText({ number, decision }: Explained, isOwnUser: boolean): string {
  if (isOwnUser) return 'a user of ours'
  const read = number.digits === '' ? '' : `, read as ${number.digits}`
  const what = {
    number: 'a number',
    code: 'a service code',
    name: 'a name',
    unreadable: 'no readable number',
  }
  const why = number.why === '' ? '' : ` (${number.why})`
  return `${what[number.kind]}${read}${why}; class ${decision.toClass}`
}

function stepLines({ steps }: Explained, { placeOfRule }: CallFacts): string[] {
  return steps.map(({ rule, miss }, at) => {
    const said = miss === undefined ? `fits: ${rule.allow ? 'allowed' : 'refused'}` : `no, ${MISSES[miss]}`
    return `  ${placeOfRule(at)} ${rule.name}: ${said}`
  })
}

function verdictText({ decision }: Explained): string {
  const { isAllowed, rule, via } = decision
  if (rule === DEFAULT_DENY) return 'refused (403): no rule allows it (default-deny)'
  if (rule === UNREADABLE) return 'refused (403): it could be dialled as another number (unreadable-number)'
  if (rule === OWN_USERS_RULE) return 'allowed: own users are called without a rule (own-users)'
  if (!isAllowed) return `refused (403) by rule "${rule}"`
  return `allowed by rule "${rule}", ${via === undefined ? 'by DNS or registration' : `by trunk ${via}`}`
}

function nobodyText({ nextHop }: Config): string {
  return nextHop === undefined
    ? 'not found (404): no rule sends it anywhere (default-deny), and no user of ours has that name'
    : `no rule sends it out (default-deny); to the next hop ${nextHop.uri} if that is for it, else 404`
}

/** The bounds in which it must have room when it is a call. */
function limitLines(
  config: Config,
  asked: CallToExplain,
  caller: PolicyCaller,
  explained: Explained,
): string[] {
  if (asked.method !== 'INVITE') return []
  const { toClass, via } = explained.decision
  const isFor = ({ per, of, class: only }: PolicyLimit): boolean => {
    if (only !== undefined && only !== toClass) return false
    if (per === 'user') return caller.kind === 'user' && (of === undefined || caller.aors.includes(of))
    if (per === 'all') return true
    return [asked.fromTrunk, via].some(trunk => trunk !== undefined && (of === undefined || of === trunk))
  }
  return config.policy.limits.filter(isFor).map(limit => `  in the bounds of ${explainLimit(limit)}`)
}
