import type { Deadline, Due } from '../../base/deadlines.ts'
import type { Flow, Hop } from '../../base/flow.ts'
import type { Place } from '../../pipeline/stage.ts'
import type { SipResponse } from '../../sip/message/message.ts'
import type { NextHop } from '../../sip/proxy/next-hop.ts'
import type { Branch } from '../../sip/proxy/response-context.ts'
import type { ClientTransaction } from '../../sip/transaction/client-transaction.ts'
import type { ClientUser } from '../../sip/transaction/environment.ts'
import type { Forwarding } from './forwarding.ts'

const NO_HOPS: readonly Hop[] = []

/**
 * One branch of a forwarded request as it runs: where it can be sent, where it was, and its timers. It is the user of
 * its client transactions, one after the other.
 */
export class Leg implements ClientUser, Due {
  readonly branch: Branch<Place, Leg>
  readonly #owner: Forwarding
  nextHop: NextHop | undefined
  /** Places that are left to try, best first. */
  hops: readonly Hop[] = NO_HOPS
  /** The request was found too large for UDP and goes over TCP first. */
  isOverTcp = false
  client: ClientTransaction | undefined
  /** The dialog proof that this branch carries. */
  dialogToken: string | undefined
  timerC: Deadline | undefined

  constructor(owner: Forwarding, branch: Branch<Place, Leg>) {
    this.#owner = owner
    this.branch = branch
  }

  onResponse(client: ClientTransaction, response: SipResponse, flow: Flow): void {
    this.#owner.onResponse(this, client, response, flow)
  }

  onTimeout(client: ClientTransaction): void {
    if (client === this.client) this.#owner.onFailure(this, 'timeout')
  }

  onTransportError(client: ClientTransaction): void {
    if (client === this.client) this.#owner.onFailure(this, 'transport-error')
  }

  /** Called by the deadline queue. */
  due(): void {
    this.#owner.onTimerC(this)
  }
}
