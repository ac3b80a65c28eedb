import { AspisError } from '../../base/errors.ts'
import { GroupCommit } from '../../store/group-commit.ts'
import type { Binding, BindingChange, LocationStore } from '../../store/location.ts'
import { CONFLICT } from '../../store/location-feed.ts'
import { LocationService } from '../../store/location-service.ts'
import { endsWithFlow } from '../../store/memory/ends-with-flow.ts'
import { LocationIndex } from '../../store/memory/location-index.ts'
import { RemoteBackend } from './remote-backend.ts'

/** Each conflict means that another's change became durable, so tries end. */
const MAX_TRIES = 8

/**
 * The location service in a worker: every binding in memory, each change made durable by the primary. Of two workers
 * that change an address-of-record at once the later one decides again, on what there is then.
 */
export class SharedLocation implements LocationStore {
  readonly backend: RemoteBackend
  readonly #index = new LocationIndex()
  readonly #service: LocationService

  /** @param onLost the process that stores is gone */
  constructor(onLost: () => void) {
    this.backend = new RemoteBackend(this.#index, onLost)
    this.#service = new LocationService(this.#index, new GroupCommit(this.backend, this.#index))
  }

  get isHealthy(): boolean {
    return this.#service.isHealthy
  }

  bindings(aor: string, nowMs: number): readonly Binding[] {
    return this.#service.bindings(aor, nowMs)
  }

  replace(aor: string, next: readonly Binding[]): Promise<void> {
    return this.#service.replace(aor, next)
  }

  change(aor: string, change: BindingChange): void {
    this.#try(aor, change, 1)
  }

  serially<T>(aor: string, work: () => Promise<T>): Promise<T> {
    return this.#service.serially(aor, () => untilAgreed(work))
  }

  /** Durably only: what leads to a connection that is gone reaches nobody meanwhile. */
  async dropFlow(flowKey: string): Promise<number> {
    let dropped = 0
    const drop = (aor: string): Promise<void> =>
      this.#changed(aor, () => {
        const all = this.#index.all(aor)
        const next = all.filter(binding => !endsWithFlow(binding, flowKey))
        if (next.length === all.length) return undefined
        dropped += all.length - next.length
        return next
      })
    const ends = (binding: Binding): boolean => endsWithFlow(binding, flowKey)
    const aors = this.#index.aorsOfFlow(flowKey).filter(aor => this.#index.all(aor).some(ends))
    for (const each of await Promise.allSettled(aors.map(drop))) {
      if (each.status === 'rejected') throw each.reason
    }
    return dropped
  }

  expire(nowMs: number): number {
    return this.#service.expire(nowMs)
  }

  aors(): IterableIterator<string> {
    return this.#service.aors()
  }

  count(): number {
    return this.#service.count()
  }

  close(): Promise<void> {
    return this.#service.close()
  }

  #changed(aor: string, decide: () => readonly Binding[] | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.change(aor, {
        decide: () => {
          const next = decide()
          if (next === undefined) resolve()
          return next
        },
        stored: resolve,
        failed: reject,
      })
    })
  }

  #try(aor: string, change: BindingChange, tries: number): void {
    this.#service.change(aor, {
      decide: () => change.decide(),
      stored: () => change.stored(),
      failed: error => {
        if (isConflict(error) && tries < MAX_TRIES) this.#try(aor, change, tries + 1)
        else change.failed(error)
      },
    })
  }
}

async function untilAgreed<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isConflict(error) || tries === MAX_TRIES) throw error
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof AspisError && error.code === CONFLICT
}
