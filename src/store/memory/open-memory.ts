import { randomBytes } from 'node:crypto'
import { Secret } from '../../base/secret.ts'
import {
  type AccountName,
  CredentialService,
  type CredentialTable,
  type SealedRow,
} from '../credential-service.ts'
import { GroupCommit, type LocationBackend } from '../group-commit.ts'
import { LocationService } from '../location-service.ts'
import { Seal } from '../seal.ts'
import { type MetaTable, SealedMeta } from '../sealed-meta.ts'
import type { Store } from '../store.ts'
import { LocationIndex } from './location-index.ts'

/** A store that forgets everything when the process ends: for trials and tests. */
export async function openMemory(): Promise<Store> {
  const seal = new Seal(new Secret(randomBytes(32).toString('hex')))
  const index = new LocationIndex()
  const location = new LocationService(index, new GroupCommit(nowhere, index))
  const credentials = await CredentialService.open(new MemoryCredentialTable(), seal)
  return {
    location,
    feed: location,
    credentials,
    cutBytes: 0,
    meta: new SealedMeta(new MemoryMetaTable(), seal),
    healthy: () => true,
    refreshIfChanged: async () => false,
    close: () => location.close(),
  }
}

const nowhere: LocationBackend = {
  headroom: 0,
  gatherMs: 0,
  commit: async () => undefined,
  close: async () => {},
}

class MemoryCredentialTable implements CredentialTable {
  readonly place = 'memory'
  readonly #rows = new Map<string, SealedRow & { readonly version: number }>()
  #version = 0

  async version(): Promise<number> {
    return this.#version
  }

  async eachSince(version: number, see: (row: SealedRow) => void): Promise<void> {
    for (const row of this.#rows.values()) if (row.version > version) see(row)
  }

  /** Nobody else changes it. */
  async goneSince(): Promise<readonly AccountName[]> {
    return []
  }

  async put(rows: readonly SealedRow[]): Promise<number> {
    this.#version += 1
    for (const row of rows) this.#rows.set(`${row.user}@${row.domain}`, { ...row, version: this.#version })
    return this.#version
  }

  async remove(user: string, domain: string): Promise<number | undefined> {
    if (!this.#rows.delete(`${user}@${domain}`)) return undefined
    this.#version += 1
    return this.#version
  }
}

class MemoryMetaTable implements MetaTable {
  readonly place = 'memory'
  readonly #values = new Map<string, Uint8Array>()

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.#values.get(name)
  }

  async write(name: string, value: Uint8Array): Promise<void> {
    this.#values.set(name, value)
  }

  async readOrWrite(name: string, value: Uint8Array): Promise<Uint8Array> {
    const there = this.#values.get(name)
    if (there !== undefined) return there
    this.#values.set(name, value)
    return value
  }
}
