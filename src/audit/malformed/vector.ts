/** One way to spoil an honest request, so that RFC 3261 leaves nothing to do with it but refuse it. */
export interface Vector {
  /** What is wrong: `two From fields`. */
  readonly what: string
  /**
   * What is spoiled: a `query` of an own user's bindings, which changes nothing (RFC 3261 §10.2.3), or a `call` from one
   * of ours to the other.
   */
  readonly carrier: 'query' | 'call'
  readonly spoil: (text: string) => string
}

/** Vectors that spoil a query. */
export function queries(spoiled: Readonly<Record<string, (text: string) => string>>): readonly Vector[] {
  return Object.entries(spoiled).map(([what, spoil]) => ({ what, carrier: 'query', spoil }))
}

/** Vectors that spoil a call. */
export function calls(spoiled: Readonly<Record<string, (text: string) => string>>): readonly Vector[] {
  return Object.entries(spoiled).map(([what, spoil]) => ({ what, carrier: 'call', spoil }))
}
