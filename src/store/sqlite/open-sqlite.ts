import { assembleStore } from '../assemble.ts'
import { CredentialService } from '../credential-service.ts'
import { GroupCommit } from '../group-commit.ts'
import { LocationService } from '../location-service.ts'
import { LocationIndex } from '../memory/location-index.ts'
import { openKeyFile } from '../seal.ts'
import { hasKeyCheck, SealedMeta } from '../sealed-meta.ts'
import type { Store } from '../store.ts'
import { groupByAor } from '../stored-binding.ts'
import { Connection } from './connection.ts'
import { SqliteCredentialTable } from './credential-table.ts'
import { databaseId, dataFiles, openDatabase } from './database.ts'
import { corruptError, storeError } from './errors.ts'
import { inodeOf } from './inode.ts'
import { LocationFile } from './location-file.ts'
import { SqliteLocationWriter } from './location-writer.ts'
import { SqliteMetaTable } from './meta-table.ts'

/**
 * Opens the embedded store of a data folder, made on first use.
 * @param nowMs wall clock, noted with the layout steps applied now
 * @throws AspisError as `openStore` says
 */
export async function openSqlite(folder: string, nowMs: number): Promise<Store> {
  const files = dataFiles(folder)
  const database = openDatabase(folder, nowMs)
  const connection = new Connection(files.database, database)
  try {
    const metaTable = new SqliteMetaTable(connection)
    const seal = openKeyFile(files.key, !(await hasKeyCheck(metaTable)))
    const meta = new SealedMeta(metaTable, seal)
    await meta.checkKey(files.key)
    const credentials = await CredentialService.open(new SqliteCredentialTable(connection), seal)
    const location = openLocation(files.database, connection.read(databaseId))
    return assembleStore(location, credentials, meta, async () => connection.close())
  } catch (error) {
    connection.close()
    throw storeError(files.database, error)
  }
}

function openLocation(path: string, id: string): LocationService {
  const index = new LocationIndex()
  const inode = inodeOf(path)
  const file = new LocationFile(path, id, inode)
  try {
    const groups = groupByAor(file.rows(), () => corruptError(path, 'a binding that cannot be read'))
    for (const [aor, bindings] of groups) index.set(aor, bindings)
  } finally {
    file.close()
  }
  const writer = new SqliteLocationWriter({ path, id, inode }, index)
  return new LocationService(index, new GroupCommit(writer))
}
