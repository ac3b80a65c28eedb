import { assembleStore } from '../assemble.ts'
import { CredentialService } from '../credential-service.ts'
import { GroupCommit } from '../group-commit.ts'
import { LocationService } from '../location-service.ts'
import { LocationIndex } from '../memory/location-index.ts'
import { openKeyFile } from '../seal.ts'
import { hasKeyCheck, SealedMeta } from '../sealed-meta.ts'
import type { Store, StoreOptions } from '../store.ts'
import { PostgresDatabase } from './database.ts'
import { PostgresLocationWriter } from './location-writer.ts'
import { PostgresCredentialTable, PostgresMetaTable } from './tables.ts'

/**
 * Opens a store in PostgreSQL, made on first use.
 * @param nowMs wall clock, noted with the layout steps applied now
 * @throws AspisError as `openStore` says, and `ERR_ASPIS_STORE_URL`
 */
export async function openPostgres(
  options: Extract<StoreOptions, { kind: 'postgres' }>,
  nowMs: number,
): Promise<Store> {
  const database = new PostgresDatabase(options.url)
  const locationDatabase = new PostgresDatabase(options.locationUrl ?? options.url)
  try {
    await database.migrate(nowMs)
    const metaTable = new PostgresMetaTable(database)
    const seal = openKeyFile(options.keyFile, !(await hasKeyCheck(metaTable)))
    const meta = new SealedMeta(metaTable, seal)
    await meta.checkKey(options.keyFile)
    const credentials = await CredentialService.open(new PostgresCredentialTable(database), seal)
    const location = await openLocation(locationDatabase)
    return assembleStore(location, credentials, meta, () => database.close())
  } catch (error) {
    await Promise.all([database.close(), locationDatabase.close()])
    throw error
  }
}

async function openLocation(database: PostgresDatabase): Promise<LocationService> {
  const index = new LocationIndex()
  const backend = new PostgresLocationWriter(database, index)
  const writer = new GroupCommit(backend, index)
  await backend.start(() => writer.poke())
  await writer.probe()
  if (writer.failure !== undefined) throw writer.failure
  return new LocationService(index, writer)
}
