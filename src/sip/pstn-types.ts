/** Signalling of the telephone network in a body (RFC 3204), and what older gateways call it. */
export const PSTN_TYPES: readonly string[] = [
  'application/isup',
  'application/qsig',
  'application/q931',
  'application/x-q931',
]
