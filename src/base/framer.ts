/**
 * What a stream transport needs from the protocol: the bytes of one connection go in, messages come out.
 * The transports know nothing of SIP; whoever plugs them together hands them one framer a connection.
 */
export interface Framer {
  /**
   * Takes the next bytes of the connection; the work grows with their number only.
   * @param chunk the caller's again as soon as this returns
   * @param nowMs monotonic clock
   * @param length how much of the chunk; absent: all of it
   */
  feed(chunk: Buffer, nowMs: number, length?: number): Frames
  /** When the first byte of the message came that is not complete yet; undefined between messages. */
  readonly pendingSinceMs: number | undefined
  /** Memory held for that message. */
  readonly heldBytes: number
}

/** What one chunk completed. */
export interface Frames {
  /** Whole messages as latin-1 text, in the order of the stream. */
  readonly messages: readonly string[]
  /** Keep-alives that ask for an answer (RFC 5626 §4.4.1). */
  readonly keepAlives: number
  /** Set when the stream cannot be read any further: the connection must be closed. */
  readonly broken: BrokenStream | undefined
}

/** Why a stream cannot be read any further. */
export interface BrokenStream {
  /** A stable name, kebab-case. */
  readonly error: string
  /** The status that a request is answered with before the connection closes; 0 means silence. */
  readonly status: number
  /** The message up to the fault, as latin-1 text: an answer is built from it. Bounded. */
  readonly head: string
}
