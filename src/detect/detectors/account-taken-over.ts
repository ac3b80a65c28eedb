import { accountOf } from '../account-of.ts'
import { detector, type Setup } from '../detector.ts'
import { shapeOf } from '../numbers/number-shape.ts'
import { quoted } from '../quoted.ts'
import type { BindingsChanged, CallSeen } from '../sighting.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { KnownNetworks } from '../tables/known-networks.ts'
import type { Account } from '../tables.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** A network is new to an account for so long. */
const NEW_MS = 6 * HOUR_MS

/**
 * An account that shows up in a network where it never was, and does there what its owner does not: it comes after
 * many wrong passwords from the same address, or calls dear numbers at once. A new network alone is a user on the way,
 * and wrong passwords may be those of somebody else behind its address: the detector is sure when dear calls follow.
 */
export const accountTakenOver = detector({
  id: 'account-taken-over',
  title: 'An account in other hands',
  class: 'fraud',
  threats: ['registration-hijack', 'password-guessing', 'internal-attacker'],
  isSpoofable: false,
  score: 60,
  evasion:
    "Come from the owner's own network, find the password from another address than the one that uses it, and wait for a day before the first call. Calls then count as those of the account.",
  thresholds: {
    wrong: {
      default: 10,
      min: 3,
      max: 1000,
      unit: 'failures',
      meaning:
        'Wrong passwords from an address, fading by half in a day, after which a login there to an account from elsewhere is its capture.',
    },
    calls: {
      default: 2,
      min: 1,
      max: 100,
      unit: 'calls',
      meaning: 'Dear calls of an account in the first six hours in a network that is new to it.',
    },
  },
  start: setup => {
    const { tables, limits } = setup
    const wrong = new DecayingCounts(tables.sources.maxEntries, DAY_MS)
    const dear = new DecayingCounts(tables.accounts.maxEntries, HOUR_MS)
    const guessed = new DecayingCounts(tables.accounts.maxEntries, NEW_MS)
    const networks = new KnownNetworks(tables.accounts.maxEntries)

    /** Whether the account was at home elsewhere before it came here, lately. */
    const isElsewhere = (account: Account, { source, atMs }: CallSeen | BindingsChanged): boolean => {
      const sinceMs = networks.seen(account, source.prefix, atMs)
      return atMs - sinceMs < NEW_MS && networks.hasOlder(account, source.prefix, sinceMs - DAY_MS)
    }

    return {
      only: { call: ['began'], credentials: 'refused' },
      credentials: judged => {
        const { source, atMs } = judged
        if (!judged.isAccepted && judged.why === 'wrong-credentials') wrong.add(source, 1, atMs)
      },
      registration: changed => {
        const { source, atMs } = changed
        const account = tables.accounts.peek(changed.account)
        if (account === undefined || !isElsewhere(account, changed)) return
        const failures = wrong.at(source, atMs)
        if (failures < limits.wrong) return
        guessed.add(account, 1, atMs)
        tellGuessed(setup, changed, failures)
      },
      call: seen => {
        if (seen.phase !== 'began' || seen.call.account === '') return
        const account = accountOf(seen.call, tables.accounts)
        if (account === undefined || !isElsewhere(account, seen)) return
        const { cost } = shapeOf(seen.call.destination)
        if (cost === 0) return
        const calls = dear.add(account, 1, seen.atMs)
        const isGuessed = cost >= 2 && guessed.at(account, seen.atMs) > 0.5
        if (isGuessed || calls > limits.calls - 0.5) tellCalls(setup, seen, calls, isGuessed)
      },
    }
  },
})

type Names = 'wrong' | 'calls'

function tellGuessed({ report, limits }: Setup<Names>, seen: BindingsChanged, failures: number): void {
  report({
    subject: { kind: 'account', name: seen.account },
    seen,
    value: failures,
    limit: limits.wrong,
    why: `${quoted(seen.account)} logged in from ${seen.source.ip}, a network where it never was, after ${Math.round(failures)} wrong passwords from there: its password may have been found.`,
    confidence: 'medium',
  })
}

function tellCalls(
  { report, limits }: Setup<Names>,
  seen: CallSeen,
  calls: number,
  isGuessed: boolean,
): void {
  const { call, source } = seen
  report({
    subject: { kind: 'account', name: call.account },
    seen,
    value: calls,
    limit: limits.calls,
    why: `${quoted(call.account)} shows up at ${source.ip}, a network where it never was, and calls abroad at once, last ${quoted(call.destination, 40)}.`,
    confidence: isGuessed ? 'high' : 'medium',
  })
}
