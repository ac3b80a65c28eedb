import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'
import type { Credential } from './credentials.ts'
import { readCsv } from './csv.ts'
import { type Account, accountToCredential } from './import-account.ts'
import { readSubscriberTable } from './import-subscriber.ts'

/** What may be imported. */
export type ImportFormat = 'csv' | 'htdigest' | 'subscriber'

/** How an import is read. */
export interface ImportOptions {
  /** For rows that name no domain. */
  readonly domain?: string
  /** Also keep MD5 values of plain-text passwords, and accept MD5 from these users. */
  readonly md5: boolean
}

/** A row that was not imported. */
export interface RefusedRow {
  readonly file: string
  /** From 1; in a database the number of the row. */
  readonly line: number
  readonly reason: string
}

/** What an import gave; nothing is stored yet. */
export interface Imported {
  readonly credentials: readonly Credential[]
  readonly refused: readonly RefusedRow[]
}

/** One row as read: an account, or why it is none. */
export interface ImportRow {
  readonly line: number
  readonly account: Account | string
}

const SQLITE_MAGIC = 'SQLite format 3\0'
const HA1_COLUMNS = ['ha1', 'md5', 'ha1_md5']

/**
 * Reads accounts from a file: CSV with a header row, Kamailio's or OpenSIPS's `subscriber` (a CSV dump or an
 * SQLite database), or htdigest. Plain-text passwords are hashed at once; an MD5 value alone makes an account
 * that is marked for MD5.
 * @throws AspisError `ERR_ASPIS_IMPORT` when the file as a whole cannot be read
 */
export function importAccounts(path: string, format: ImportFormat, options: ImportOptions): Imported {
  try {
    return collect(path, rowsOf(path, format), options)
  } catch (error) {
    if (error instanceof AspisError) throw error
    const what = error instanceof Error ? error.message : String(error)
    throw new AspisError('ERR_ASPIS_IMPORT', `${path}: ${what}`, { cause: error })
  }
}

function rowsOf(path: string, format: ImportFormat): Iterable<ImportRow> {
  if (format === 'subscriber' && isSqlite(path)) return readSubscriberTable(path)
  const text = utf8(path)
  return format === 'htdigest' ? readHtdigest(text) : readAccountCsv(path, text)
}

function collect(file: string, rows: Iterable<ImportRow>, options: ImportOptions): Imported {
  const credentials = new Map<string, Credential>()
  const refused: RefusedRow[] = []
  for (const { line, account } of rows) {
    const made = typeof account === 'string' ? account : accountToCredential(account, options)
    if (typeof made === 'string') {
      refused.push({ file, line, reason: made })
      continue
    }
    const name = `${made.user}@${made.domain}`
    if (credentials.has(name)) refused.push({ file, line, reason: `${name} stands above already` })
    else credentials.set(name, made)
  }
  return { credentials: [...credentials.values()], refused }
}

function* readAccountCsv(path: string, text: string): Generator<ImportRow> {
  const [header, ...rows] = readCsv(text)
  const names = (header?.fields ?? []).map(name => name.trim().toLowerCase())
  const column = (...known: readonly string[]): number => names.findIndex(name => known.includes(name))
  const user = column('user', 'username')
  const password = column('password')
  const ha1 = column(...HA1_COLUMNS)
  if (user < 0 || (password < 0 && ha1 < 0 && column('sha256', 'ha1_sha256') < 0)) {
    throw new AspisError(
      'ERR_ASPIS_IMPORT',
      `${path}:1: the first row must name the columns: user, and password or ha1; domain is welcome`,
    )
  }
  const domain = column('domain', 'realm')
  const sha256 = column('sha256', 'ha1_sha256')
  const sha512 = column('sha512_256', 'ha1_sha512_256')
  for (const { line, fields, isBroken } of rows) {
    if (isBroken) yield { line, account: 'a quoted field does not end where it should' }
    else if (fields.length !== names.length) {
      yield { line, account: `${fields.length} fields where the header names ${names.length}` }
    } else {
      const field = (at: number): string => (at < 0 ? '' : (fields[at] ?? ''))
      const hashes = [ha1, sha256, sha512].map(at => new Secret(field(at).trim()))
      const named = { user: field(user), domain: field(domain), password: new Secret(field(password)) }
      yield { line, account: { ...named, ha1: hashes[0], sha256: hashes[1], sha512_256: hashes[2] } }
    }
  }
}

function* readHtdigest(text: string): Generator<ImportRow> {
  for (const [at, row] of text.split('\n').entries()) {
    const line = row.endsWith('\r') ? row.slice(0, -1) : row
    if (line.trim() === '') continue
    const [user, realm, ha1, ...more] = line.split(':')
    if (user === undefined || realm === undefined || ha1 === undefined || more.length > 0) {
      yield { line: at + 1, account: 'not of the form user:realm:hash' }
    } else {
      yield { line: at + 1, account: { user, domain: realm, ha1: new Secret(ha1.trim()) } }
    }
  }
}

function utf8(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new AspisError('ERR_ASPIS_IMPORT', `${path}: the text is not UTF-8; convert it first`)
  }
}

function isSqlite(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(SQLITE_MAGIC.length)
    readSync(file, head)
    return head.toString('latin1') === SQLITE_MAGIC
  } finally {
    closeSync(file)
  }
}
