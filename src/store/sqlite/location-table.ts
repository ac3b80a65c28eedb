import type { DatabaseSync } from 'node:sqlite'
import type { LocationIndex } from '../memory/location-index.ts'
import { groupByAor } from '../stored-binding.ts'
import type { Connection } from './connection.ts'
import { corruptError } from './errors.ts'

/** Where Aspis kept bindings before it had a log: read once, then emptied. */
export class LocationTable {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Whether the bindings lie in the log. */
  get isLeft(): boolean {
    return this.#connection.read(database => {
      const row = database.prepare('SELECT value FROM meta WHERE name = ?').get(LEFT)
      return row !== undefined
    })
  }

  /** @throws AspisError `ERR_ASPIS_STORE_CORRUPT` for a row that is no binding */
  fill(index: LocationIndex): void {
    const { path } = this.#connection
    this.#connection.read(database => {
      const groups = groupByAor(rowsOf(database), () => corruptError(path, 'a binding that cannot be read'))
      for (const [aor, bindings] of groups) index.set(aor, bindings)
    })
  }

  /** Notes that the log has everything, and empties the table. */
  leave(): void {
    this.#connection.write(database => {
      database.exec('DELETE FROM location')
      database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(LEFT, new Uint8Array([1]))
    })
  }
}

const LEFT = 'bindings-in-log'

function* rowsOf(database: DatabaseSync): Generator<string> {
  const select = database.prepare('SELECT binding FROM location ORDER BY aor, key')
  for (const row of select.iterate()) yield String(row.binding)
}
