import { existsSync } from 'node:fs'
import { lostError } from '../log/errors.ts'
import { loadFolder } from '../log/load.ts'
import { Connection } from './connection.ts'
import { connect, databaseId, dataFiles } from './database.ts'
import { LocationTable } from './location-table.ts'

/** A running server replaces files now and then; what is wrong is wrong a moment later too. */
const AGAIN_MS = 200

/**
 * Reads the bindings of a data folder as a start would, and changes nothing.
 * @throws AspisError as `openStore` does
 */
export async function checkBindings(folder: string): Promise<void> {
  try {
    look(folder)
  } catch {
    await new Promise(resolve => setTimeout(resolve, AGAIN_MS))
    look(folder)
  }
}

function look(folder: string): void {
  const files = dataFiles(folder)
  const connection = new Connection(files.database, connect(files.database))
  try {
    if (existsSync(files.bindings)) {
      loadFolder(files.bindings, connection.read(databaseId), () => {}, true)
    } else if (new LocationTable(connection).isLeft) throw lostError(files.bindings)
  } finally {
    connection.close()
  }
}
