import { AspisError } from '../base/errors.ts'
import type { Binding } from './location.ts'

/** One stored binding: its key, when it expires (ms, wall clock), and itself as JSON. */
export type Row = readonly [key: string, expiresAtMs: number, binding: string]

/** What an address-of-record has from now on. */
export interface Change {
  readonly aor: string
  readonly rows: readonly Row[]
}

/** Changes that become durable together. */
export interface Batch {
  readonly changes: readonly Change[]
  /** Delete what expired by then (ms, wall clock). */
  readonly purgeBeforeMs: number | undefined
  /** Write something even when there is nothing to change, to learn whether the disk takes it. */
  readonly isProbe: boolean
}

/**
 * A text as it stands in a key column: no NUL and no lone surrogate, which databases refuse or alter.
 * Distinct texts stay distinct, and plain ones stay as they are.
 */
export function storedText(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/**
 * @throws AspisError `ERR_ASPIS_STORE_BINDINGS` when two bindings have one key or one belongs elsewhere
 */
export function changeOf(aor: string, next: readonly Binding[]): Change {
  const rows: Row[] = []
  const keys = new Set<string>()
  for (const binding of next) {
    if (binding.aor !== aor || keys.has(binding.key) || !Number.isSafeInteger(binding.expiresAtMs)) {
      throw new AspisError(
        'ERR_ASPIS_STORE_BINDINGS',
        `binding ${JSON.stringify(binding.key)} does not fit into ${JSON.stringify(aor)}`,
      )
    }
    keys.add(binding.key)
    rows.push([storedText(binding.key), binding.expiresAtMs, JSON.stringify(binding)])
  }
  return { aor, rows }
}
