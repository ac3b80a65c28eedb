import { DatabaseSync } from 'node:sqlite'
import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'
import type { ImportRow } from './import.ts'

/**
 * Reads the `subscriber` table of Kamailio's or OpenSIPS's SQLite database.
 * @throws AspisError `ERR_ASPIS_IMPORT` when there is no such table
 */
export function* readSubscriberTable(path: string): Generator<ImportRow> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const columns = new Set(
      database
        .prepare("SELECT name FROM pragma_table_info('subscriber')")
        .all()
        .map(row => String(row.name).toLowerCase()),
    )
    if (!columns.has('username')) {
      throw new AspisError('ERR_ASPIS_IMPORT', `${path}: no table "subscriber" with a column "username"`)
    }
    let line = 0
    for (const row of database.prepare('SELECT * FROM subscriber').iterate()) {
      line += 1
      const text = (column: string): string => (row[column] == null ? '' : String(row[column]))
      const secret = (column: string): Secret => new Secret(text(column).trim())
      yield {
        line,
        account: {
          user: text('username'),
          domain: text('domain'),
          password: new Secret(text('password')),
          ha1: secret('ha1'),
          ha1b: secret('ha1b'),
        },
      }
    }
  } finally {
    database.close()
  }
}
