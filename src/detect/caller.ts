import { accountOf } from './account-of.ts'
import type { CallSeen } from './sighting.ts'
import type { Subject } from './subject.ts'
import { mixed } from './tables/few-distinct.ts'
import type { Tables } from './tables.ts'

/**
 * Who makes a call, as a key: the account that proved itself; behind a trunk or an office, where many callers share one
 * address, the address together with what From says; of a stranger the address alone, for he writes what he likes there.
 * @param hash keyed
 */
export function callerKey(
  { call }: CallSeen,
  tables: Tables,
  salt: number,
  hash: (text: string) => number,
): number {
  const account = accountOf(call, tables.accounts)
  if (account !== undefined) return mixed(salt, account.slot, account.generation)
  const address = mixed(salt, hash(call.callerIp))
  const isShared = call.callerTrunk !== '' || tables.sources.peek(call.callerIp)?.lastLoginMs !== NEVER
  return isShared ? mixed(address, hash(call.from), 1) : mixed(address, 0, 1)
}

/** Who is blamed for a call, whoever ended it. */
export function subjectOfCaller({ call }: CallSeen): Subject {
  if (call.account !== '') return { kind: 'account', name: call.account }
  return call.callerTrunk === ''
    ? { kind: 'source', name: call.callerIp }
    : { kind: 'trunk', name: call.callerTrunk }
}

/** Whether somebody else may have made the calls under the caller's address. */
export function isCallerSpoofable({ call }: CallSeen, tables: Tables): boolean {
  return call.account === '' && tables.sources.peek(call.callerIp)?.isProved !== true
}

const NEVER = Number.NEGATIVE_INFINITY
