import type { CredentialService } from './credential-service.ts'
import type { LocationService } from './location-service.ts'
import type { MetaStore, Store } from './store.ts'

/** Puts the parts of a durable store together. @param closeRest called once the location service is closed */
export function assembleStore(
  location: LocationService,
  credentials: CredentialService,
  meta: MetaStore,
  closeRest: () => Promise<void>,
  cutBytes = 0,
): Store {
  let refreshing: Promise<boolean> | undefined
  const refresh = async (): Promise<boolean> => {
    try {
      await location.recover()
      return await credentials.refreshIfChanged()
    } finally {
      refreshing = undefined
    }
  }
  return {
    location,
    feed: location,
    credentials,
    cutBytes,
    meta,
    healthy: () => location.isHealthy && credentials.isHealthy,
    // A database that is slow to answer must not gather one call a second.
    refreshIfChanged() {
      refreshing ??= refresh()
      return refreshing
    },
    async close() {
      await location.close()
      await closeRest()
    },
  }
}
