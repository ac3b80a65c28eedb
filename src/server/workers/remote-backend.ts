import { AspisError } from '../../base/errors.ts'
import type { Batch, LocationBackend, Refusals } from '../../store/group-commit.ts'
import { CONFLICT } from '../../store/location-feed.ts'
import type { LocationIndex } from '../../store/memory/location-index.ts'
import { areRecords } from '../../store/record/frame.ts'
import { type Octets, octetsOf } from '../../store/record/layout.ts'
import { aorIn } from '../../store/record/read.ts'
import { type FrameReader, KIND } from './frame.ts'
import type { Link, LinkUser } from './link.ts'

const NONE: Refusals = new Map()

interface Under {
  readonly octets: Octets
  readonly start: number
  readonly resolve: (refusals: Refusals) => void
  readonly reject: (error: Error) => void
}

/**
 * A worker's way to durability: the primary stores, and tells all workers of every record in one order. Where another
 * worker was faster, the record is refused, and what there is now comes with the refusal.
 */
export class RemoteBackend implements LocationBackend, LinkUser {
  readonly headroom = 0
  /** Who has the log gathers. */
  readonly gatherMs = 0
  readonly #index: LocationIndex
  readonly #onLost: () => void
  readonly #loaded = Promise.withResolvers<void>()
  #link: Link | undefined
  #under: Under | undefined

  /** @param onLost the primary is gone: nothing can be stored any more */
  constructor(index: LocationIndex, onLost: () => void) {
    this.#index = index
    this.#onLost = onLost
  }

  /** Resolves when every record is here. */
  load(link: Link): Promise<void> {
    this.#link = link
    return this.#loaded.promise
  }

  commit({ frame }: Batch): Promise<Refusals> {
    // What expired, and whether the disk is back, is the primary's to see.
    if (frame.count === 0) return Promise.resolve(NONE)
    const out = this.#link?.begin(KIND.commit, frame.size)
    if (out === undefined) {
      return Promise.reject(new AspisError('ERR_ASPIS_STORE_BUSY', 'the process that stores is behind'))
    }
    const { octets, start, end } = frame
    out.raw(octets.bytes.subarray(start, end))
    this.#link?.end()
    return new Promise((resolve, reject) => {
      this.#under = { octets, start, resolve, reject }
    })
  }

  async close(): Promise<void> {}

  onFrame(kind: number, frame: FrameReader): void {
    switch (kind) {
      case KIND.change:
        return this.#apply(frame.rest())
      case KIND.cleared:
        return this.#index.clear()
      case KIND.loaded:
        return this.#loaded.resolve()
      case KIND.committed: {
        const under = this.#under
        this.#under = undefined
        if (under !== undefined) under.resolve(this.#refusals(under, frame))
      }
    }
  }

  onClosed(): void {
    this.#under?.reject(new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', 'the process that stores is gone'))
    this.#onLost()
  }

  #refusals({ octets, start }: Under, frame: FrameReader): Refusals {
    const count = frame.u32()
    if (count === 0) return NONE
    const refusals = new Map<number, Error>()
    for (let i = 0; i < count; i += 1) {
      const at = start + frame.u32()
      const code = frame.short()
      const message = frame.utf8(frame.u16())
      const current = frame.octets(frame.u32())
      if (current.length > 0) this.#apply(current)
      else if (code === CONFLICT) this.#index.set(aorIn(octets, at), [])
      refusals.set(at, new AspisError(knownCode(code), message))
    }
    return refusals
  }

  #apply(bytes: Buffer): void {
    const octets = octetsOf(bytes)
    if (areRecords(octets, 0, bytes.length)) this.#index.apply(octets, 0)
    else this.#link?.close()
  }
}

function knownCode(code: string): AspisError['code'] {
  const known = [
    CONFLICT,
    'ERR_ASPIS_STORE_BUSY',
    'ERR_ASPIS_STORE_CLOSED',
    'ERR_ASPIS_STORE_CORRUPT',
  ] as const
  return known.find(each => each === code) ?? 'ERR_ASPIS_STORE_UNAVAILABLE'
}
