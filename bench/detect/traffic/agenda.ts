/** What happens when, in simulated time: a heap of steps, of which equal times keep their order. */
export class Agenda {
  /** Simulated time, ms. */
  nowMs: number
  readonly #times: number[] = []
  readonly #orders: number[] = []
  readonly #steps: (() => void)[] = []
  #order = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  /** @param delayMs from now */
  after(delayMs: number, step: () => void): void {
    this.at(this.nowMs + delayMs, step)
  }

  at(atMs: number, step: () => void): void {
    this.#order += 1
    this.#times.push(Math.max(atMs, this.nowMs))
    this.#orders.push(this.#order)
    this.#steps.push(step)
    this.#rise(this.#times.length - 1)
  }

  /** Does what is due, until a time or until nothing is left. */
  run(untilMs = Number.POSITIVE_INFINITY): void {
    while (this.#times.length > 0) {
      const [atMs = 0] = this.#times
      if (atMs > untilMs) break
      const [step] = this.#steps
      this.#takeFirst()
      this.nowMs = atMs
      step?.()
    }
    if (Number.isFinite(untilMs)) this.nowMs = Math.max(this.nowMs, untilMs)
  }

  #takeFirst(): void {
    const last = this.#times.length - 1
    this.#swap(0, last)
    this.#times.pop()
    this.#orders.pop()
    this.#steps.pop()
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= last) return
      const least = left + 1 < last && this.#isBefore(left + 1, left) ? left + 1 : left
      if (!this.#isBefore(least, at)) return
      this.#swap(least, at)
      at = least
    }
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #isBefore(a: number, b: number): boolean {
    const difference = (this.#times[a] ?? 0) - (this.#times[b] ?? 0)
    return difference === 0 ? (this.#orders[a] ?? 0) < (this.#orders[b] ?? 0) : difference < 0
  }

  #swap(a: number, b: number): void {
    swap(this.#times, a, b)
    swap(this.#orders, a, b)
    swap(this.#steps, a, b)
  }
}

function swap<T>(list: T[], a: number, b: number): void {
  const [first, second] = [list[a], list[b]]
  if (first === undefined || second === undefined) return
  list[a] = second
  list[b] = first
}
