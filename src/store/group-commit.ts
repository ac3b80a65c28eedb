import { AspisError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { Batch, Change } from './change.ts'

/** Makes a batch durable in one transaction; resolves after COMMIT, rejects when nothing of it holds. */
export interface LocationBackend {
  commit(batch: Batch): Promise<void>
  close(): Promise<void>
}

interface Waiting {
  readonly change: Change
  readonly done: () => void
  readonly failed: (error: Error) => void
}

/**
 * Group commit: while one batch is being written the next one gathers, so that one sync of the disk serves
 * every change that came meanwhile.
 */
export class GroupCommit {
  readonly #backend: LocationBackend
  #queue: Waiting[] = []
  #purgeBeforeMs: number | undefined
  #mustLook = false
  #mustProbe = false
  #failure: Error | undefined
  #isClosed = false
  #running: Promise<void> | undefined

  constructor(backend: LocationBackend) {
    this.#backend = backend
  }

  /** Why the last batch did not become durable; undefined when it did. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /**
   * Queues a change.
   * @param done called right after COMMIT, in the order of the queue, before the promise resolves
   */
  write(change: Change, done: () => void): Promise<void> {
    if (this.#isClosed) {
      return Promise.reject(new AspisError('ERR_ASPIS_STORE_CLOSED', 'the location store is closed'))
    }
    if (this.#queue.length >= LIMITS.maxStoreQueue) {
      return Promise.reject(
        new AspisError('ERR_ASPIS_STORE_BUSY', `over ${LIMITS.maxStoreQueue} changes wait for the disk`),
      )
    }
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        done()
        resolve()
      }
      this.#queue.push({ change, done: finish, failed: reject })
      this.#start()
    })
  }

  /** Deletes durably what expired by `nowMs`, some time soon. */
  purge(nowMs: number): void {
    if (this.#isClosed) return
    this.#purgeBeforeMs = nowMs
    this.#start()
  }

  /** Lets the backend run although nothing waits: it heard that another node changed something. */
  poke(): void {
    if (this.#isClosed) return
    this.#mustLook = true
    this.#start()
  }

  /** Writes something after a failure, to learn whether it is over. */
  async probe(): Promise<void> {
    if (this.#isClosed) return
    this.#mustProbe = true
    this.#start()
    await this.#running
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
    await this.#backend.close()
  }

  #start(): void {
    this.#running ??= this.#drain()
  }

  async #drain(): Promise<void> {
    do {
      await endOfTurn()
      await this.#commitOnce()
    } while (this.#hasWork())
    this.#running = undefined
  }

  #hasWork(): boolean {
    return this.#queue.length > 0 || this.#mustLook || this.#mustProbe || this.#purgeBeforeMs !== undefined
  }

  async #commitOnce(): Promise<void> {
    const waiting = this.#queue.splice(0, LIMITS.maxStoreBatch)
    const batch: Batch = {
      changes: lastOfEach(waiting),
      purgeBeforeMs: this.#purgeBeforeMs,
      isProbe: this.#mustProbe,
    }
    this.#purgeBeforeMs = undefined
    this.#mustLook = false
    this.#mustProbe = false
    try {
      await this.#backend.commit(batch)
    } catch (error) {
      const why = error instanceof Error ? error : new Error(String(error))
      this.#failure = why
      for (const each of waiting) each.failed(why)
      return
    }
    this.#failure = undefined
    for (const each of waiting) each.done()
  }
}

/** A turn of the loop reads many datagrams: their changes share one commit, where the first would go alone. */
function endOfTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** Only the last change of an address-of-record matters to the disk. */
function lastOfEach(waiting: readonly Waiting[]): readonly Change[] {
  const last = new Map<string, Change>()
  for (const { change } of waiting) last.set(change.aor, change)
  return [...last.values()]
}
