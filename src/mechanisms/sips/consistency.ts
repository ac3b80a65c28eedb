import { parseNameAddr } from '../../sip/headers/name-addr.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'

/** How a request contradicts the `sips:` of its own Request-URI; all are answered with 400. */
export type SipsInconsistency =
  /** RFC 5630 §5.3: in the dialog the other side would send to us in clear. */
  | 'sips-with-sip-contact'
  /** RFC 3261 §26.2.2: it came in clear, so somebody on the way broke the promise. */
  | 'sips-in-clear'
  /** RFC 3261 §26.2.2: TLS does not run over UDP here. */
  | 'sips-over-udp'

/**
 * Whether a request to a `sips:` URI keeps what the scheme promises (SPS-05, SPS-06). Contacts of a REGISTER are
 * judged by the registrar, which knows the Path too; the schemes of Route values say nothing about the request,
 * because a route may lead over TLS for a `sip:` request as well.
 * @param isSecure the request came over TLS
 * @returns undefined when it does, or when it is not for a `sips:` URI
 * @see RFC 5630 §5.3, RFC 3261 §8.1.1.8
 */
export function sipsInconsistency(request: SipRequest, isSecure: boolean): SipsInconsistency | undefined {
  if (request.uri.scheme !== 'sips') return undefined
  if (!isSecure) return 'sips-in-clear'
  if (request.uri.params.get('transport')?.toLowerCase() === 'udp') return 'sips-over-udp'
  if (request.method === 'REGISTER' || !request.has(H.contact)) return undefined
  return request.list(H.contact).some(isSipContact) ? 'sips-with-sip-contact' : undefined
}

function isSipContact(value: string): boolean {
  const contact = parseNameAddr(value)
  return contact.ok && contact.value.uriText.slice(0, 4).toLowerCase() === 'sip:'
}
