import type { Prefix, Source } from './source.ts'
import type { SlotEntry, SlotTable } from './tables/slot-table.ts'

/** An address-of-record of ours, once somebody logged in as, registered or called it with success. */
export interface Account extends SlotEntry {
  /** Somebody logged in: event clock, ms; -Infinity never. */
  lastLoginMs: number
}

/** A source, with its key. */
export type SourceEntry = Source & SlotEntry
/** A prefix, with its key. */
export type PrefixEntry = Prefix & SlotEntry

/** The bounded tables whose slots index what detectors keep. */
export interface Tables {
  readonly sources: SlotTable<SourceEntry>
  readonly prefixes: SlotTable<PrefixEntry>
  /** By address-of-record; entries come from logins and registrations, never from what a stranger merely names. */
  readonly accounts: SlotTable<Account>
}
