import type { Flow } from '../../base/flow.ts'

/** The other processes that serve the same addresses, as the core sees them. */
export interface Companions {
  /**
   * Takes a response that belongs to no transaction here.
   * @returns whether it was another's, and went there
   */
  handOver(branch: string, text: string, flow: Flow): boolean
  /**
   * Asks whether a CANCEL, or an ACK that leads nowhere, belongs to a transaction of another process: a phone may come
   * by a new connection, and another worker then.
   * @param nobody called once when nobody has it
   * @returns whether it was asked
   */
  seek(text: string, flow: Flow, nobody: () => void): boolean
  /** A call ended that did not begin here. @param dialog as `Calls.ended` takes it */
  callEnded(dialog: string): void
}
