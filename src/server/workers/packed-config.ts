import { Secret } from '../../base/secret.ts'
import type { Config, StorageConfig } from '../config/config.ts'

/** A configuration in a form that goes from process to process: a `Secret` would arrive empty. */
export type PackedConfig = Omit<Config, 'storage'> & {
  readonly storage:
    | { readonly kind: 'sqlite' }
    | {
        readonly kind: 'postgres'
        readonly url: string
        readonly locationUrl: string | undefined
        readonly keyFile: string
      }
}

export function packConfig(config: Config): PackedConfig {
  const { storage, ...rest } = config
  if (storage.kind === 'sqlite') return { ...rest, storage: { kind: 'sqlite' } }
  const { url, locationUrl, keyFile } = storage
  return {
    ...rest,
    storage: { kind: 'postgres', url: url.reveal(), locationUrl: locationUrl?.reveal(), keyFile },
  }
}

export function unpackConfig({ storage, ...rest }: PackedConfig): Config {
  return { ...rest, storage: unpackStorage(storage) }
}

function unpackStorage(storage: PackedConfig['storage']): StorageConfig {
  if (storage.kind === 'sqlite') return storage
  const { url, locationUrl, keyFile } = storage
  return {
    kind: 'postgres',
    url: new Secret(url),
    ...(locationUrl === undefined ? {} : { locationUrl: new Secret(locationUrl) }),
    keyFile,
  }
}
