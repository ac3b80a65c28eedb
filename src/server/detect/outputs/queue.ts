import { backOffMs, type Trouble } from './sink.ts'

/** Records that wait for a place that is slow or gone: the oldest are given up first. */
export const MAX_WAITING = 2000
/** Octets of what waits: a capture of one finding may have two million. */
export const MAX_WAITING_OCTETS = 16 * 1024 * 1024
const GATHER_MS = 100
const CLOSE_MS = 1000

/**
 * Gathers items and hands them over in batches; what was not taken is offered again, after longer and longer pauses.
 * Whoever adds never waits.
 */
export class DeliveryQueue<T extends { readonly length: number }> {
  readonly #deliver: (items: readonly T[]) => Promise<void>
  readonly #trouble: Trouble
  readonly #maxBatch: number
  #waiting: T[] = []
  #octets = 0
  #timer: NodeJS.Timeout | undefined
  #isBusy = false
  #attempt = 0
  #isClosed = false

  /** @param deliver rejects when nothing of the batch was taken */
  constructor(deliver: (items: readonly T[]) => Promise<void>, trouble: Trouble, maxBatch = 100) {
    this.#deliver = deliver
    this.#trouble = trouble
    this.#maxBatch = maxBatch
  }

  add(item: T): void {
    if (this.#isClosed) return
    this.#waiting.push(item)
    this.#octets += item.length
    this.#bound()
    this.#wake(GATHER_MS)
  }

  /** Octets that wait. */
  get waitingOctets(): number {
    return this.#octets
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const untilMs = performance.now() + CLOSE_MS
    while ((this.#waiting.length > 0 || this.#isBusy) && performance.now() < untilMs) {
      if (this.#isBusy) await new Promise(resolve => setTimeout(resolve, 10))
      else if (!(await this.#round())) break
    }
    clearTimeout(this.#timer)
    this.#trouble.lost(this.#waiting.length)
    this.#waiting = []
    this.#octets = 0
  }

  #wake(ms: number): void {
    if (this.#timer !== undefined || this.#isBusy) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#round()
    }, ms)
    this.#timer.unref()
  }

  /** One batch; whether it was taken. */
  async #round(): Promise<boolean> {
    const batch = this.#waiting.splice(0, this.#maxBatch)
    if (batch.length === 0) return true
    this.#octets -= octetsOf(batch)
    this.#isBusy = true
    let isTaken = false
    try {
      await this.#deliver(batch)
      isTaken = true
      this.#attempt = 0
      this.#trouble.works()
    } catch (error) {
      this.#trouble.failed(error)
      this.#attempt += 1
      this.#waiting = [...batch, ...this.#waiting]
      this.#octets += octetsOf(batch)
      this.#bound()
    }
    this.#isBusy = false
    if (!this.#isClosed && this.#waiting.length > 0)
      this.#wake(isTaken ? GATHER_MS : backOffMs(this.#attempt - 1))
    return isTaken
  }

  #bound(): void {
    let tooMany = Math.max(0, this.#waiting.length - MAX_WAITING)
    let left = this.#octets - octetsOf(this.#waiting.slice(0, tooMany))
    while (left > MAX_WAITING_OCTETS) {
      left -= this.#waiting[tooMany]?.length ?? left
      tooMany += 1
    }
    if (tooMany === 0) return
    this.#waiting.splice(0, tooMany)
    this.#octets = left
    this.#trouble.lost(tooMany)
  }
}

function octetsOf(items: readonly { readonly length: number }[]): number {
  return items.reduce((sum, { length }) => sum + length, 0)
}
