import { randomUUID } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import { type Change, changesIn, storedText } from '../change.ts'
import type { Batch, LocationBackend } from '../group-commit.ts'
import type { LocationIndex } from '../memory/location-index.ts'
import { groupByAor } from '../stored-binding.ts'
import type { PostgresDatabase, Sql } from './database.ts'

const CHANNEL = 'aspis_location'
/** A notification carries less than 8000 bytes. */
const MAX_NEWS_BYTES = 7000
const MAX_PURGED = 10_000

/**
 * Bindings in PostgreSQL, shared by several nodes.
 *
 * The database is the truth: each transaction notifies which addresses-of-record it changed, and the other
 * nodes read those again. Reading and writing take turns here, so that what was read is never older than what
 * this node wrote. After a failure, whose outcome nobody knows, and after a gap in listening, it reads again.
 */
export class PostgresLocationWriter implements LocationBackend {
  readonly headroom = 0
  readonly gatherMs = 2
  readonly #database: PostgresDatabase
  readonly #index: LocationIndex
  readonly #self = randomUUID()
  readonly #stale = new Set<string>()
  #isAllStale = true

  constructor(database: PostgresDatabase, index: LocationIndex) {
    this.#database = database
    this.#index = index
  }

  /** Begins to listen to other nodes. @param poke called when there is something to read */
  async start(poke: () => void): Promise<void> {
    await this.#database.listen({
      channel: CHANNEL,
      heard: payload => {
        if (this.#hear(payload)) poke()
      },
      began: () => {
        this.#isAllStale = true
        poke()
      },
    })
  }

  async commit(batch: Batch): Promise<undefined> {
    await this.#readStale()
    const changes = changesIn(batch.frame)
    if (changes.length === 0 && batch.purgeBeforeMs === undefined && !batch.isProbe) return undefined
    try {
      await this.#database.transact(sql => this.#write(sql, changes, batch))
      return undefined
    } catch (error) {
      for (const { aor } of changes) this.#stale.add(aor)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  async #write(sql: Sql, changes: readonly Change[], batch: Batch): Promise<void> {
    const { purgeBeforeMs } = batch
    if (changes.length > 0) {
      await replace(sql, changes)
      for (const news of this.#news(changes)) await sql`SELECT pg_notify(${CHANNEL}, ${news})`
    }
    if (purgeBeforeMs !== undefined) {
      await sql`DELETE FROM location WHERE (aor, key) IN
        (SELECT aor, key FROM location WHERE expires_at_ms <= ${purgeBeforeMs} LIMIT ${MAX_PURGED})`
    }
    if (batch.isProbe) {
      await replace(sql, [{ aor: '', rows: [['', 0, '']] }])
      await replace(sql, [{ aor: '', rows: [] }])
    }
  }

  async #readStale(): Promise<void> {
    if (this.#isAllStale) {
      this.#isAllStale = false
      this.#stale.clear()
      await this.#readAll()
    } else if (this.#stale.size > 0) {
      const aors = [...this.#stale]
      this.#stale.clear()
      await this.#readSome(aors)
    }
  }

  async #readAll(): Promise<void> {
    try {
      const rows = await this.#database.run(
        sql => sql<{ binding: string }[]>`SELECT binding FROM location ORDER BY aor, key`,
      )
      const groups = groupByAor(bindingsOf(rows), this.#corrupt)
      this.#index.clear()
      for (const [aor, bindings] of groups) this.#index.set(aor, bindings)
    } catch (error) {
      this.#isAllStale = true
      throw error
    }
  }

  async #readSome(aors: readonly string[]): Promise<void> {
    const list = JSON.stringify(aors.map(storedText))
    try {
      const rows = await this.#database.run(
        sql => sql<{ binding: string }[]>`SELECT binding FROM location
          WHERE aor IN (SELECT json_array_elements_text(${list}::text::json)) ORDER BY aor, key`,
      )
      const groups = groupByAor(bindingsOf(rows), this.#corrupt)
      for (const aor of aors) this.#index.set(aor, groups.get(aor) ?? [])
    } catch (error) {
      for (const aor of aors) this.#stale.add(aor)
      throw error
    }
  }

  #corrupt = (): AspisError =>
    new AspisError(
      'ERR_ASPIS_STORE_CORRUPT',
      `PostgreSQL ${this.#database.place}: the location table holds a binding that cannot be read; ` +
        'restore a backup or delete that row',
    )

  /** @returns whether it is news from another node */
  #hear(payload: string): boolean {
    const comma = payload.indexOf(' ')
    if (payload.slice(0, comma) === this.#self) return false
    const aors = textsIn(payload.slice(comma + 1))
    if (aors === undefined) this.#isAllStale = true
    for (const aor of aors ?? []) this.#stale.add(aor)
    return true
  }

  /** Payloads that name the changed addresses-of-record, `*` when one alone is too long. */
  *#news(changes: readonly Change[]): Generator<string> {
    let names: string[] = []
    let bytes = 0
    for (const { aor } of changes) {
      const size = Buffer.byteLength(JSON.stringify(aor)) + 1
      if (size > MAX_NEWS_BYTES) {
        yield `${this.#self} *`
        continue
      }
      if (bytes + size > MAX_NEWS_BYTES) {
        yield `${this.#self} ${JSON.stringify(names)}`
        names = []
        bytes = 0
      }
      names.push(aor)
      bytes += size
    }
    if (names.length > 0) yield `${this.#self} ${JSON.stringify(names)}`
  }
}

async function replace(sql: Sql, changes: readonly Change[]): Promise<void> {
  const aors = JSON.stringify(changes.map(change => storedText(change.aor)))
  await sql`DELETE FROM location WHERE aor IN (SELECT json_array_elements_text(${aors}::text::json))`
  const rows = changes.flatMap(change => change.rows.map(row => [storedText(change.aor), ...row]))
  if (rows.length === 0) return
  await sql`INSERT INTO location (aor, key, expires_at_ms, binding)
    SELECT r->>0, r->>1, (r->>2)::bigint, r->>3 FROM json_array_elements(${JSON.stringify(rows)}::text::json) r`
}

function* bindingsOf(rows: Iterable<{ readonly binding: string }>): Generator<string> {
  for (const row of rows) yield row.binding
}

/** Anyone who may notify can send anything: what is no list of texts means that everything may be stale. */
function textsIn(json: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) && value.every(each => typeof each === 'string') ? value : undefined
  } catch {
    return undefined
  }
}
