import { AspisError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { GroupCommit, Waiting } from './group-commit.ts'
import type { Binding, BindingChange, LocationStore } from './location.ts'
import { CONFLICT, type IndexWatcher, type LocationFeed } from './location-feed.ts'
import { endsWithFlow } from './memory/ends-with-flow.ts'
import type { LocationIndex } from './memory/location-index.ts'
import type { Frame } from './record/frame.ts'
import { HEAD, type Octets } from './record/layout.ts'
import { aorIn } from './record/read.ts'
import { type Turn, Turns } from './turns.ts'

/** The location service over a memory index and a backend that makes changes durable. */
export class LocationService implements LocationStore, LocationFeed {
  readonly #index: LocationIndex
  readonly #writer: GroupCommit
  readonly #turns = new Turns(LIMITS.maxStoreQueue)

  constructor(index: LocationIndex, writer: GroupCommit) {
    this.#index = index
    this.#writer = writer
  }

  /** Whether the last change became durable. */
  get isHealthy(): boolean {
    return this.#writer.failure === undefined
  }

  bindings(aor: string, nowMs: number): readonly Binding[] {
    return this.#index.alive(aor, nowMs)
  }

  replace(aor: string, next: readonly Binding[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#writer.write(aor, next, { stored: resolve, failed: reject })
    })
  }

  change(aor: string, change: BindingChange): void {
    if (this.#turns.isFull) return change.failed(busy())
    const turn = new ChangeTurn(this.#turns, this.#writer, aor, change)
    if (this.#turns.enter(aor, turn)) turn.begin()
  }

  serially<T>(aor: string, work: () => Promise<T>): Promise<T> {
    if (this.#turns.isFull) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          resolve(await work())
        } catch (error) {
          reject(error)
        } finally {
          this.#turns.leave(aor)
        }
      }
      const turn: Turn = { begin: () => void run() }
      if (this.#turns.enter(aor, turn)) turn.begin()
    })
  }

  async dropFlow(flowKey: string): Promise<number> {
    const before = this.#index.count
    const ends = (binding: Binding): boolean => endsWithFlow(binding, flowKey)
    const aors = this.#index.aorsOfFlow(flowKey).filter(aor => this.#index.all(aor).some(ends))
    for (const aor of aors) this.#index.set(aor, this.#without(aor, flowKey))
    const dropped = before - this.#index.count
    // A registration under way may bring the flow back, so the durable step looks again in its turn.
    const written = await Promise.allSettled(
      aors.map(aor => this.serially(aor, () => this.replace(aor, this.#without(aor, flowKey)))),
    )
    for (const each of written) if (each.status === 'rejected') throw each.reason
    return dropped
  }

  expire(nowMs: number): number {
    const gone = this.#index.expire(nowMs, LIMITS.maxExpiredAtOnce)
    if (gone > 0) this.#writer.purge(nowMs)
    return gone
  }

  aors(): IterableIterator<string> {
    return this.#index.aors()
  }

  count(): number {
    return this.#index.count
  }

  /** After a failure: tries the disk, so that health returns without waiting for a registration. */
  async recover(): Promise<void> {
    if (!this.isHealthy) await this.#writer.probe()
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  watch(watcher: IndexWatcher | undefined): void {
    this.#index.watch(watcher)
  }

  take(octets: Octets, at: number, waiting: Waiting): void {
    if (this.#turns.isFull) return waiting.failed(busy())
    const aor = aorIn(octets, at)
    const leave = (): void => this.#turns.leave(aor)
    const begin = (): void => {
      const version = octets.view.getUint32(at + HEAD.version, true)
      const isNext = version === (this.#index.versionOf(aor) + 1) >>> 0
      const told = new TellThen(waiting, leave)
      if (isNext) this.#writer.writeRecord(octets, at, told)
      else told.failed(new AspisError(CONFLICT, 'another process changed it meanwhile'))
    }
    if (this.#turns.enter(aor, { begin })) begin()
  }

  get slotEnd(): number {
    return this.#index.slotEnd
  }

  copyTo(frame: Frame, fromSlot: number, maxBytes: number): number {
    return this.#index.copyTo(frame, fromSlot, maxBytes)
  }

  copyOne(frame: Frame, aor: string): void {
    this.#index.copyOne(frame, aor)
  }

  #without(aor: string, flowKey: string): readonly Binding[] {
    return this.#index.all(aor).filter(binding => !endsWithFlow(binding, flowKey))
  }
}

/** Tells, and then goes on. */
class TellThen implements Waiting {
  readonly #waiting: Waiting
  readonly #then: () => void

  constructor(waiting: Waiting, then: () => void) {
    this.#waiting = waiting
    this.#then = then
  }

  stored(): void {
    try {
      this.#waiting.stored()
    } finally {
      this.#then()
    }
  }

  failed(error: Error): void {
    try {
      this.#waiting.failed(error)
    } finally {
      this.#then()
    }
  }
}

/** A change from its turn to its end. */
class ChangeTurn implements Turn, Waiting {
  readonly #turns: Turns
  readonly #writer: GroupCommit
  readonly #aor: string
  readonly #change: BindingChange

  constructor(turns: Turns, writer: GroupCommit, aor: string, change: BindingChange) {
    this.#turns = turns
    this.#writer = writer
    this.#aor = aor
    this.#change = change
  }

  begin(): void {
    let next: readonly Binding[] | undefined
    try {
      next = this.#change.decide()
    } catch (error) {
      return this.failed(error instanceof Error ? error : new Error(String(error)))
    }
    if (next === undefined) this.#turns.leave(this.#aor)
    else this.#writer.write(this.#aor, next, this)
  }

  stored(): void {
    try {
      this.#change.stored()
    } finally {
      this.#turns.leave(this.#aor)
    }
  }

  failed(error: Error): void {
    try {
      this.#change.failed(error)
    } finally {
      this.#turns.leave(this.#aor)
    }
  }
}

function busy(): AspisError {
  return new AspisError('ERR_ASPIS_STORE_BUSY', `over ${LIMITS.maxStoreQueue} registrations wait for storage`)
}
