/**
 * One contact of an address-of-record, immutable: a row of the location service.
 *
 * Plain data, equal in memory, in SQLite and in PostgreSQL. Texts are latin-1 as a message carries them.
 * @see RFC 3261 §10.3, RFC 3327 §4, RFC 5626 §6, RFC 5627 §5
 */
export interface Binding {
  /** Canonical address-of-record, `sip:user@host` (`aorOf`). */
  readonly aor: string
  /** Contact URI as the phone gave it. */
  readonly contact: string
  /** `+sip.instance` without quotes and angle brackets (RFC 5626 §4.1). */
  readonly instance: string | undefined
  /** 1 to 2^31-1, only where outbound processing applied (RFC 5626 §6). */
  readonly regId: number | undefined
  readonly callId: string
  readonly cseq: number
  /** Thousandths, 0..1000. */
  readonly q: number
  /** Wall clock. */
  readonly expiresAtMs: number
  /** Path values in order, used as Route (RFC 3327 §4); empty when the phone reaches us without an edge. */
  readonly path: readonly string[]
  /** Sealed name of the flow that registered it (`makeFlowToken`). */
  readonly flowToken: string | undefined
  /** `transport:ip:port` of the flow that leads to it; '' when the contact or the Path does, and not the flow. */
  readonly received: string
  /** The other contact parameters, as given, each after its `;`. */
  readonly params: string
  readonly userAgent: string
  readonly pubGruu?: string
  /** Temporary GRUUs of another epoch are no longer valid; 0..2^48-1. */
  readonly tempGruuEpoch?: number
  /** Identity in its address-of-record: instance and reg-id, or the contact URI. */
  readonly key: string
}

/** Bindings that did not expire by `nowMs` (wall clock). */
export function liveBindings(bindings: readonly Binding[], nowMs: number): readonly Binding[] {
  // Nearly always all of them are, and no other list is needed.
  for (const binding of bindings) {
    if (binding.expiresAtMs <= nowMs) return bindings.filter(each => each.expiresAtMs > nowMs)
  }
  return bindings
}

/** Seconds left at `nowMs` (wall clock), at least 1 for a live binding, never negative. */
export function secondsLeft(binding: Binding, nowMs: number): number {
  return Math.max(0, Math.ceil((binding.expiresAtMs - nowMs) / 1000))
}
