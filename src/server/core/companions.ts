import type { Flow } from '../../base/flow.ts'

/** The other processes that serve the same addresses, as the core sees them. */
export interface Companions {
  /**
   * Takes a response that belongs to no transaction here.
   * @returns whether it was another's, and went there
   */
  handOver(branch: string, text: string, flow: Flow): boolean
  /** A call ended that did not begin here. @param token its dialog proof */
  callEnded(token: string): void
}
