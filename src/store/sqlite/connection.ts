import type { DatabaseSync } from 'node:sqlite'
import { AspisError } from '../../base/errors.ts'
import { connect } from './database.ts'
import { storeError } from './errors.ts'
import { inodeOf } from './inode.ts'

/** The operator's connection (accounts, secrets): opened anew when the file was put back or failed. */
export class Connection {
  readonly path: string
  #database: DatabaseSync | undefined
  #inode: string | undefined

  constructor(path: string, database: DatabaseSync) {
    this.path = path
    this.#database = database
    this.#inode = inodeOf(path)
  }

  /** Runs `work` on the database. @throws AspisError for whatever the database says */
  read<T>(work: (database: DatabaseSync) => T): T {
    try {
      return work(this.#current())
    } catch (error) {
      this.close()
      throw storeError(this.path, error)
    }
  }

  /** Runs `work` in a transaction that is on the disk when this returns. @throws AspisError */
  write<T>(work: (database: DatabaseSync) => T): T {
    return this.read(database => {
      database.exec('BEGIN IMMEDIATE')
      const made = work(database)
      database.exec('COMMIT')
      return made
    })
  }

  /** Rolls back what was begun. */
  close(): void {
    this.#database?.close()
    this.#database = undefined
  }

  #current(): DatabaseSync {
    const inode = inodeOf(this.path)
    if (inode === undefined) {
      throw new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `${this.path}: the database file is gone`)
    }
    if (inode !== this.#inode) this.close()
    this.#database ??= connect(this.path)
    this.#inode = inode
    return this.#database
  }
}
