import type { Waiting } from './group-commit.ts'
import type { Frame } from './record/frame.ts'
import type { Octets } from './record/layout.ts'

/** Another process changed the address-of-record after the one that wants to change it looked. */
export const CONFLICT = 'ERR_ASPIS_STORE_CONFLICT'

/** Told of what the memory index takes over, in its order; octets are good during the call only. */
export interface IndexWatcher {
  applied(octets: Octets, at: number): void
  /** Everything is forgotten, and read again from elsewhere. */
  cleared(): void
}

/** The location service as a process uses it that stores for others. */
export interface LocationFeed {
  watch(watcher: IndexWatcher | undefined): void
  /**
   * Makes durable what another process decided, in its turn.
   * @param waiting `failed` with `CONFLICT` when the record does not follow on what there is
   */
  take(octets: Octets, at: number, waiting: Waiting): void
  /** Slots in use are below this number. */
  readonly slotEnd: number
  /**
   * Copies records to `frame`, from a slot on, until it holds `maxBytes` or more.
   * @returns the slot to go on with; `slotEnd` or more when all are copied
   */
  copyTo(frame: Frame, fromSlot: number, maxBytes: number): number
  /** Copies the record of one address-of-record; none when there is none. */
  copyOne(frame: Frame, aor: string): void
}
