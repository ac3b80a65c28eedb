import { AspisError } from '../base/errors.ts'
import { CredentialService, type CredentialTable } from './credential-service.ts'
import { PostgresDatabase } from './postgres/database.ts'
import { PostgresCredentialTable, PostgresMetaTable } from './postgres/tables.ts'
import { openKeyFile } from './seal.ts'
import { hasKeyCheck, type MetaTable, SealedMeta } from './sealed-meta.ts'
import { Connection } from './sqlite/connection.ts'
import { SqliteCredentialTable } from './sqlite/credential-table.ts'
import { dataFiles, openDatabase } from './sqlite/database.ts'
import { SqliteMetaTable } from './sqlite/meta-table.ts'
import type { Store, StoreOptions } from './store.ts'

/** Accounts and secrets in a database, without the bindings. */
export interface Tables {
  readonly credentials: CredentialTable
  readonly meta: MetaTable
  readonly keyFile: string
  close(): Promise<void>
}

/**
 * Opens the tables that several processes may have open at once.
 * @param nowMs wall clock
 * @throws AspisError as `openStore` does
 */
export async function openTables(options: StoreOptions, nowMs: number): Promise<Tables> {
  switch (options.kind) {
    case 'memory':
      throw new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', 'what is in memory cannot be shared by processes')
    case 'sqlite': {
      const files = dataFiles(options.folder)
      const connection = new Connection(files.database, openDatabase(options.folder, nowMs))
      return {
        credentials: new SqliteCredentialTable(connection),
        meta: new SqliteMetaTable(connection),
        keyFile: files.key,
        close: async () => connection.close(),
      }
    }
    case 'postgres': {
      const database = new PostgresDatabase(options.url)
      try {
        await database.migrate(nowMs)
      } catch (error) {
        await database.close()
        throw error
      }
      return {
        credentials: new PostgresCredentialTable(database),
        meta: new PostgresMetaTable(database),
        keyFile: options.keyFile,
        close: () => database.close(),
      }
    }
  }
}

/** Accounts and secrets of a store whose bindings another process may hold. */
export type Accounts = Pick<Store, 'credentials' | 'meta' | 'close'>

/**
 * Opens a store without its bindings, which one process alone may open: for commands beside a running server.
 * @param nowMs wall clock
 * @throws AspisError as `openStore` does
 */
export async function openAccounts(options: StoreOptions, nowMs: number): Promise<Accounts> {
  const tables = await openTables(options, nowMs)
  try {
    const seal = openKeyFile(tables.keyFile, !(await hasKeyCheck(tables.meta)))
    const meta = new SealedMeta(tables.meta, seal)
    await meta.checkKey(tables.keyFile)
    const credentials = await CredentialService.open(tables.credentials, seal)
    return { credentials, meta, close: () => tables.close() }
  } catch (error) {
    await tables.close()
    throw error
  }
}
