import { prefixOf, sourceOf } from '../base/source-network.ts'
import type { Source } from './source.ts'
import { type SlotEntry, SlotTable } from './tables/slot-table.ts'
import type { Account, PrefixEntry, Tables } from './tables.ts'

/** Sources that are told apart at a time; who was not heard of for longest is forgotten first. */
export const MAX_SOURCES = 65_536
export const MAX_PREFIXES = 16_384
export const MAX_ACCOUNTS = 65_536

/** What the configuration says about an address. */
export interface KnownSources {
  trunkOf(ip: string): string | undefined
  isAllowed(ip: string): boolean
}

/** The tables of an engine. */
export class SourceTables implements Tables {
  readonly sources: SlotTable<KnownSource>
  readonly prefixes: SlotTable<PrefixEntry>
  readonly accounts: SlotTable<Account>
  #known: KnownSources

  constructor(known: KnownSources) {
    this.#known = known
    this.prefixes = new SlotTable(MAX_PREFIXES, (slot, generation, key) => ({
      slot,
      generation,
      key,
      name: key,
    }))
    this.accounts = new SlotTable(MAX_ACCOUNTS, (slot, generation, key) => ({
      ...{ slot, generation, key },
      lastLoginMs: Number.NEGATIVE_INFINITY,
    }))
    this.sources = new SlotTable(MAX_SOURCES, (slot, generation, key) => {
      const source = new KnownSource(slot, generation, key, this.prefixes.of(prefixOf(key)))
      source.trunk = this.#known.trunkOf(key)
      source.isAllowed = this.#known.isAllowed(key)
      return source
    })
  }

  /** The source of an address. */
  sourceOf(ip: string): KnownSource {
    return this.sources.of(sourceOf(ip))
  }

  /** A new configuration knows other neighbours. */
  reconsider(known: KnownSources): void {
    this.#known = known
    for (const source of this.sources.entries()) {
      source.trunk = known.trunkOf(source.key)
      source.isAllowed = known.isAllowed(source.key)
    }
  }
}

/** A source as its owner sees it. */
export class KnownSource implements Source, SlotEntry {
  readonly slot: number
  readonly generation: number
  readonly key: string
  readonly prefix: PrefixEntry
  isProved = false
  trunk: string | undefined = undefined
  isAllowed = false
  lastLoginMs = Number.NEGATIVE_INFINITY

  constructor(slot: number, generation: number, key: string, prefix: PrefixEntry) {
    this.slot = slot
    this.generation = generation
    this.key = key
    this.prefix = prefix
  }

  get ip(): string {
    return this.key
  }
}
