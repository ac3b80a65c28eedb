import type { Address } from '../../base/flow.ts'
import type { Heard } from '../heard.ts'
import type { Transport } from '../target.ts'

/** A socket of the audit toward the target: sends octets as they are given, keeps what comes, knows no rules. */
export interface Line {
  readonly transport: Transport
  readonly local: Address
  /** As it stands in Via: `UDP 127.0.0.1:5080`. */
  readonly sentBy: string
  /** Everything that came, repeats too, to a bound. */
  readonly heard: readonly Heard[]
  /** Octets that came, messages beyond the bound included. */
  readonly heardOctets: number
  /** Whether a connection was closed; of UDP only by ourselves. */
  readonly isClosed: boolean
  /** Counts against the budget. @param text one character an octet @throws OverBudget */
  send(text: string): void
  /**
   * The first message, here already or coming, that fits and was not taken before. One that came already, octet for
   * octet, is a retransmission and passes unseen.
   */
  next(fits: (heard: Heard) => boolean, withinMs: number): Promise<Heard | undefined>
  /** Whether a connection is closed within that time. */
  closed(withinMs: number): Promise<boolean>
  close(): void
}

/** What a line tells and asks while it works. */
export interface LineWatch {
  spend(): void
  nowMs(): number
  sent(line: Line, text: string): void
  heard(line: Line, heard: Heard): void
}
