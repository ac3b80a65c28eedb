import type { Secret } from '../base/secret.ts'
import type { CredentialStore } from './credentials.ts'
import type { LocationStore } from './location.ts'
import type { LocationFeed } from './location-feed.ts'

/** Where the data lie. */
export type StoreOptions =
  | { readonly kind: 'memory' }
  /** Embedded: the folder holds the database and its key. */
  | { readonly kind: 'sqlite'; readonly folder: string }
  | {
      readonly kind: 'postgres'
      /** `postgres://user:password@host:port/database?sslmode=verify-full` */
      readonly url: Secret
      /** A second login that may touch the location table only; the registrar then uses it. */
      readonly locationUrl?: Secret
      readonly keyFile: string
    }

/** Small secrets of the server itself (the key of nonces, of flow tokens), sealed and shared by all nodes. */
export interface MetaStore {
  get(name: string): Promise<Secret | undefined>
  set(name: string, value: Secret): Promise<void>
  /** The stored value, or the one of `make`, stored now; nodes that ask at once get the same. */
  getOrMake(name: string, make: () => Secret): Promise<Secret>
}

/** An open store. */
export interface Store {
  readonly location: LocationStore
  /** For the workers of a server; undefined in a worker, whose bindings another process stores. */
  readonly feed: LocationFeed | undefined
  readonly credentials: CredentialStore
  /** Octets of a change that the last process did not write to its end, cut off at this start. */
  readonly cutBytes: number
  readonly meta: MetaStore
  /** Whether the last write and the last look at the accounts worked. */
  healthy(): boolean
  /**
   * To be called once a second: takes over accounts that other processes changed, and tries a database that
   * failed.
   * @returns whether accounts changed
   * @throws AspisError when the database cannot be read; the memory index goes on serving
   */
  refreshIfChanged(): Promise<boolean>
  close(): Promise<void>
}
