import type { Call } from './sighting.ts'
import type { SlotTable } from './tables/slot-table.ts'
import type { Account } from './tables.ts'

/** The account that a call was made with: where the call remembers it, nothing need be looked up. */
export function accountOf({ account, place }: Call, accounts: SlotTable<Account>): Account | undefined {
  if (account === '') return undefined
  return place !== undefined && accounts.holds(place) ? place : accounts.peek(account)
}
