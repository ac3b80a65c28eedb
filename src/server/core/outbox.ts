import type { Flow, Hop } from '../../base/flow.ts'
import type { OwnSide } from '../../sip/proxy/own-side.ts'

/** What the core needs of the transports. */
export interface Outbox {
  /**
   * Sends by an open flow, by the socket of that family, or by a connection that is opened first.
   * @param failed called once when it could not be sent, now or later; never called when it was handed over
   */
  send(text: string, hop: Hop, failed: (why: string) => void): void
  /**
   * Sends a response by the flow of its request, or to where its Via says when that flow is closed.
   * @param asksForSource whether the request's top Via has `rport`: over UDP the answer then goes to the source
   */
  respond(text: string, flow: Flow, asksForSource: boolean): boolean
  /** Our own listener, as the peer of that flow is to write it. */
  sideOf(flow: Flow): OwnSide
  /** Our own listener, as a message to that hop names it; undefined when none can reach it. */
  sideFor(hop: Hop): OwnSide | undefined
  /** A registration lives on the flow until then: silence does not close it. @param untilMs monotonic */
  keepUntil(flow: Flow, untilMs: number): void
  /** The peer lets its connection be reused for requests to its own domains (RFC 5923 §9.3). */
  alias(flow: Flow, port: number): void
  /** Whether sending there would be sending to ourselves (TRN-05). */
  isSelf(hop: Hop): boolean
}
