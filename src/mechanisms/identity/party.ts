/** A caller or callee in canonical form: a telephone number (RFC 8224 §8.3) or a SIP URI (§8.5). */
export interface Party {
  readonly kind: 'tn' | 'uri'
  /** Digits, `#` and `*`; or `sip:user@host` in lower case. */
  readonly value: string
}

/** How this deployment tells numbers from names, and brings numbers to E.164 (RFC 8224 §8.1, §8.3). */
export interface NumberRules {
  /** Whether a SIP user of that host is a telephone number without `user=phone` (`+` and digits always are). */
  readonly isNumber?: (user: string, host: string) => boolean
  /** Country code and number of what was dialled without `+`; undefined when it cannot be told. */
  readonly toE164?: (digits: string) => string | undefined
}
