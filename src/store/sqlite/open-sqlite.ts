import { assembleStore } from '../assemble.ts'
import { CredentialService } from '../credential-service.ts'
import { GroupCommit } from '../group-commit.ts'
import { LocationService } from '../location-service.ts'
import { openLog } from '../log/open-log.ts'
import { LocationIndex } from '../memory/location-index.ts'
import { openKeyFile } from '../seal.ts'
import { hasKeyCheck, SealedMeta } from '../sealed-meta.ts'
import type { Store } from '../store.ts'
import { Connection } from './connection.ts'
import { SqliteCredentialTable } from './credential-table.ts'
import { databaseId, dataFiles, openDatabase } from './database.ts'
import { storeError } from './errors.ts'
import { LocationTable } from './location-table.ts'
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
    const { location, cutBytes } = await openLocation(files.bindings, connection, nowMs)
    return assembleStore(location, credentials, meta, async () => connection.close(), cutBytes)
  } catch (error) {
    connection.close()
    throw storeError(files.database, error)
  }
}

/** A log below this is not worth a snapshot, octets. */
const MIN_LOG_BYTES = 64 * 1024 * 1024

async function openLocation(
  folder: string,
  connection: Connection,
  nowMs: number,
): Promise<{ readonly location: LocationService; readonly cutBytes: number }> {
  const index = new LocationIndex()
  const table = new LocationTable(connection)
  const wasMade = table.isLeft
  const { log, cutBytes } = await openLog({
    folder,
    databaseId: connection.read(databaseId),
    index,
    minLogBytes: MIN_LOG_BYTES,
    wasMade,
    fill: each => table.fill(each),
  })
  if (!wasMade) table.leave()
  while (index.expire(nowMs, Number.POSITIVE_INFINITY) > 0);
  return { location: new LocationService(index, new GroupCommit(log, index)), cutBytes }
}
