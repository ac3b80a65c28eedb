import { openMemory } from './memory/open-memory.ts'
import { openPostgres } from './postgres/open-postgres.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'
import type { Store, StoreOptions } from './store.ts'

/**
 * Opens the store, makes it on first use, brings its layout up to date and loads it into memory.
 * @param nowMs wall clock
 * @throws AspisError `ERR_ASPIS_STORE_CORRUPT`, `_MISSING`, `_FOREIGN`, `_NEWER`, `_KEY`, `_SEAL` or
 *   `_UNAVAILABLE`, each saying which file or host, what is wrong and what to do
 */
export function openStore(options: StoreOptions, nowMs: number): Promise<Store> {
  switch (options.kind) {
    case 'memory':
      return openMemory()
    case 'sqlite':
      return openSqlite(options.folder, nowMs)
    case 'postgres':
      return openPostgres(options, nowMs)
  }
}
