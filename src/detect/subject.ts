/** Kinds of what a finding is about. One a line, sorted. */
export type SubjectKind =
  /** An address-of-record of ours: who was attacked, or who misbehaves with good credentials. */
  | 'account'
  /** One call, by its Call-ID. */
  | 'call'
  /** Called numbers or addresses. */
  | 'destination'
  /** A domain of ours, or a foreign one that vouches. */
  | 'domain'
  /** A network of sources: an IPv4 /24, an IPv6 /48. */
  | 'prefix'
  /** All that comes in. */
  | 'server'
  /** One address; of IPv6 its /64. */
  | 'source'
  /** A configured neighbour. */
  | 'trunk'

/** Whom a finding is about. */
export interface Subject {
  readonly kind: SubjectKind
  /** The address, address-of-record, number or name; latin-1 text that may come from a peer. Empty for `server`. */
  readonly name: string
}

/** `source:192.0.2.7`, for keys and logs. */
export function subjectKey({ kind, name }: Subject): string {
  return `${kind}:${name}`
}
