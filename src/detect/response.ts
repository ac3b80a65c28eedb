import type { Incident, Weight } from './incident.ts'

/** What may be done about a subject, the mildest first; each includes those before it. */
export const ACTIONS = [
  /** Told and counted. */
  'observe',
  /** Whoever may do without credentials needs them now. */
  'challenge',
  /** Answers to wrong credentials are rationed, and what comes unproved goes into the lower lane. */
  'rate-limit',
  /** Answers to wrong credentials are late. */
  'tarpit',
  /** Nothing of it is read. */
  'drop',
  /** The kernel throws it away. */
  'kernel-drop',
] as const

/** `suspend` is for accounts: their calls to the outside are refused. */
export type Action = (typeof ACTIONS)[number] | 'suspend'

/** When which action begins, and how long it lasts. */
export interface ResponsePolicy {
  /** Whether orders are carried out, or only told as what would have been done. */
  readonly mode: 'enforce' | 'monitor'
  /** Score of an incident from which on an action is taken. */
  readonly from: Readonly<Record<Exclude<Action, 'observe'>, number>>
  /** First ban, ms; each further one of the same offender is twice as long. */
  readonly banMs: number
  readonly maxBanMs: number
  /** Milder orders end so long after the last finding, ms. */
  readonly restMs: number
  /** First suspension of an account, ms; doubles too. */
  readonly suspendMs: number
}

/** What is known of a subject beside the findings. */
export interface SubjectFacts {
  /** It received what was sent to it: a connection, or an echoed nonce. */
  readonly isProved: boolean
  /** A neighbour, in the allow list, or an address of our own: told about, never acted against. */
  readonly exemption: 'allow-list' | 'own-address' | 'trunk' | undefined
  /** Accounts that logged in from here within a day. */
  readonly residents: number
}

/** What the policy says of an incident now. */
export interface Judgement {
  readonly action: Action
  /** It holds for what comes unproved alone: forged evidence must harm nobody. */
  readonly isForUnproved: boolean
  readonly score: number
  /** Why it is no more than that, in one sentence; '' when nothing held it back. */
  readonly restraint: string
}

/**
 * The rules of what may follow from findings:
 * one class of detector alone never blocks, unless it is a certainty of the specification or wrong credentials from a
 * proved address; evidence that can be forged lowers the lane of unproved traffic and does nothing else; only proved
 * addresses are banned; an address that users log in from is rationed in place of banned, so that one who guesses there
 * cuts off nobody beside him.
 */
export function judge(
  incident: Incident,
  weight: Weight,
  facts: SubjectFacts,
  policy: ResponsePolicy,
): Judgement {
  switch (incident.subject.kind) {
    case 'source':
      return judgeSource(weight, facts, policy)
    case 'prefix':
      return judgeUnproved(weight, policy, 'a network is more than one sender')
    case 'account':
      return judgeAccount(weight, policy)
    default:
      return judged('observe', weight.all, `nothing is done about a ${incident.subject.kind}`)
  }
}

function judgeSource(weight: Weight, facts: SubjectFacts, policy: ResponsePolicy): Judgement {
  if (facts.exemption !== undefined) return judged('observe', weight.all, EXEMPT[facts.exemption])
  const action = reached(weight.solid, policy)
  if (action === undefined || !facts.isProved) {
    const why = facts.isProved
      ? 'what was seen can be forged'
      : 'the address never showed that it receives what is sent to it'
    return judgeUnproved(weight, policy, why)
  }
  const isBlock = action === 'drop' || action === 'kernel-drop'
  if (isBlock && facts.residents > 0) {
    const who = facts.residents === 1 ? 'an account logs' : `${facts.residents} accounts log`
    return judged(mildest(weight.solid, policy), weight.solid, `${who} in from there`)
  }
  if (isBlock && !mayBlock(weight)) {
    return judged(mildest(weight.solid, policy), weight.solid, 'one class of detectors alone does not block')
  }
  return judged(action, weight.solid, '')
}

/** Two independent classes, or one whose word is enough. */
function mayBlock({ classes, isCertain, isProvedGuessing }: Weight): boolean {
  return isCertain || isProvedGuessing || classes.length > 1
}

function judgeUnproved({ all }: Weight, policy: ResponsePolicy, why: string): Judgement {
  const isLowered = all >= policy.from['rate-limit']
  return {
    action: isLowered ? 'rate-limit' : 'observe',
    isForUnproved: true,
    score: all,
    restraint: isLowered || all >= policy.from.challenge ? why : '',
  }
}

/** An account is mostly the victim: only what it did itself, with right credentials, is held against it. */
function judgeAccount(weight: Weight, policy: ResponsePolicy): Judgement {
  const { solid, all, classes, isSureFraud } = weight
  if (!classes.includes('fraud')) return judged('observe', all, 'an account that is attacked is no offender')
  if (solid < policy.from.suspend) return judged('observe', solid, '')
  if (isSureFraud || classes.length > 1) return judged('suspend', solid, '')
  return judged('observe', solid, 'one class of detectors alone suspends nobody unless it is sure')
}

/** The strongest action whose score is reached. */
function reached(score: number, { from }: ResponsePolicy): Exclude<Action, 'suspend'> | undefined {
  let strongest: Exclude<Action, 'suspend'> | undefined
  for (const action of ACTIONS) if (action !== 'observe' && score >= from[action]) strongest = action
  return strongest
}

/** The strongest action short of a block. */
function mildest(score: number, { from }: ResponsePolicy): Action {
  if (score >= from.tarpit) return 'tarpit'
  if (score >= from['rate-limit']) return 'rate-limit'
  return score >= from.challenge ? 'challenge' : 'observe'
}

function judged(action: Action, score: number, restraint: string): Judgement {
  return { action, isForUnproved: false, score, restraint }
}

const EXEMPT: Readonly<Record<NonNullable<SubjectFacts['exemption']>, string>> = {
  'allow-list': 'the address is in the allow list',
  'own-address': 'the address is our own',
  trunk: 'the address is a trunk',
}
