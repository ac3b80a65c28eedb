import { constants, type DatabaseSync, type StatementSync } from 'node:sqlite'
import { AspisError } from '../../base/errors.ts'
import { type Batch, type Change, storedText } from '../change.ts'
import { connect, databaseId } from './database.ts'
import { isDiskFull, storeError } from './errors.ts'
import { inodeOf } from './inode.ts'

const { SQLITE_DENY, SQLITE_OK } = constants
const FREE_ACTIONS: ReadonlySet<number> = new Set([constants.SQLITE_SELECT, constants.SQLITE_TRANSACTION])
const TABLE_ACTIONS: ReadonlySet<number> = new Set([
  constants.SQLITE_READ,
  constants.SQLITE_INSERT,
  constants.SQLITE_UPDATE,
  constants.SQLITE_DELETE,
])

/** Deleting more expired bindings at once would hold up the registrations behind it. */
const MAX_PURGED = 10_000

/** What a commit asks of the caller: nothing, or every binding anew since the file is another one now. */
export type Commit = 'done' | 'needs everything'

interface Open {
  readonly database: DatabaseSync
  readonly remove: StatementSync
  readonly removeOthers: StatementSync
  readonly put: StatementSync
  readonly purge: StatementSync
}

/**
 * Lets a connection read and write the location table and do nothing else: no other table, no schema, no
 * pragma, no ATTACH.
 */
export function restrictToLocation(database: DatabaseSync): void {
  database.setAuthorizer((action, first, _second, schema) => {
    if (FREE_ACTIONS.has(action)) return SQLITE_OK
    return TABLE_ACTIONS.has(action) && first === 'location' && schema === 'main' ? SQLITE_OK : SQLITE_DENY
  })
}

/** The registrar's connection: the location table of an existing database. */
export class LocationFile {
  readonly #path: string
  readonly #id: string
  /** The inode whose content is known to follow the memory index. */
  #inode: string | undefined
  #open: Open | undefined

  /**
   * @param id what `databaseId` said when the store was opened
   * @param inode what `inodeOf` said then
   */
  constructor(path: string, id: string, inode: string | undefined) {
    this.#path = path
    this.#id = id
    this.#inode = inode
  }

  /** Every stored binding as JSON, in the order of the addresses-of-record. */
  *rows(): Generator<string> {
    const { database } = this.#opened()
    const select = database.prepare('SELECT binding FROM location ORDER BY aor, key')
    for (const row of select.iterate()) yield String(row.binding)
  }

  /**
   * Writes a batch in one transaction; it is on the disk when this returns.
   * @param everything all bindings there are, when the last call asked for them
   * @throws AspisError; then nothing of the batch holds
   */
  commit(batch: Batch, everything: readonly Change[] | undefined): Commit {
    try {
      const inode = inodeOf(this.#path)
      // SQLite goes on writing into a deleted file, where nothing survives; so look before each commit.
      if (inode !== this.#inode) this.close()
      if (inode === undefined) {
        throw new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `${this.#path}: the database file is gone`)
      }
      if (inode !== this.#inode && everything === undefined) return 'needs everything'
      this.#transact(this.#opened(), batch, everything)
      this.#inode = inode
      return 'done'
    } catch (error) {
      throw storeError(this.#path, error)
    }
  }

  close(): void {
    this.#open?.database.close()
    this.#open = undefined
  }

  #transact(open: Open, batch: Batch, everything: readonly Change[] | undefined): void {
    try {
      open.database.exec('BEGIN IMMEDIATE')
      if (everything !== undefined) {
        open.database.exec('DELETE FROM location')
        for (const change of everything) write(open, change)
      }
      for (const change of batch.changes) write(open, change)
      if (batch.purgeBeforeMs !== undefined) open.purge.run(batch.purgeBeforeMs)
      if (batch.isProbe) {
        write(open, { aor: '', rows: [['', 0, '']] })
        write(open, { aor: '', rows: [] })
      }
      open.database.exec('COMMIT')
    } catch (error) {
      // A full disk leaves the file sound; after anything else it is opened anew.
      if (isDiskFull(error) && open.database.isTransaction) open.database.exec('ROLLBACK')
      else if (!isDiskFull(error)) this.close()
      throw error
    }
  }

  #opened(): Open {
    if (this.#open !== undefined) return this.#open
    const database = connect(this.#path)
    try {
      if (databaseId(database) !== this.#id) {
        throw new AspisError(
          'ERR_ASPIS_STORE_UNAVAILABLE',
          `${this.#path}: another database lies here now; put the old one back or restart`,
        )
      }
      restrictToLocation(database)
      this.#open = {
        database,
        remove: database.prepare('DELETE FROM location WHERE aor = ?'),
        removeOthers: database.prepare('DELETE FROM location WHERE aor = ? AND key <> ?'),
        put: database.prepare(`INSERT INTO location VALUES (?, ?, ?, ?) ON CONFLICT (aor, key)
          DO UPDATE SET expires_at_ms = excluded.expires_at_ms, binding = excluded.binding`),
        purge: database.prepare(`DELETE FROM location WHERE (aor, key) IN
          (SELECT aor, key FROM location WHERE expires_at_ms <= ? LIMIT ${MAX_PURGED})`),
      }
      return this.#open
    } catch (error) {
      database.close()
      throw error
    }
  }
}

function write(open: Open, change: Change): void {
  const aor = storedText(change.aor)
  const [first] = change.rows
  // Mostly one phone that refreshes: its row is changed where it stands, in 17 µs instead of 22.
  if (change.rows.length === 1 && first !== undefined) open.removeOthers.run(aor, first[0])
  else open.remove.run(aor)
  for (const [key, expiresAtMs, binding] of change.rows) open.put.run(aor, key, expiresAtMs, binding)
}
