import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isBlock, type Order } from '../../detect/order.ts'
import type { Offences } from '../../detect/responder.ts'
import type { Log } from '../log.ts'

const FILE = 'bans.json'
const VERSION = 1
/** The newest are kept over a restart: their text is made in one turn. */
const MAX_STORED = 10_000
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 60_000

/** What is remembered over a restart. */
export interface StoredOrders {
  readonly orders: readonly Order[]
  readonly offences: readonly Offences[]
}

/**
 * Bans and suspensions in the data folder, so that a restart frees nobody. A disk that fails is said once and tried
 * again, less and less often; what is in force does not depend on it.
 */
export class OrderStore {
  readonly #file: string
  readonly #log: Log
  readonly #read: () => StoredOrders
  #isDirty = false
  #writing: Promise<void> | undefined
  #hasFailed = false
  #pauseMs = 0
  #notBeforeMs = 0

  /** @param read what is in force now */
  constructor(folder: string, log: Log, read: () => StoredOrders) {
    this.#file = join(folder, FILE)
    this.#log = log
    this.#read = read
  }

  /** What was in force when the last process ended. */
  load(): StoredOrders {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#file, 'utf8'))
      const stored = isStored(value) ? value : { orders: [], offences: [] }
      const { orders, offences } = stored
      return { orders: orders.filter(isOrder), offences: offences.filter(isOffences) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
        this.#log.error('bans-not-read', { file: this.#file, error: errorOf(error) })
      return { orders: [], offences: [] }
    }
  }

  /** Something changed. */
  changed(): void {
    this.#isDirty = true
  }

  /** Writes what changed. To be called now and then. @param nowMs monotonic */
  async flush(nowMs: number): Promise<void> {
    if (!this.#isDirty || this.#writing !== undefined || nowMs < this.#notBeforeMs) return
    this.#writing = this.#write(nowMs)
    await this.#writing
    this.#writing = undefined
  }

  /** Writes what changed, also while the file was written. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    await this.flush(Number.POSITIVE_INFINITY)
  }

  async #write(nowMs: number): Promise<void> {
    this.#isDirty = false
    try {
      const { orders, offences } = this.#read()
      const kept = orders.filter(({ action, isMonitorOnly }) => isBlock(action) && !isMonitorOnly)
      const text = JSON.stringify({
        version: VERSION,
        orders: kept.slice(-MAX_STORED),
        offences: offences.slice(-MAX_STORED),
      })
      await writeFile(`${this.#file}.new`, text, { mode: 0o600 })
      await rename(`${this.#file}.new`, this.#file)
      if (this.#hasFailed) this.#log.info('bans-stored-again', { file: this.#file })
      this.#hasFailed = false
      this.#pauseMs = 0
    } catch (error) {
      if (!this.#hasFailed) this.#log.error('bans-not-stored', { file: this.#file, error: errorOf(error) })
      this.#hasFailed = true
      this.#isDirty = true
      this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * this.#pauseMs))
      this.#notBeforeMs = nowMs + this.#pauseMs
    }
  }
}

function isStored(value: unknown): value is { orders: readonly unknown[]; offences: readonly unknown[] } {
  return (
    isObject(value) &&
    value.version === VERSION &&
    Array.isArray(value.orders) &&
    Array.isArray(value.offences)
  )
}

function isOrder(value: unknown): value is Order {
  if (!isObject(value) || !isObject(value.subject)) return false
  const { id, action, subject, why, findings, score, beganMs, endsMs, offence, by } = value
  const areTexts = [id, action, subject.kind, subject.name, why].every(each => typeof each === 'string')
  const areNumbers = [score, beganMs, endsMs, offence].every(each => typeof each === 'number')
  return areTexts && areNumbers && Array.isArray(findings) && (by === 'detection' || by === 'operator')
}

function isOffences(value: unknown): value is Offences {
  if (!isObject(value)) return false
  const { key, count, untilMs } = value
  return typeof key === 'string' && typeof count === 'number' && typeof untilMs === 'number'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
