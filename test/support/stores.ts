import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../src/base/secret.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { Store, StoreOptions } from '../../src/store/store.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from './postgres.ts'

/** One kind of store that the shared rules are tried on. */
export interface StoreKind {
  readonly name: string
  /** Why it cannot be tried here. */
  readonly skip: string | undefined
  /** Whether a closed store comes back with what it held. */
  readonly isDurable: boolean
  begin(): Promise<void>
  /** Options of a new, empty store. */
  fresh(): Promise<StoreOptions>
  end(): Promise<void>
}

/** Why a rule about what is kept cannot be tried on a kind; false when it can. */
export function withoutDisk({ name, isDurable }: StoreKind): string | false {
  return isDurable ? false : `a store in ${name} is its process's own and ends with it`
}

/** Wall clock of the tests. */
export const NOW_MS = 1_800_000_000_000

/** A temporary folder that its user removes. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'aspis-store-'))
}

/** Memory, SQLite and PostgreSQL. */
export function storeKinds(): readonly StoreKind[] {
  return [memoryKind(), sqliteKind(), postgresKind()]
}

/** Opens a store, lets `work` use it and closes it. */
export async function withStore<T>(options: StoreOptions, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(options, NOW_MS)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function memoryKind(): StoreKind {
  return {
    name: 'memory',
    skip: undefined,
    isDurable: false,
    begin: async () => {},
    fresh: async () => ({ kind: 'memory' }),
    end: async () => {},
  }
}

function sqliteKind(): StoreKind {
  const folders: string[] = []
  return {
    name: 'sqlite',
    skip: undefined,
    isDurable: true,
    begin: async () => {},
    async fresh() {
      const folder = temporaryFolder()
      folders.push(folder)
      return { kind: 'sqlite', folder }
    },
    async end() {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

function postgresKind(): StoreKind {
  let server: TestPostgres | undefined
  const folders: string[] = []
  return {
    name: 'postgres',
    skip: whyNoPostgres(),
    isDurable: true,
    async begin() {
      server = await startPostgres()
    },
    async fresh() {
      const folder = temporaryFolder()
      folders.push(folder)
      return {
        kind: 'postgres',
        url: new Secret((await server?.freshUrl()) ?? ''),
        keyFile: join(folder, 'ha1.key'),
      }
    },
    async end() {
      await server?.stop()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}
