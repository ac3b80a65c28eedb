/** Why a datagram from a RADIUS server is ignored. One a line, sorted; the same names in metrics and logs. */
export type RadiusRefusal =
  /** An attribute that says it is shorter than its own head (RFC 2865 §5). */
  | 'attribute-too-short'
  /** An attribute that ends behind the packet. */
  | 'attribute-truncated'
  /** No answer to what was asked. */
  | 'code-unexpected'
  /** Length below 20 or above 4096, or more than arrived (RFC 2865 §3). */
  | 'length-wrong'
  /** Not 16 octets long, or there twice. */
  | 'message-authenticator-malformed'
  /** Demanded of every answer (RFC 5090 §8.2, RFC 3579 §3.2). */
  | 'message-authenticator-missing'
  /** Made with another secret, for another request, or changed on the way. */
  | 'message-authenticator-wrong'
  /** We send none, so nobody may give one back: it is what forgers fill answers with. */
  | 'proxy-state-foreign'
  /** Made with another secret, for another request, or changed on the way (RFC 2865 §3). */
  | 'response-authenticator-wrong'
  /** Nothing is asked under this identifier: a second answer, a late one, or a guess. */
  | 'unmatched'
