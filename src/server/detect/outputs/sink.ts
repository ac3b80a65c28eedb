import type { OutputRecord } from '../../../detect/output/record.ts'

/** One place that records go to; never throws, never waits. */
export interface Sink {
  /** For messages and metrics: `file`, `syslog` … with its place. */
  readonly name: string
  /** Whether security events go there too, beside findings and orders. */
  readonly takesEvents: boolean
  write(record: OutputRecord): void
  /** Writes what waits, for a second at most. */
  close(): Promise<void>
}

/** What sinks tell of themselves. */
export interface SinkUser {
  /** Something failed; told once until it works again. */
  failed(sink: string, error: Error): void
  works(sink: string): void
  /** Records that were given up. */
  lost(sink: string, records: number): void
}

/** Says a trouble once, and when it is over. */
export class Trouble {
  readonly #user: SinkUser
  readonly #name: string
  #isFailing = false

  constructor(user: SinkUser, name: string) {
    this.#user = user
    this.#name = name
  }

  failed(thrown: unknown): void {
    if (this.#isFailing) return
    this.#isFailing = true
    this.#user.failed(this.#name, thrown instanceof Error ? thrown : new Error(String(thrown)))
  }

  works(): void {
    if (!this.#isFailing) return
    this.#isFailing = false
    this.#user.works(this.#name)
  }

  lost(records: number): void {
    if (records > 0) this.#user.lost(this.#name, records)
  }
}

/** Waiting times between attempts: 1 s doubling to 5 min. */
export function backOffMs(attempt: number): number {
  return Math.min(300_000, 1000 * 2 ** Math.min(20, attempt))
}
