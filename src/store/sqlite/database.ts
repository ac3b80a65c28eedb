import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { AspisError } from '../../base/errors.ts'
import { MIGRATIONS } from '../migrations.ts'
import { corruptError, storeError } from './errors.ts'

/** `ASPS`: marks a file as ours, so that a wrong path is not taken for an empty database. */
const APPLICATION_ID = 0x41535053
const BUSY_TIMEOUT_MS = 5000

/** Where the embedded database, its key and the bindings lie. */
export interface DataFiles {
  readonly database: string
  /** A folder. */
  readonly bindings: string
  readonly key: string
}

/** The files of a data folder. */
export function dataFiles(folder: string): DataFiles {
  return {
    database: join(folder, 'aspis.db'),
    bindings: join(folder, 'bindings'),
    key: join(folder, 'ha1.key'),
  }
}

/**
 * Opens the database of a data folder, makes it on first use, checks it and brings its layout up to date.
 * @throws AspisError `ERR_ASPIS_STORE_CORRUPT`, `ERR_ASPIS_STORE_MISSING` (the key is there, the database is
 *   not), `ERR_ASPIS_STORE_NEWER`, `ERR_ASPIS_STORE_FOREIGN`, `ERR_ASPIS_STORE_UNAVAILABLE`
 */
export function openDatabase(folder: string, nowMs: number): DatabaseSync {
  const files = dataFiles(folder)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chmodSync(folder, 0o700)
    const isNew = isAbsentOrEmpty(files.database)
    if (isNew && statSync(files.key, { throwIfNoEntry: false }) !== undefined) throw lostError(files)
    if (isNew) closeSync(openSync(files.database, 'a', 0o600))
    const database = open(files.database)
    try {
      // Nothing is changed before it is known to be ours.
      if (!isNew) checkSound(files.database, database)
      chmodSync(files.database, 0o600)
      setUp(database)
      migrate(files.database, database, nowMs)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    throw storeError(files.database, error)
  }
}

/** A connection to an existing file, never a new one; every COMMIT is on the disk when it returns. */
export function connect(path: string): DatabaseSync {
  const database = open(path)
  try {
    setUp(database)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

function open(path: string): DatabaseSync {
  const url = pathToFileURL(path)
  url.searchParams.set('mode', 'rw')
  const database = new DatabaseSync(url, {
    timeout: BUSY_TIMEOUT_MS,
    enableDoubleQuotedStringLiterals: false,
  })
  // Of the connection, not of the file, and in force before anything of the file is read.
  database.exec('PRAGMA trusted_schema = OFF')
  return database
}

function setUp(database: DatabaseSync): void {
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = 67108864;`)
}

/** A random name of this very database, kept inside: a file put in its place has another. */
export function databaseId(database: DatabaseSync): string {
  const row = database.prepare("SELECT value FROM meta WHERE name = 'database-id'").get()
  return row?.value instanceof Uint8Array ? Buffer.from(row.value).toString('hex') : ''
}

function isAbsentOrEmpty(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined || stat.size === 0
}

function lostError(files: DataFiles): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_MISSING',
    `${files.database}: the database is gone but its key ${files.key} is there; restore a backup, ` +
      'or move the key away to begin with an empty database',
  )
}

function checkSound(path: string, database: DatabaseSync): void {
  const id = database.prepare('PRAGMA application_id').get()?.application_id
  if (id !== APPLICATION_ID) {
    const tables = database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table'").get()
    if (tables?.tables === 0) return
    throw new AspisError('ERR_ASPIS_STORE_FOREIGN', `${path}: this is a database of another program`)
  }
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (verdict !== 'ok') throw corruptError(path, String(verdict))
}

function migrate(path: string, database: DatabaseSync, nowMs: number): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(`CREATE TABLE IF NOT EXISTS migration
      (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at_ms INTEGER NOT NULL) STRICT`)
    const at = Number(database.prepare('SELECT coalesce(max(number), 0) AS at FROM migration').get()?.at)
    if (at > MIGRATIONS.length) {
      throw new AspisError(
        'ERR_ASPIS_STORE_NEWER',
        `${path}: its layout ${at} is newer than this program knows (${MIGRATIONS.length}); update Aspis`,
      )
    }
    const note = database.prepare('INSERT INTO migration VALUES (?, ?, ?)')
    for (const step of MIGRATIONS.slice(at)) {
      database.exec(step.sqlite)
      note.run(step.number, step.name, nowMs)
    }
    database.prepare("INSERT OR IGNORE INTO meta VALUES ('database-id', ?)").run(randomBytes(16))
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; COMMIT`)
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}
