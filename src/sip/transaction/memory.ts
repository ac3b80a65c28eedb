import type { Deadline } from '../../base/deadlines.ts'
import type { TransactionEnvironment } from './environment.ts'
import { type FinishedTransaction, FinishedTransactions } from './finished.ts'
import type { TransactionKey } from './key.ts'

/** What is due goes so often, in ms: a few hundred rows at a time. */
const SWEEP_MS = 100

/** Octets of the responses kept together. */
const MAX_OCTETS = 128 * 1024 * 1024

/** Finished transactions of one kind, and the deadline by which they are forgotten. */
export class TransactionMemory {
  readonly #env: Pick<TransactionEnvironment, 'deadlines' | 'nowMs'>
  readonly #lifetimeMs: number
  readonly #rows: FinishedTransactions
  #sweep: Deadline | undefined

  /** @param lifetimeMs how long each of them is remembered */
  constructor(env: TransactionEnvironment, maxRows: number, lifetimeMs: number) {
    this.#env = env
    this.#lifetimeMs = lifetimeMs
    this.#rows = new FinishedTransactions(maxRows, MAX_OCTETS)
  }

  get size(): number {
    return this.#rows.size
  }

  add(key: TransactionKey, over: FinishedTransaction): void {
    const nowMs = this.#env.nowMs()
    this.#rows.add(key, nowMs + this.#lifetimeMs, over)
    if (this.#sweep === undefined) this.#arm(nowMs, this.#lifetimeMs)
  }

  find(key: TransactionKey): FinishedTransaction | undefined {
    return this.#rows.find(key)
  }

  clear(): void {
    this.#env.deadlines.cancel(this.#sweep)
    this.#sweep = undefined
    this.#rows.clear()
  }

  /** The delays are two: each other one would have a lane of its own. */
  #arm(nowMs: number, delayMs: number): void {
    this.#sweep = this.#env.deadlines.set(nowMs, delayMs, () => {
      const dueMs = this.#env.nowMs()
      this.#rows.expire(dueMs)
      this.#sweep = undefined
      if (this.#rows.size > 0) this.#arm(dueMs, SWEEP_MS)
    })
  }
}
