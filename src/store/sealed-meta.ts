import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'
import type { Seal } from './seal.ts'
import type { MetaStore } from './store.ts'

/** Named values in a database. */
export interface MetaTable {
  /** For error messages. */
  readonly place: string
  read(name: string): Promise<Uint8Array | undefined>
  write(name: string, value: Uint8Array): Promise<void>
  /** Stores the value unless there is one, and returns the one that is there now. */
  readOrWrite(name: string, value: Uint8Array): Promise<Uint8Array>
}

const KEY_CHECK = 'key-check'

/** The server's own secrets, sealed. */
export class SealedMeta implements MetaStore {
  readonly #table: MetaTable
  readonly #seal: Seal

  constructor(table: MetaTable, seal: Seal) {
    this.#table = table
    this.#seal = seal
  }

  async get(name: string): Promise<Secret | undefined> {
    const value = await this.#table.read(`secret:${name}`)
    return value === undefined ? undefined : this.#opened(`secret:${name}`, value)
  }

  async set(name: string, value: Secret): Promise<void> {
    await this.#table.write(`secret:${name}`, this.#seal.close(`secret:${name}`, value.reveal()))
  }

  async getOrMake(name: string, make: () => Secret): Promise<Secret> {
    const stored = await this.get(name)
    if (stored !== undefined) return stored
    const sealed = this.#seal.close(`secret:${name}`, make().reveal())
    return this.#opened(`secret:${name}`, await this.#table.readOrWrite(`secret:${name}`, sealed))
  }

  /**
   * Checks that the key belongs to this database; the first key that comes does.
   * @throws AspisError `ERR_ASPIS_STORE_KEY`
   */
  async checkKey(keyFile: string): Promise<void> {
    const stored = await this.#table.readOrWrite(KEY_CHECK, this.#seal.close(KEY_CHECK, 'aspis'))
    if (this.#seal.open(KEY_CHECK, stored) === 'aspis') return
    throw new AspisError(
      'ERR_ASPIS_STORE_KEY',
      `${keyFile}: this key does not open ${this.#table.place}; restore the key file that belongs to it`,
    )
  }

  #opened(name: string, sealed: Uint8Array): Secret {
    const text = this.#seal.open(name, sealed)
    if (text !== undefined) return new Secret(text)
    throw new AspisError(
      'ERR_ASPIS_STORE_SEAL',
      `${this.#table.place}: the secret ${JSON.stringify(name)} was altered; restore a backup`,
    )
  }
}

/** Whether a database was used with a key before, so that a missing key file is a loss. */
export async function hasKeyCheck(table: MetaTable): Promise<boolean> {
  return (await table.read(KEY_CHECK)) !== undefined
}
