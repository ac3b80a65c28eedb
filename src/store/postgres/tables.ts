import type { AccountName, CredentialTable, SealedRow } from '../credential-service.ts'
import type { MetaTable } from '../sealed-meta.ts'
import type { PostgresDatabase, Sql } from './database.ts'

/** More in one answer could take longer than an answer may. */
const ROWS_AT_ONCE = 5000

/** Accounts in PostgreSQL. */
export class PostgresCredentialTable implements CredentialTable {
  readonly place: string
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.place = `PostgreSQL ${database.place}`
    this.#database = database
  }

  async version(): Promise<number> {
    const rows = await this.#database.run(
      sql => sql<{ version: string }[]>`SELECT version FROM credential_version`,
    )
    return Number(rows[0]?.version ?? 0)
  }

  async eachSince(version: number, see: (row: SealedRow) => void): Promise<void> {
    let domain = ''
    let user = ''
    for (;;) {
      const rows = await this.#database.run(
        sql => sql<SealedRow[]>`SELECT "user", domain, sealed FROM credential
          WHERE version > ${version} AND (domain, "user") > (${domain}, ${user})
          ORDER BY domain, "user" LIMIT ${ROWS_AT_ONCE}`,
      )
      for (const row of rows) {
        see(row)
        domain = row.domain
        user = row.user
      }
      if (rows.length < ROWS_AT_ONCE) return
    }
  }

  async goneSince(version: number): Promise<readonly AccountName[]> {
    return this.#database.run(
      sql => sql<{ user: string; domain: string }[]>`SELECT "user", domain FROM credential_gone
        WHERE version > ${version}`,
    )
  }

  async put(rows: readonly SealedRow[]): Promise<number> {
    const list = JSON.stringify(
      rows.map(row => [row.user, row.domain, Buffer.from(row.sealed).toString('hex')]),
    )
    return this.#database.transact(async sql => {
      const version = await raiseVersion(sql)
      await sql`INSERT INTO credential ("user", domain, sealed, version)
        SELECT r->>0, r->>1, decode(r->>2, 'hex'), ${version}::bigint
        FROM json_array_elements(${list}::text::json) r
        ON CONFLICT (domain, "user") DO UPDATE SET sealed = excluded.sealed, version = excluded.version`
      await sql`DELETE FROM credential_gone WHERE (domain, "user") IN
        (SELECT r->>1, r->>0 FROM json_array_elements(${list}::text::json) r)`
      return version
    })
  }

  async remove(user: string, domain: string): Promise<number | undefined> {
    return this.#database.transact(async sql => {
      // The row of the version is the lock that keeps versions in the order of commits.
      await sql`SELECT version FROM credential_version FOR UPDATE`
      const gone = await sql`DELETE FROM credential WHERE "user" = ${user} AND domain = ${domain}`
      if (gone.count === 0) return undefined
      const version = await raiseVersion(sql)
      await sql`INSERT INTO credential_gone VALUES (${domain}, ${user}, ${version})
        ON CONFLICT (domain, "user") DO UPDATE SET version = excluded.version`
      return version
    })
  }
}

async function raiseVersion(sql: Sql): Promise<number> {
  const rows = await sql<{ version: string }[]>`
    UPDATE credential_version SET version = version + 1 RETURNING version`
  return Number(rows[0]?.version ?? 0)
}

/** Named values in PostgreSQL. */
export class PostgresMetaTable implements MetaTable {
  readonly place: string
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.place = `PostgreSQL ${database.place}`
    this.#database = database
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const rows = await this.#database.run(
      sql => sql<{ value: Uint8Array }[]>`SELECT value FROM meta WHERE name = ${name}`,
    )
    return rows[0]?.value
  }

  async write(name: string, value: Uint8Array): Promise<void> {
    await this.#database.run(
      sql => sql`INSERT INTO meta VALUES (${name}, ${Buffer.from(value)})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    )
  }

  async readOrWrite(name: string, value: Uint8Array): Promise<Uint8Array> {
    await this.#database.run(
      sql => sql`INSERT INTO meta VALUES (${name}, ${Buffer.from(value)}) ON CONFLICT (name) DO NOTHING`,
    )
    return (await this.read(name)) ?? value
  }
}
