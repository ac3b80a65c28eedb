import { LIMITS } from '../../base/limits.ts'
import {
  type CountedCall,
  type Full,
  LocalTime,
  Tally,
  type TallyRules,
} from '../../mechanisms/policy/index.ts'
import type { PolicyConfig } from '../config/config.ts'

/** Why a call that the limits are about cannot begin. */
export type LedgerRefusal = Full | { readonly limit: string; readonly kind: 'unknown' }

/** Where the calls of this server are counted: here, or in the process that all workers ask. */
export interface CallLedger {
  /** @returns undefined when it has room in every bound */
  begin(id: string, call: CountedCall): LedgerRefusal | undefined | Promise<LedgerRefusal | undefined>
  /** It came to nothing. */
  released(id: string): void
  /** @param dialog names a dialog of it, the same in every process @param sessionSeconds RFC 4028 */
  answered(id: string, dialog: string, sessionSeconds: number | undefined): void
  /** A re-INVITE or UPDATE went well. */
  lasts(dialog: string, sessionSeconds: number | undefined): void
  ended(dialog: string): void
}

/** Monotonic, and wall clock since 1970. */
export interface Clocks {
  nowMs(): number
  wallMs(): number
}

/** Counts in this process. */
export class LocalLedger implements CallLedger {
  readonly tally: Tally
  readonly #clocks: Clocks

  constructor(policy: PolicyConfig, clocks: Clocks) {
    this.tally = new Tally(tallyRulesOf(policy), LIMITS.maxCountedCalls)
    this.#clocks = clocks
  }

  configure(policy: PolicyConfig): void {
    this.tally.configure(tallyRulesOf(policy))
  }

  begin(id: string, call: CountedCall): LedgerRefusal | undefined {
    return this.tally.begin(id, call, this.#moment())
  }

  released(id: string): void {
    this.tally.released(id, this.#moment())
  }

  answered(id: string, dialog: string, sessionSeconds: number | undefined): void {
    this.tally.answered(id, dialog, sessionSeconds, this.#moment())
  }

  lasts(dialog: string, sessionSeconds: number | undefined): void {
    this.tally.lasts(dialog, sessionSeconds, this.#moment())
  }

  ended(dialog: string): void {
    this.tally.ended(dialog, this.#moment())
  }

  /** Ends what is due, so that the figures are those of now. */
  refresh(): void {
    this.tally.run(this.#moment())
  }

  #moment(): { readonly nowMs: number; readonly wallMs: number } {
    return { nowMs: this.#clocks.nowMs(), wallMs: this.#clocks.wallMs() }
  }
}

function tallyRulesOf({ limits, classes, zone, holidays, maxCallSeconds }: PolicyConfig): TallyRules {
  return { limits, classes, localTime: new LocalTime(zone, holidays), maxCallSeconds }
}
