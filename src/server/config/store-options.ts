import type { StoreOptions } from '../../store/store.ts'
import type { Config } from './config.ts'

/** How the store of a configuration is opened. */
export function storeOptions(config: Config): StoreOptions {
  const { storage } = config
  if (storage.kind === 'sqlite') return { kind: 'sqlite', folder: config.data }
  const { url, locationUrl, keyFile } = storage
  return { kind: 'postgres', url, keyFile, ...(locationUrl === undefined ? {} : { locationUrl }) }
}
