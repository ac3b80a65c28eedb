import { AspisError } from '../base/errors.ts'
import { type Credential, type CredentialStore, checkCredential, type Ha1Name } from './credentials.ts'
import { CredentialIndex } from './memory/credential-index.ts'
import type { Seal } from './seal.ts'
import { openCredential, sealCredential } from './sealed-credential.ts'
import { Serial } from './serial.ts'

/** A stored account: names in the clear, the rest sealed. */
export interface SealedRow {
  readonly user: string
  readonly domain: string
  readonly sealed: Uint8Array
}

/** Which account. */
export type AccountName = Omit<SealedRow, 'sealed'>

/** The accounts in a database; each change raises the version and rows keep the version they got. */
export interface CredentialTable {
  /** For error messages: the file, or the host of the database. */
  readonly place: string
  version(): Promise<number>
  /** Calls `see` with each row that changed since a version: all of them at once would take much memory. */
  eachSince(version: number, see: (row: SealedRow) => void): Promise<void>
  /** Accounts that were removed after a version and did not come back. */
  goneSince(version: number): Promise<readonly AccountName[]>
  /** @returns the new version */
  put(rows: readonly SealedRow[]): Promise<number>
  /** @returns the new version, or undefined when there was no such row */
  remove(user: string, domain: string): Promise<number | undefined>
}

/** Accounts over a memory index and a table that other processes change as well. */
export class CredentialService implements CredentialStore {
  readonly #table: CredentialTable
  readonly #seal: Seal
  readonly #inTurn = new Serial(MAX_WAITING)
  #index = new CredentialIndex()
  #seenVersion = 0
  #isHealthy = true

  private constructor(table: CredentialTable, seal: Seal) {
    this.#table = table
    this.#seal = seal
  }

  /** @throws AspisError `ERR_ASPIS_STORE_SEAL` when an account does not open with this key */
  static async open(table: CredentialTable, seal: Seal): Promise<CredentialService> {
    const service = new CredentialService(table, seal)
    await service.reload()
    return service
  }

  /** Whether the last look at the table worked. */
  get isHealthy(): boolean {
    return this.#isHealthy
  }

  find(user: string, domain: string): Credential | undefined {
    return this.#index.find(user, domain)
  }

  findByHash(name: Ha1Name, userhash: string, domain: string): Credential | undefined {
    return this.#index.findByHash(name, userhash, domain)
  }

  hasMd5(domain: string): boolean {
    return this.#index.hasMd5(domain)
  }

  aorExists(aor: string): boolean {
    return this.#index.aorExists(aor)
  }

  count(): number {
    return this.#index.count
  }

  list(domain?: string): readonly Credential[] {
    return this.#index.list(domain)
  }

  async put(...credentials: readonly Credential[]): Promise<void> {
    const checked = credentials.map(checkCredential)
    const rows = checked.map(each => ({
      user: each.user,
      domain: each.domain,
      sealed: sealCredential(this.#seal, each),
    }))
    await this.#alone(async () => {
      const version = await this.#table.put(rows)
      for (const each of checked) this.#index.put(each)
      this.#ownChange(version)
    })
  }

  remove(user: string, domain: string): Promise<boolean> {
    return this.#alone(async () => {
      const version = await this.#table.remove(user.normalize('NFC'), domain)
      if (version === undefined) return false
      this.#index.remove(user.normalize('NFC'), domain)
      this.#ownChange(version)
      return true
    })
  }

  refreshIfChanged(): Promise<boolean> {
    return this.#alone(async () => {
      try {
        const version = await this.#table.version()
        if (version !== this.#seenVersion) await this.#takeOver(version)
        const changed = version !== this.#seenVersion
        this.#seenVersion = version
        this.#isHealthy = true
        return changed
      } catch (error) {
        this.#isHealthy = false
        throw error
      }
    })
  }

  reload(): Promise<void> {
    return this.#alone(async () => {
      // The version is read first: what changes meanwhile is seen again, never missed.
      const version = await this.#table.version()
      await this.#readAll()
      this.#seenVersion = version
    })
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn.run('', work)
  }

  /** A change of ours that another's came before leaves the seen version behind, so the next refresh looks. */
  #ownChange(version: number): void {
    if (version === this.#seenVersion + 1) this.#seenVersion = version
  }

  async #takeOver(version: number): Promise<void> {
    if (version < this.#seenVersion) return this.#readAll()
    const changed: Credential[] = []
    await this.#table.eachSince(this.#seenVersion, row => changed.push(this.#opened(row)))
    const gone = await this.#table.goneSince(this.#seenVersion)
    for (const { user, domain } of gone) this.#index.remove(user, domain)
    for (const credential of changed) this.#index.put(credential)
  }

  /** Another database lies there now, or this is the first look. */
  async #readAll(): Promise<void> {
    const fresh = new CredentialIndex()
    await this.#table.eachSince(0, row => fresh.add(this.#opened(row)))
    this.#index = fresh
  }

  #opened(row: SealedRow): Credential {
    const credential = openCredential(this.#seal, row.user, row.domain, row.sealed)
    if (credential !== undefined) return credential
    const who = JSON.stringify(`${row.user}@${row.domain}`)
    throw new AspisError(
      'ERR_ASPIS_STORE_SEAL',
      `${this.#table.place}: account ${who} was altered or sealed by another key; restore the key file that ` +
        'belongs to this database, or set the password anew',
    )
  }
}

/** Changes of accounts come from operators, so a queue this long is a mistake. */
const MAX_WAITING = 10_000
