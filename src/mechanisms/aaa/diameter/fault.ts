/** What is wrong with a message of a peer. One a line, sorted; the same names in logs and metrics. */
export type DiameterFault =
  /** The message names an application that its command does not belong to. */
  | 'application-wrong'
  /** RFC 6733 §4.1: reserved bits of an AVP are set. */
  | 'avp-bits'
  /** An AVP that is shorter than its header, or ends beyond what holds it. */
  | 'avp-length'
  /** A required AVP is missing. */
  | 'avp-missing'
  /** RFC 6733 §3.2: an AVP that must come first does not. */
  | 'avp-not-first'
  /** More often than its command or group allows. */
  | 'avp-too-often'
  /** More AVPs than any command needs. */
  | 'avp-too-many'
  /** The M bit on an AVP that we do not know. */
  | 'avp-unsupported'
  /** Data that its type does not allow. */
  | 'avp-value'
  /** A command that we do not speak. */
  | 'command-unsupported'
  /** Groups in groups, deeper than any command needs. */
  | 'groups-too-deep'
  /** A request with E, or an answer with T (RFC 6733 §3). */
  | 'header-bits'
  /** Shorter than a header, no multiple of four, or larger than we take: the stream cannot be read any further. */
  | 'message-length'
  /** Another version than 1: the stream cannot be read any further. */
  | 'version'

/** A fault, and what a request with it is answered with. */
export interface Malformed {
  readonly fault: DiameterFault
  readonly resultCode: number
  /** The AVP to send back as the content of Failed-AVP, complete with its header and padding. */
  readonly failedAvp: Buffer | undefined
}
