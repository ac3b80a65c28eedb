import postgres from 'postgres'
import { AspisError } from '../../base/errors.ts'
import type { Secret } from '../../base/secret.ts'
import { MIGRATIONS } from '../migrations.ts'

/** A client, or the part of one that a transaction gives. */
export type Sql = postgres.ISql

const CONNECT_TIMEOUT_SECONDS = 5
/** A database that takes longer is as good as gone: a REGISTER waits 32 s at most. */
const ANSWER_TIMEOUT_MS = 5000
const LONGEST_BACK_OFF_SECONDS = 1
/** `ASPS`: serialises nodes that start at once. */
const MIGRATION_LOCK = 0x41535053

/** What a listener is told. */
export interface Listener {
  readonly channel: string
  /** Another session notified; `payload` is what it said. */
  heard(payload: string): void
  /** Listening began, or began again after a gap in which nothing was heard. */
  began(): void
}

/** A PostgreSQL database: a small pool that comes back by itself. */
export class PostgresDatabase {
  /** Host, port and database, without the password. */
  readonly place: string
  readonly #url: Secret
  #sql: postgres.Sql
  #listener: Listener | undefined
  #isClosed = false

  /** @throws AspisError `ERR_ASPIS_STORE_URL` for a URL that is none, or one that would send in the clear */
  constructor(url: Secret) {
    this.place = checkedPlace(url)
    this.#url = url
    this.#sql = connect(url)
  }

  /** @throws AspisError `ERR_ASPIS_STORE_UNAVAILABLE`; what `work` did is then undone or unknown */
  async run<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = this.#sql
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      this.#replace(sql)
      reject(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`))
    }, ANSWER_TIMEOUT_MS)
    try {
      return await Promise.race([work(sql), late])
    } catch (error) {
      throw this.#named(error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Runs `work` in a transaction; committed when this resolves. */
  async transact<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const made = await this.run(sql => sql.begin(async within => ({ value: await work(within) })))
    return made.value
  }

  /** Brings the layout up to date. @param nowMs wall clock */
  async migrate(nowMs: number): Promise<void> {
    await this.transact(async sql => {
      await sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`
      await sql`CREATE TABLE IF NOT EXISTS migration
        (number int PRIMARY KEY, name text NOT NULL, applied_at_ms bigint NOT NULL)`
      const [row] = await sql<{ at: number }[]>`SELECT coalesce(max(number), 0)::int AS at FROM migration`
      const at = row?.at ?? 0
      if (at > MIGRATIONS.length) {
        throw new AspisError(
          'ERR_ASPIS_STORE_NEWER',
          `${this.place}: its layout ${at} is newer than this program knows (${MIGRATIONS.length}); update Aspis`,
        )
      }
      for (const step of MIGRATIONS.slice(at)) {
        await sql.unsafe(step.postgres)
        await sql`INSERT INTO migration VALUES (${step.number}, ${step.name}, ${nowMs})`
      }
    })
  }

  /** Listens until `close`; resolves once it does. */
  async listen(listener: Listener): Promise<void> {
    this.#listener = listener
    await this.run(async sql => {
      await sql.listen(
        listener.channel,
        payload => listener.heard(payload),
        () => listener.began(),
      )
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#sql.end({ timeout: 1 })
  }

  /** A client whose server fell silent is thrown away with its connections. */
  #replace(old: postgres.Sql): void {
    if (this.#isClosed || this.#sql !== old) return
    this.#sql = connect(this.#url)
    const failed = (): void => {}
    old.end({ timeout: 0 }).catch(failed)
    if (this.#listener !== undefined) this.listen(this.#listener).catch(failed)
  }

  #named(error: unknown): AspisError {
    if (error instanceof AspisError) return error
    const what = error instanceof Error ? error.message : String(error)
    return new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `PostgreSQL ${this.place}: ${what}`, {
      cause: error,
    })
  }
}

function connect(url: Secret): postgres.Sql {
  return postgres(url.reveal(), {
    max: 2,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    keep_alive: CONNECT_TIMEOUT_SECONDS,
    backoff: retries => Math.min(retries / 10, LONGEST_BACK_OFF_SECONDS),
    onnotice: () => {},
    connection: { application_name: 'aspis', synchronous_commit: 'on' },
  })
}

/** Passwords and HA1 values must not cross a network in the clear or to whoever answers. */
function checkedPlace(url: Secret): string {
  const parsed = URL.parse(url.reveal())
  if (parsed === null || !parsed.protocol.startsWith('postgres')) {
    throw new AspisError(
      'ERR_ASPIS_STORE_URL',
      'the database URL is malformed; write postgres://user:password@host:5432/database?sslmode=verify-full',
    )
  }
  const place = `${parsed.host}${parsed.pathname}`
  if (!isLoopback(parsed.hostname) && parsed.searchParams.get('sslmode') !== 'verify-full') {
    throw new AspisError(
      'ERR_ASPIS_STORE_URL',
      `PostgreSQL ${place}: this host is reached over a network; add ?sslmode=verify-full to the URL`,
    )
  }
  return place
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.') || hostname === ''
}
