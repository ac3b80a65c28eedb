import { BoundedMap } from '../../base/bounded-map.ts'
import type { Flow } from '../../base/flow.ts'
import type { SipRequest } from '../../sip/message/message.ts'

/** Calls that change hands by password within half a minute; it happens to phones that just moved. */
const KEPT = 10_000

/**
 * INVITEs inside a dialog whose sender proved himself by credentials: their ACKs come from the same flow with the
 * same Call-ID, From tag and CSeq number (RFC 3261 §13.2.2.4), and cannot be challenged (DIG-21).
 */
export class AcceptedInvites {
  readonly #flows = new BoundedMap<string, number>(KEPT)

  note(invite: SipRequest, flow: Flow): void {
    this.#flows.set(keyOf(invite), flow.id)
  }

  has(ack: SipRequest, flow: Flow): boolean {
    return this.#flows.size > 0 && this.#flows.get(keyOf(ack)) === flow.id
  }
}

/** Neither part can hold a line feed. */
function keyOf({ callId, from, cseq }: SipRequest): string {
  return `${callId}\n${from.tag ?? ''}\n${cseq.number}`
}
