import type { Binding } from './location.ts'
import { endOfRecord, type Frame } from './record/frame.ts'
import { aorIn, bindingsIn } from './record/read.ts'

/** One stored binding: its key, when it expires (ms, wall clock), and itself as JSON. */
export type Row = readonly [key: string, expiresAtMs: number, binding: string]

/** What an address-of-record has from now on. */
export interface Change {
  readonly aor: string
  readonly rows: readonly Row[]
}

/**
 * A text as it stands in a key column: no NUL and no lone surrogate, which databases refuse or alter.
 * Distinct texts stay distinct, and plain ones stay as they are.
 */
export function storedText(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** The changes of a frame, of each address-of-record the last one: only that matters to a table. */
export function changesIn(frame: Frame): readonly Change[] {
  const last = new Map<string, Change>()
  for (let at = frame.start; at < frame.end; at = endOfRecord(frame.octets, at)) {
    const aor = aorIn(frame.octets, at)
    last.set(aor, changeOf(aor, bindingsIn(frame.octets, at)))
  }
  return [...last.values()]
}

function changeOf(aor: string, next: readonly Binding[]): Change {
  return {
    aor,
    rows: next.map(each => [storedText(each.key), each.expiresAtMs, JSON.stringify(each)]),
  }
}
