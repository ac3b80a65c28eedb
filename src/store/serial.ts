import { AspisError } from '../base/errors.ts'

/** Runs work one at a time per key, in the order of the calls. */
export class Serial {
  readonly #tails = new Map<string, Promise<unknown>>()
  readonly #maxWaiting: number
  #waiting = 0

  /** @param maxWaiting bound of works that run or wait, over all keys */
  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting
  }

  /** @throws AspisError `ERR_ASPIS_STORE_BUSY` over the bound; else what `work` rejects with */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#maxWaiting) {
      throw new AspisError('ERR_ASPIS_STORE_BUSY', `over ${this.#maxWaiting} registrations wait for storage`)
    }
    this.#waiting += 1
    const before = this.#tails.get(key)
    const running = before === undefined ? work() : before.then(work, work)
    this.#tails.set(key, running)
    try {
      return await running
    } finally {
      this.#waiting -= 1
      if (this.#tails.get(key) === running) this.#tails.delete(key)
    }
  }
}
