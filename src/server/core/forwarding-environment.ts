import type { Deadlines } from '../../base/deadlines.ts'
import type { Flow, Hop } from '../../base/flow.ts'
import type { Peer, Place, RequestContext } from '../../pipeline/stage.ts'
import type { SipResponse } from '../../sip/message/message.ts'
import type { Keyring } from '../../sip/proxy/keyed-digest.ts'
import type { NextHop } from '../../sip/proxy/next-hop.ts'
import type { TransactionLayer } from '../../sip/transaction/layer.ts'
import type { ServerTransaction } from '../../sip/transaction/server-transaction.ts'
import type { NeighbourControl } from '../admission/neighbour-control.ts'
import type { IdentityForwarding } from '../identity/forwarding.ts'
import type { FlowNames, FlowTable } from './flows.ts'
import type { Outbox } from './outbox.ts'

/** What forwarding stands on. */
export interface ForwardingEnvironment {
  readonly layer: TransactionLayer
  readonly deadlines: Deadlines
  readonly outbox: Outbox
  readonly flows: FlowTable
  readonly flowNames: FlowNames
  readonly branchKeys: Keyring
  readonly dialogKeys: Keyring
  /** Two characters that name this node in tokens. */
  readonly node: string
  readonly timerCMs: number
  /** Signed identity; undefined: it passes untouched. */
  readonly identity: IdentityForwarding | undefined
  nowMs(): number
  uniqueBranch(): string
  /** Class of a source in dialog proofs. */
  sourceOf(flow: Flow): string
  sourceOfAddress(ip: string): string
  isTrusted(flow: Flow): boolean
  readonly isOwnRealm: (realm: string) => boolean
  /** Whether that far side gets the identities that we assert (RFC 3325 §5). */
  isTrustedPeer(peer: Peer): boolean
  /** Whether there is any such far side. */
  readonly hasTrustedPeers: boolean
  /** Name of the trunk that a host belongs to. */
  trunkOfHost(host: string): string | undefined
  /** Names of which the certificate of a trunk must carry one, by its name. */
  readonly trunkIdentities: ReadonlyMap<string, readonly string[]>
  /** Places to try, best first; none when it cannot be located. */
  locate(nextHop: NextHop, place: Place, requestBytes: number): readonly Hop[] | Promise<readonly Hop[]>
  /** Overload control with neighbours; undefined where there are none. */
  readonly neighbourControl: NeighbourControl | undefined
  reply(context: RequestContext, server: ServerTransaction, status: number): void
  forwarded(): void
  /** A final response of another one went back. */
  passedBack(status: number, context: RequestContext): void
  /** @param token the dialog proof that went into the request @param context of the INVITE, while it is known */
  callBegan(token: string, context: RequestContext | undefined, calleeTag: string | undefined): void
  callEnded(token: string, calleeTag: string | undefined): void
  ended(server: ServerTransaction): void
  /** A request inside a dialog has its final answer; undefined where nothing is counted. */
  readonly answeredInDialog:
    | ((context: RequestContext, status: number | undefined, response: SipResponse | undefined) => void)
    | undefined
  note(event: string, why: string): void
  failed(event: string, error: unknown): void
}
