/**
 * Why a REGISTER is not taken, by name, and the status that says so. Never 6xx (RFC 3261 §10.3).
 * The same name stands in logs, metrics, detectors and tests. One a line, sorted.
 */
export const REGISTER_REFUSALS = {
  /** RFC 3261 §10.3 step 5. */
  'aor-not-served': 404,
  /** RFC 5627 §5.1: a contact equal to its own address-of-record is a routing loop. */
  'contact-is-aor': 403,
  /** RFC 5393 §3: a contact at a place that has nothing to do with the source of the REGISTER. */
  'contact-is-foreign': 403,
  /** RFC 5627 §5.1: so is a contact that is a GRUU. */
  'contact-is-gruu': 403,
  /** RFC 3261 §20.10, RFC 8217. */
  'contact-malformed': 400,
  /** RFC 5627 §5.1. */
  'contact-not-sip': 403,
  /** RFC 5393 §3: a contact at this server or in a domain that it serves. */
  'contact-points-to-us': 403,
  /** RFC 3261 §10.3 step 7: an out-of-order request of the same Call-ID. */
  'cseq-not-higher': 500,
  /** RFC 3261 §10.3 step 7. */
  'expires-too-brief': 423,
  /** RFC 5626 §6. */
  'first-hop-lacks-outbound': 439,
  /** RFC 3327 §4: each value is a name-addr whose URI has `lr`. */
  'path-malformed': 400,
  /** RFC 3327 §5.3: a Path that no edge of ours wrote would lead calls to a stranger. */
  'path-unknown-edge': 403,
  /** RFC 5626 §6: a flow is registered alone. */
  'reg-id-not-alone': 400,
  /** RFC 3261 §10.2: third-party registration is off. */
  'registers-another': 403,
  /** RFC 3261 §8.2.2.3. */
  'requires-unsupported': 420,
  /** RFC 5630 §5.1.1.1. */
  'sip-and-sips-contact': 400,
  /** RFC 5630 §5.2. */
  'sips-not-throughout': 400,
  /** RFC 3261 §10.3 step 6. */
  'star-not-alone': 400,
  /** Our bound on the bindings of one address-of-record. */
  'too-many-bindings': 403,
  /** Our bound on the contacts of one request. */
  'too-many-contacts': 400,
} as const

/** The name of a refused registration. */
export type RegisterRefusal = keyof typeof REGISTER_REFUSALS
