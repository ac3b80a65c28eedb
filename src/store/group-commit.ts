import { AspisError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { Binding } from './location.ts'
import type { LocationIndex } from './memory/location-index.ts'
import { Frame } from './record/frame.ts'
import type { Octets } from './record/layout.ts'

/** Changes that become durable together. */
export interface Batch {
  /** The last record of an address-of-record is the one that counts. */
  readonly frame: Frame
  /** Delete what expired by then (ms, wall clock). */
  readonly purgeBeforeMs: number | undefined
  /** Write something even when there is nothing to change, to learn whether the disk takes it. */
  readonly isProbe: boolean
}

/** Records of a batch that do not hold, by where they begin in its frame. */
export type Refusals = ReadonlyMap<number, Error>

/**
 * Makes a batch durable; resolves once it is, but for what it names; rejects when nothing of it holds. One batch at a
 * time: what is not awaited does not begin.
 */
export interface LocationBackend {
  /** Octets that are to be free before the records of a frame. */
  readonly headroom: number
  /** A group goes about so long, in ms, after the one before it. 0: nothing is gained by waiting. */
  readonly gatherMs: number
  commit(batch: Batch): Promise<Refusals | undefined>
  close(): Promise<void>
}

/** Who is told what became of a change. */
export interface Waiting {
  /** It is durable and in the index. */
  stored(): void
  failed(error: Error): void
}

/** Part of the time to gather after which a group goes with the turn. */
const NEARLY = 0.75

interface Group {
  readonly frame: Frame
  /** Where the record of each who waits begins. */
  readonly starts: number[]
  /** What the index knows of each; undefined for a record that came from elsewhere. */
  readonly hashes: (number | undefined)[]
  readonly waiting: Waiting[]
}

/**
 * Group commit: while one group is being written the next one gathers, so that one sync of the disk serves every
 * change that came meanwhile. A sync costs some 100 µs of CPU whatever it writes, so under load about one goes in
 * `gatherMs`, together with a turn of the loop where one comes in time: that saves a wake-up. The first change after a
 * pause waits for the end of its turn alone.
 */
export class GroupCommit {
  readonly #backend: LocationBackend
  readonly #index: LocationIndex
  readonly #groups: Group[] = []
  readonly #spare: Group[] = []
  #waiting = 0
  #purgeBeforeMs: number | undefined
  #mustLook = false
  #mustProbe = false
  #failure: Error | undefined
  #isClosed = false
  #running: Promise<void> | undefined
  #lastBeganMs = Number.NEGATIVE_INFINITY
  /** Ends the gathering; undefined while a group is being written. */
  #go: (() => void) | undefined
  #atTurnEnd: NodeJS.Immediate | undefined
  #inTime: NodeJS.Timeout | undefined

  constructor(backend: LocationBackend, index: LocationIndex) {
    this.#backend = backend
    this.#index = index
  }

  /** Why the last batch did not become durable; undefined when it did. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Queues what an address-of-record has from now on. */
  write(aor: string, next: readonly Binding[], waiting: Waiting): void {
    const group = this.#groupFor(waiting)
    if (group === undefined) return
    try {
      const version = (this.#index.versionOf(aor) + 1) >>> 0
      this.#add(group, group.frame.add(aor, next, version), this.#index.hashOf(aor), waiting)
    } catch (error) {
      waiting.failed(asError(error))
    }
  }

  /** Queues a record that was made elsewhere. */
  writeRecord(octets: Octets, at: number, waiting: Waiting): void {
    const group = this.#groupFor(waiting)
    if (group !== undefined) {
      this.#add(group, group.frame.addRecord(octets, at), undefined, waiting)
    }
  }

  /** Deletes durably what expired by `nowMs`, some time soon. */
  purge(nowMs: number): void {
    if (this.#isClosed) return
    this.#purgeBeforeMs = nowMs
    this.#start()
  }

  /** Lets the backend run although nothing waits: it heard that another node changed something. */
  poke(): void {
    if (this.#isClosed) return
    this.#mustLook = true
    this.#start()
  }

  /** Writes something after a failure, to learn whether it is over. */
  async probe(): Promise<void> {
    if (this.#isClosed) return
    this.#mustProbe = true
    this.#start()
    await this.#running
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#inTime)
    if (this.#go !== undefined) this.#schedule()
    await this.#running
    await this.#backend.close()
  }

  /** The group that gathers; undefined when the change is refused. */
  #groupFor(waiting: Waiting): Group | undefined {
    if (this.#isClosed) {
      waiting.failed(new AspisError('ERR_ASPIS_STORE_CLOSED', 'the location store is closed'))
      return undefined
    }
    if (this.#waiting >= LIMITS.maxStoreQueue) {
      waiting.failed(
        new AspisError('ERR_ASPIS_STORE_BUSY', `over ${LIMITS.maxStoreQueue} changes wait for the disk`),
      )
      return undefined
    }
    const last = this.#groups.at(-1)
    if (last !== undefined && !isFull(last)) return last
    const group = this.#spare.pop() ?? {
      frame: new Frame(this.#backend.headroom),
      starts: [],
      hashes: [],
      waiting: [],
    }
    this.#groups.push(group)
    return group
  }

  #add(group: Group, start: number, hash: number | undefined, waiting: Waiting): void {
    group.starts.push(start)
    group.hashes.push(hash)
    group.waiting.push(waiting)
    this.#waiting += 1
    if (this.#running === undefined) this.#start()
    else if (this.#go !== undefined) this.#schedule()
  }

  #start(): void {
    this.#running ??= this.#drain()
  }

  async #drain(): Promise<void> {
    do {
      await this.#gather()
      await this.#commitOnce()
    } while (this.#hasWork())
    this.#running = undefined
  }

  /** A turn of the loop reads many datagrams: their changes share one commit, where the first would go alone. */
  #gather(): Promise<void> {
    return new Promise(resolve => {
      this.#go = resolve
      this.#schedule()
    })
  }

  /**
   * Lets the group that gathers go at the end of this turn when the one before it is long enough ago, else in time.
   * Asked again whenever a change comes: one that comes nearly in time saves a wake-up of its own.
   */
  #schedule(): void {
    if (this.#atTurnEnd !== undefined) return
    const { gatherMs } = this.#backend
    const first = this.#groups[0]
    const mayWait = !this.#isClosed && (first === undefined || !isFull(first))
    const elapsedMs = performance.now() - this.#lastBeganMs
    if (mayWait && elapsedMs < NEARLY * gatherMs) {
      this.#inTime ??= setTimeout(this.#whenInTime, Math.ceil(gatherMs - elapsedMs))
    } else {
      this.#atTurnEnd = setImmediate(this.#whenTurnEnds)
    }
  }

  readonly #whenInTime = (): void => {
    this.#inTime = undefined
    if (this.#go !== undefined) this.#schedule()
  }

  readonly #whenTurnEnds = (): void => {
    this.#atTurnEnd = undefined
    const go = this.#go
    this.#go = undefined
    go?.()
  }

  #hasWork(): boolean {
    return this.#groups.length > 0 || this.#mustLook || this.#mustProbe || this.#purgeBeforeMs !== undefined
  }

  async #commitOnce(): Promise<void> {
    this.#lastBeganMs = performance.now()
    const group = this.#groups.shift()
    const batch: Batch = {
      frame: group?.frame ?? new Frame(this.#backend.headroom, 0),
      purgeBeforeMs: this.#purgeBeforeMs,
      isProbe: this.#mustProbe,
    }
    this.#purgeBeforeMs = undefined
    this.#mustLook = false
    this.#mustProbe = false
    let failure: Error | undefined
    let refusals: Refusals | undefined
    try {
      refusals = await this.#backend.commit(batch)
    } catch (error) {
      failure = asError(error)
    }
    this.#failure = failure
    if (group !== undefined) this.#end(group, failure, refusals)
  }

  #end(group: Group, failure: Error | undefined, refusals: Refusals | undefined): void {
    const { frame, starts, hashes, waiting } = group
    this.#waiting -= waiting.length
    if (failure === undefined) {
      for (let i = 0; i < starts.length; i++) {
        const start = starts[i] ?? 0
        if (refusals?.has(start) !== true) this.#index.apply(frame.octets, start, hashes[i])
      }
    }
    for (let i = 0; i < waiting.length; i++) {
      const each = waiting[i]
      if (each !== undefined) tell(each, failure ?? refusals?.get(starts[i] ?? -1))
    }
    frame.clear()
    starts.length = 0
    hashes.length = 0
    waiting.length = 0
    if (this.#spare.length < 2) this.#spare.push(group)
  }
}

/** One who throws is heard of, and does not keep the others from being told. */
function tell(waiting: Waiting, failure: Error | undefined): void {
  try {
    if (failure === undefined) waiting.stored()
    else waiting.failed(failure)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

function isFull({ frame }: Group): boolean {
  return frame.count >= LIMITS.maxStoreBatch || frame.size >= LIMITS.maxStoreBatchBytes
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
