import { CredentialService } from './credential-service.ts'
import type { LocationStore } from './location.ts'
import { openTables } from './open-tables.ts'
import { openKeyFile } from './seal.ts'
import { SealedMeta } from './sealed-meta.ts'
import type { Store, StoreOptions } from './store.ts'

/** Bindings that another process makes durable. */
export interface BindingsElsewhere extends LocationStore {
  /** Whether the last change became durable. */
  readonly isHealthy: boolean
}

/**
 * Opens accounts and secrets of a store that another process opened before, with that process's bindings.
 * @param nowMs wall clock
 * @throws AspisError as `openStore` does
 */
export async function openSharedStore(
  options: StoreOptions,
  nowMs: number,
  location: BindingsElsewhere,
): Promise<Store> {
  const tables = await openTables(options, nowMs)
  try {
    const seal = openKeyFile(tables.keyFile, false)
    const meta = new SealedMeta(tables.meta, seal)
    await meta.checkKey(tables.keyFile)
    const credentials = await CredentialService.open(tables.credentials, seal)
    let refreshing: Promise<boolean> | undefined
    return {
      location,
      feed: undefined,
      credentials,
      cutBytes: 0,
      meta,
      healthy: () => location.isHealthy && credentials.isHealthy,
      refreshIfChanged() {
        refreshing ??= credentials.refreshIfChanged().finally(() => {
          refreshing = undefined
        })
        return refreshing
      },
      async close() {
        await location.close()
        await tables.close()
      },
    }
  } catch (error) {
    await tables.close()
    throw error
  }
}
