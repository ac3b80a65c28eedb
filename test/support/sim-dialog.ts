import { parseNameAddr } from '../../src/sip/headers/name-addr.ts'
import { H } from '../../src/sip/message/header-id.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts'

/** One side's view of a dialog (RFC 3261 §12). */
export interface SimDialog {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** URIs of From and To as this side writes them. */
  readonly localUri: string
  readonly remoteUri: string
  remoteTarget: string
  readonly routes: readonly string[]
  cseq: number
}

/** The dialog of a caller, from a response to its INVITE. */
export function dialogOfCaller(response: SipResponse, cseq: number): SimDialog {
  return {
    callId: response.callId,
    localTag: response.from.tag ?? '',
    remoteTag: response.to.tag ?? '',
    localUri: response.from.uriText,
    remoteUri: response.to.uriText,
    remoteTarget: contactOf(response) ?? response.to.uriText,
    routes: [...response.list(H.recordRoute)].reverse(),
    cseq,
  }
}

/** The dialog of a callee, from the INVITE. */
export function dialogOfCallee(invite: SipRequest, localTag: string): SimDialog {
  return {
    callId: invite.callId,
    localTag,
    remoteTag: invite.from.tag ?? '',
    localUri: invite.to.uriText,
    remoteUri: invite.from.uriText,
    remoteTarget: contactOf(invite) ?? invite.from.uriText,
    routes: invite.list(H.recordRoute),
    cseq: 0,
  }
}

/** URI of the first Contact. */
export function contactOf(message: SipMessage): string | undefined {
  const contact = parseNameAddr(message.list(H.contact)[0] ?? '')
  return contact.ok ? contact.value.uriText : undefined
}
