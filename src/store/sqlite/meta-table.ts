import type { DatabaseSync } from 'node:sqlite'
import type { MetaTable } from '../sealed-meta.ts'
import type { Connection } from './connection.ts'

/** Named values in the embedded database. */
export class SqliteMetaTable implements MetaTable {
  readonly place: string
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.place = connection.path
    this.#connection = connection
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#connection.read(database => select(database, name))
  }

  async write(name: string, value: Uint8Array): Promise<void> {
    this.#connection.write(database => {
      database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value)
    })
  }

  async readOrWrite(name: string, value: Uint8Array): Promise<Uint8Array> {
    return this.#connection.write(database => {
      database.prepare('INSERT OR IGNORE INTO meta VALUES (?, ?)').run(name, value)
      return select(database, name) ?? value
    })
  }
}

function select(database: DatabaseSync, name: string): Uint8Array | undefined {
  const value = database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.value
  return value instanceof Uint8Array ? value : undefined
}
