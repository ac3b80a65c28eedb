import type { Flow } from '../../base/flow.ts'
import type { SipResponse } from '../../sip/message/message.ts'
import { type ResponseEdits, writeForwardedResponse } from '../../sip/message/write.ts'
import { namesOwnRealm, ownChallengeRows } from '../../sip/proxy/own-realm.ts'
import { claimsBetween } from '../../sip/proxy/trust.ts'
import type { ClientTransaction } from '../../sip/transaction/client-transaction.ts'
import type { ClientUser } from '../../sip/transaction/environment.ts'
import type { ServerTransaction } from '../../sip/transaction/server-transaction.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'

/** What passing a response back stands on. */
export type PassingBack = Pick<ForwardingEnvironment, 'isTrusted' | 'isOwnRealm' | 'layer'>

/**
 * Passes a response on to whoever asked, without our Via and without claims that its sender may not make.
 * @param from the flow that it came by, as far as one is known
 * @param asker the flow of the request
 */
export function passBack(
  env: PassingBack,
  server: ServerTransaction,
  asker: Flow,
  from: Flow | undefined,
  response: SipResponse,
  edits: ResponseEdits,
): void {
  const isTrusted = from !== undefined && env.isTrusted(from)
  const claims = claimsBetween(response, isTrusted ? 'trusted' : 'stranger', env.isTrusted(asker))
  const { status, challenges } = edits
  const { isOwnRealm } = env
  const text = writeForwardedResponse(response, {
    ...(status === undefined ? undefined : { status }),
    ...(challenges === undefined
      ? undefined
      : { challenges: challenges.filter(([, value]) => !namesOwnRealm(value, isOwnRealm)) }),
    remove: claims.remove,
    removeNamed: claims.removeNamed,
    removeRows: ownChallengeRows(response, isOwnRealm),
  })
  env.layer.respond(server, text, status ?? response.status)
}

/**
 * Takes the place of a forwarding that has ended with a 2xx: repeated and further 2xx of an INVITE go back for half a
 * minute more (RFC 6026 §7.2), and need nothing else of what forwarding held. It is a quarter of what a finished call
 * keeps in memory.
 */
export class FurtherAnswers implements ClientUser {
  readonly #env: PassingBack
  readonly #server: ServerTransaction
  readonly #asker: Flow

  constructor(env: PassingBack, server: ServerTransaction, asker: Flow) {
    this.#env = env
    this.#server = server
    this.#asker = asker
  }

  onResponse(_client: ClientTransaction, response: SipResponse, flow: Flow): void {
    if (response.status < 200 || response.status >= 300) return
    passBack(this.#env, this.#server, this.#asker, flow, response, {})
  }

  onTimeout(): void {}

  onTransportError(): void {}
}
