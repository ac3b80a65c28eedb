import type { Deadlines } from '../base/deadlines.ts'

/** Longest sleep while deadlines are set: what is set meanwhile is late by no more. */
const MAX_SLEEP_MS = 50
const MIN_SLEEP_MS = 5

/** The one timer of the process: it runs the deadline queue. */
export class Pump {
  readonly #deadlines: Deadlines
  readonly #nowMs: () => number
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(deadlines: Deadlines, nowMs: () => number) {
    this.#deadlines = deadlines
    this.#nowMs = nowMs
  }

  start(): void {
    this.#sleep(MIN_SLEEP_MS)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  readonly #run = (): void => {
    const nowMs = this.#nowMs()
    this.#deadlines.run(nowMs)
    const next = this.#deadlines.nextMs()
    this.#sleep(
      next === undefined ? MAX_SLEEP_MS : Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, next - nowMs)),
    )
  }

  #sleep(ms: number): void {
    if (!this.#isStopped) this.#timer = setTimeout(this.#run, ms)
  }
}
