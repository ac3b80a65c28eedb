import type { Binding } from '../sip/registrar/binding.ts'

export type { Binding } from '../sip/registrar/binding.ts'

/** A change of one address-of-record, made in its turn: nothing else changes it from `decide` to the end. */
export interface BindingChange {
  /** @returns every binding that it has from now on; undefined changes nothing, and nothing else is called then */
  decide(): readonly Binding[] | undefined
  /** What was decided is durable. */
  stored(): void
  /** @param error as `replace` rejects, or what `decide` threw */
  failed(error: Error): void
}

/**
 * The location service (RFC 3261 §10): reads come from a memory index and never wait, a change is answered
 * once it is durable.
 */
export interface LocationStore {
  /**
   * What is registered for an address-of-record now.
   * @param nowMs wall clock; bindings that expired by then are left out
   */
  bindings(aor: string, nowMs: number): readonly Binding[]

  /**
   * Replaces all bindings of an address-of-record, atomically.
   *
   * Resolves once the change is durable; until then, and when it is rejected, `bindings` gives the old ones.
   * @param next every binding that stays or is new; keys are distinct and `aor` is the same in all
   * @throws AspisError `ERR_ASPIS_STORE_BUSY` (too many changes wait), `ERR_ASPIS_STORE_UNAVAILABLE` (disk
   *   full, I/O error, database lost), `ERR_ASPIS_STORE_CORRUPT`, `ERR_ASPIS_STORE_CLOSED`,
   *   `ERR_ASPIS_STORE_BINDINGS` (`next` breaks the rules above)
   */
  replace(aor: string, next: readonly Binding[]): Promise<void>

  /**
   * Decides and makes durable, without a promise: `decide` is called before this returns unless another change of
   * this address-of-record runs.
   */
  change(aor: string, change: BindingChange): void

  /**
   * Runs `work` when no other work for this address-of-record runs, in the order of the calls; at once when
   * none does.
   * @throws AspisError `ERR_ASPIS_STORE_BUSY` when too many wait; else what `work` rejects with
   */
  serially<T>(aor: string, work: () => Promise<T>): Promise<T>

  /**
   * Forgets the bindings of a flow that broke (RFC 5626 §7): at once in memory, then durably.
   * @param flowKey a flow token, or `transport:ip:port` of the source
   * @returns how many bindings were dropped; rejects as `replace` does, memory stays without them
   */
  dropFlow(flowKey: string): Promise<number>

  /**
   * Forgets expired bindings; a bounded number in one call, so call it again while it returns more than 0.
   * @param nowMs wall clock
   * @returns how many bindings went
   */
  expire(nowMs: number): number

  /** Every address-of-record that has a binding, for listings. */
  aors(): IterableIterator<string>

  /** Bindings held, expired ones that `expire` did not yet meet included. */
  count(): number

  /** Writes what waits, then closes. */
  close(): Promise<void>
}
