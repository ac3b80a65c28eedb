import type { Attack } from './attack.ts'

/** What `--only` and `--skip` name: attacks by id, entries of the catalogue (`E01`), families (`E`). */
export interface Choice {
  readonly only: readonly string[]
  readonly skip: readonly string[]
}

/** Attacks of a run, or the names that mean none. */
export type Chosen = { readonly attacks: readonly Attack[] } | { readonly unknown: readonly string[] }

/** Picks attacks; the order stays. */
export function choose(all: readonly Attack[], { only, skip }: Choice): Chosen {
  const unknown = [...only, ...skip].filter(name => !all.some(attack => isMeant(attack, name)))
  if (unknown.length > 0) return { unknown }
  const attacks = all.filter(
    attack =>
      (only.length === 0 || only.some(name => isMeant(attack, name))) &&
      !skip.some(name => isMeant(attack, name)),
  )
  return { attacks }
}

function isMeant({ id, entry }: Attack, name: string): boolean {
  return (
    id === name || entry === name.toUpperCase() || (name.length === 1 && entry.startsWith(name.toUpperCase()))
  )
}
