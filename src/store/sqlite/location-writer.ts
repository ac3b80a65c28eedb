import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AspisError } from '../../base/errors.ts'
import { type Batch, changeOf } from '../change.ts'
import type { LocationBackend } from '../group-commit.ts'
import type { LocationIndex } from '../memory/location-index.ts'
import type { Answer, Order, ThreadData } from './thread-talk.ts'

/** Few, so that a try costs little while the disk is still away. */
const REPAIRS_AT_ONCE = 200

interface Talk {
  readonly done: (answer: Answer) => void
  readonly failed: (error: Error) => void
}

/**
 * The main thread's side of the writing thread: one order at a time, a new thread when one died.
 *
 * The memory index is the truth. Addresses-of-record of a failed batch are written again before the next
 * one, since a COMMIT that reported a failure may hold all the same; and a file that was put back from
 * elsewhere gets every binding.
 */
export class SqliteLocationWriter implements LocationBackend {
  readonly #data: ThreadData
  readonly #index: LocationIndex
  readonly #doubtful = new Set<string>()
  #thread: Worker | undefined
  #talk: Talk | undefined

  constructor(data: ThreadData, index: LocationIndex) {
    this.#data = data
    this.#index = index
  }

  async commit(batch: Batch): Promise<void> {
    while (this.#doubtful.size > 0) {
      const aors = [...this.#doubtful].slice(0, REPAIRS_AT_ONCE)
      const changes = aors.map(aor => changeOf(aor, this.#index.all(aor)))
      await this.#write({ changes, purgeBeforeMs: undefined, isProbe: false })
      for (const aor of aors) this.#doubtful.delete(aor)
    }
    try {
      await this.#write(batch)
    } catch (error) {
      for (const { aor } of batch.changes) this.#doubtful.add(aor)
      throw error
    }
  }

  async close(): Promise<void> {
    const thread = this.#thread
    if (thread === undefined) return
    thread.ref()
    const gone = once(thread, 'exit')
    const order: Order = 'close'
    thread.postMessage(order)
    await gone
  }

  async #write(batch: Batch): Promise<void> {
    let answer = await this.#ask({ batch, everything: undefined })
    if (answer === 'needs everything') {
      const everything = [...this.#index.aors()].map(aor => changeOf(aor, this.#index.all(aor)))
      answer = await this.#ask({ batch, everything })
    }
    if (answer === 'done') return
    if (answer !== 'needs everything') throw new AspisError(answer.code, answer.message)
    throw new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `${this.#data.path}: the file keeps changing`)
  }

  #ask(order: Order): Promise<Answer> {
    return new Promise((done, failed) => {
      this.#talk = { done, failed }
      const thread = this.#thread ?? this.#startThread()
      thread.ref()
      thread.postMessage(order)
    })
  }

  #startThread(): Worker {
    const thread = new Worker(new URL('./location-thread.ts', import.meta.url), { workerData: this.#data })
    this.#thread = thread
    thread.on('message', (answer: Answer) => {
      // An idle thread must not keep a finished command alive.
      thread.unref()
      this.#talk?.done(answer)
      this.#talk = undefined
    })
    let cause: unknown
    thread.on('error', error => {
      cause = error
    })
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = undefined
      const message = `${this.#data.path}: the writing thread died`
      this.#talk?.failed(new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', message, { cause }))
      this.#talk = undefined
    })
    return thread
  }
}
