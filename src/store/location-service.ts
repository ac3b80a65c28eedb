import { LIMITS } from '../base/limits.ts'
import { changeOf } from './change.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Binding, LocationStore } from './location.ts'
import { endsWithFlow, type LocationIndex } from './memory/location-index.ts'
import { Serial } from './serial.ts'

/** The location service over a memory index and a backend that makes changes durable. */
export class LocationService implements LocationStore {
  readonly #index: LocationIndex
  readonly #writer: GroupCommit
  readonly #serial = new Serial(LIMITS.maxStoreQueue)

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

  async replace(aor: string, next: readonly Binding[]): Promise<void> {
    const kept = [...next]
    await this.#writer.write(changeOf(aor, kept), () => this.#index.set(aor, kept))
  }

  serially<T>(aor: string, work: () => Promise<T>): Promise<T> {
    return this.#serial.run(aor, work)
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

  #without(aor: string, flowKey: string): readonly Binding[] {
    return this.#index.all(aor).filter(binding => !endsWithFlow(binding, flowKey))
  }
}
