import type { DatabaseSync } from 'node:sqlite'
import type { AccountName, CredentialTable, SealedRow } from '../credential-service.ts'
import type { Connection } from './connection.ts'

/** Accounts in the embedded database. */
export class SqliteCredentialTable implements CredentialTable {
  readonly place: string
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.place = connection.path
    this.#connection = connection
  }

  async version(): Promise<number> {
    return this.#connection.read(database =>
      numberOf(database.prepare('SELECT version FROM credential_version').get()?.version),
    )
  }

  async eachSince(version: number, see: (row: SealedRow) => void): Promise<void> {
    this.#connection.read(database => {
      // All of them are read in the order in which they lie; by version each would be looked up.
      const rows =
        version === 0
          ? database.prepare('SELECT user, domain, sealed FROM credential').iterate()
          : database.prepare('SELECT user, domain, sealed FROM credential WHERE version > ?').iterate(version)
      for (const row of rows) {
        see({
          user: String(row.user),
          domain: String(row.domain),
          sealed: row.sealed instanceof Uint8Array ? row.sealed : new Uint8Array(),
        })
      }
    })
  }

  async goneSince(version: number): Promise<readonly AccountName[]> {
    return this.#connection.read(database =>
      database
        .prepare('SELECT user, domain FROM credential_gone WHERE version > ?')
        .all(version)
        .map(row => ({ user: String(row.user), domain: String(row.domain) })),
    )
  }

  async put(rows: readonly SealedRow[]): Promise<number> {
    return this.#connection.write(database => {
      const version = raiseVersion(database)
      const insert = database.prepare(
        'INSERT OR REPLACE INTO credential (user, domain, sealed, version) VALUES (?, ?, ?, ?)',
      )
      const isBack = database.prepare('DELETE FROM credential_gone WHERE user = ? AND domain = ?')
      for (const row of rows) {
        insert.run(row.user, row.domain, row.sealed, version)
        isBack.run(row.user, row.domain)
      }
      return version
    })
  }

  async remove(user: string, domain: string): Promise<number | undefined> {
    return this.#connection.write(database => {
      const remove = database.prepare('DELETE FROM credential WHERE user = ? AND domain = ?')
      if (remove.run(user, domain).changes === 0) return undefined
      const version = raiseVersion(database)
      database.prepare('INSERT OR REPLACE INTO credential_gone VALUES (?, ?, ?)').run(domain, user, version)
      return version
    })
  }
}

function raiseVersion(database: DatabaseSync): number {
  const raise = database.prepare('UPDATE credential_version SET version = version + 1 RETURNING version')
  return numberOf(raise.get()?.version)
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
