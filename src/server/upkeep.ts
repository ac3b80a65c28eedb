import type { Store } from '../store/store.ts'
import type { Log } from './log.ts'

const ROUND_MS = 1000

/** What is done once a second: expired bindings go, accounts that another process changed are taken over. */
export class Upkeep {
  readonly #store: Store
  readonly #log: Log
  #timer: NodeJS.Timeout | undefined
  #isBusy = false
  #wasHealthy = true

  constructor(parts: { readonly store: Store; readonly log: Log }) {
    this.#store = parts.store
    this.#log = parts.log
  }

  start(): void {
    this.#timer = setInterval(() => void this.#round(), ROUND_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #round(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      this.#store.location.expire(Date.now())
      if (await this.#store.refreshIfChanged()) this.#log.info('accounts-changed')
    } catch (error) {
      if (this.#wasHealthy) {
        this.#log.error('storage-unavailable', {
          error: error instanceof Error ? error : new Error(String(error)),
        })
      }
    } finally {
      this.#isBusy = false
    }
    const isHealthy = this.#store.healthy()
    if (isHealthy && !this.#wasHealthy) this.#log.info('storage-back')
    this.#wasHealthy = isHealthy
  }
}
