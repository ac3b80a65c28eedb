/** Counts what is under way, in all and for each host; the memory is what is under way. */
export class FetchSlots {
  readonly #maxAll: number
  readonly #maxPerHost: number
  readonly #byHost = new Map<string, number>()
  #all = 0

  constructor(maxAll: number, maxPerHost: number) {
    this.#maxAll = maxAll
    this.#maxPerHost = maxPerHost
  }

  /** @returns gives the slot back, to be called once; undefined when there is none left */
  take(host: string): (() => void) | undefined {
    const ofHost = this.#byHost.get(host) ?? 0
    if (this.#all >= this.#maxAll || ofHost >= this.#maxPerHost) return undefined
    this.#all += 1
    this.#byHost.set(host, ofHost + 1)
    return () => {
      this.#all -= 1
      const left = (this.#byHost.get(host) ?? 1) - 1
      if (left === 0) this.#byHost.delete(host)
      else this.#byHost.set(host, left)
    }
  }
}
