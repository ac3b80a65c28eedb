import { type Failed, failed } from '../../base/result.ts'

/**
 * What can be wrong with a message, by name, and the status that a request is answered with (0: silence).
 * The same name stands in logs, metrics, detectors and tests. One a line, sorted.
 */
export const REFUSALS = {
  /** RFC 3261 §7.3.1: a line ends with CR LF. */
  'bare-line-end': 400,
  /** A continuation of blanks only: others take it for the end of the header, and read on where we read a field. */
  'blank-fold': 400,
  /** RFC 3261 §18.3: a datagram shorter than its Content-Length. */
  'body-shorter-than-content-length': 400,
  /** Our bound on bodies (RFC 3261 §21.4.11). */
  'body-too-large': 413,
  /** RFC 3261 §8.1.1.4. */
  'call-id-malformed': 400,
  /** RFC 3261 §20.10, RFC 8217. */
  'contact-malformed': 400,
  /** RFC 3261 §20.14: one number, digits only. */
  'content-length-malformed': 400,
  /** RFC 3261 §18.3: streams cannot be framed without it. */
  'content-length-missing': 400,
  /** RFC 7616 §3.4. */
  'credentials-malformed': 400,
  /** RFC 3261 §8.1.1.5. */
  'cseq-malformed': 400,
  /** RFC 3261 §8.1.1.5: the CSeq method must be the request's own. */
  'cseq-method-mismatch': 400,
  /** RFC 3261 §7.3.1: a field that may stand once stands more often. */
  'duplicate-header': 400,
  /** A datagram or stream that holds nothing. */
  empty: 0,
  /** RFC 3261 §20.20. */
  'from-malformed': 400,
  /** Our bound on one field. */
  'header-too-large': 400,
  /** RFC 3261 §7.3.1: a field is a name, a colon, a value. */
  'header-without-colon': 400,
  /** RFC 3261 §7: an empty line ends the header. */
  'headers-not-ended': 400,
  /** Our bound on the whole header. */
  'headers-too-large': 400,
  /** RFC 3261 §20.22. */
  'max-forwards-malformed': 400,
  /** RFC 3261 §25.1: a method is a token. */
  'method-malformed': 400,
  /** RFC 3261 §8.1.1: a mandatory field is missing. */
  'missing-header': 400,
  /** RFC 3261 §20.10, RFC 8217. */
  'name-addr-malformed': 400,
  /** The first line is neither a request line nor a status line. */
  'not-sip': 0,
  /** RFC 3261 §25.1: NUL only after a backslash in a display name; elsewhere text ends there for many readers. */
  'nul-in-header': 400,
  /** RFC 3261 §25.1 generic-param. */
  'params-malformed': 400,
  /** RFC 3261 §7.1: one space each between method, Request-URI and version. */
  'request-line-malformed': 400,
  /** RFC 3261 §19.1.1: no headers in a Request-URI. */
  'request-uri-with-headers': 400,
  /** RFC 3261 §20.34. */
  'route-malformed': 400,
  /** Our bound on the start line (RFC 3261 §21.4.12). */
  'start-line-too-long': 414,
  /** RFC 3261 §7.2: three digits, 100 to 699. */
  'status-line-malformed': 0,
  /** RFC 3261 §20.39. */
  'to-malformed': 400,
  /** Our bound on the number of fields. */
  'too-many-headers': 400,
  /** Our bound on Route values. */
  'too-many-routes': 400,
  /** Our bound on Via values. */
  'too-many-vias': 400,
  /** RFC 3261 §21.4.14. */
  'unknown-scheme': 416,
  /** RFC 3261 §19.1.1. */
  'uri-malformed': 400,
  /** RFC 3261 §21.5.6. */
  'version-not-supported': 505,
  /** RFC 3261 §20.42. */
  'via-malformed': 400,
} as const

/** The name of a refusal. */
export type RefusalName = keyof typeof REFUSALS

/** Why a message is not taken, and how a request of that kind is answered. */
export interface Refusal {
  readonly refusal: RefusalName
  /** SIP status for a request; 0 means silence. */
  readonly status: number
}

const made = new Map<string, Failed<Refusal>>()
for (const [name, status] of Object.entries(REFUSALS)) {
  if (isRefusalName(name)) made.set(name, failed({ refusal: name, status }))
}
const fallback = failed<Refusal>({ refusal: 'not-sip', status: 0 })

/** Whether a text, of a test vector or a log line, is the name of a refusal. */
export function isRefusalName(text: string): text is RefusalName {
  return Object.hasOwn(REFUSALS, text)
}

/** The failure of that name; one object a name, so that a flood of bad input allocates nothing. */
export function refuse(name: RefusalName): Failed<Refusal> {
  return made.get(name) ?? fallback
}
