import { AspisError } from '../../base/errors.ts'
import type { Waiting } from '../../store/group-commit.ts'
import type { LocationStore } from '../../store/location.ts'
import { CONFLICT, type IndexWatcher, type LocationFeed } from '../../store/location-feed.ts'
import { areRecords, endOfRecord, Frame } from '../../store/record/frame.ts'
import { HEAD, type Octets, octetsOf } from '../../store/record/layout.ts'
import { aorIn } from '../../store/record/read.ts'
import { type FrameReader, KIND } from './frame.ts'
import type { Link } from './link.ts'

/** Told at a start before anything else may run. */
const TOLD_AT_ONCE_BYTES = 256 * 1024
/** Of one refusal beside its texts and record. */
const REFUSAL_BYTES = 16
const OCTETS_PER_CHAR = 3

/** What the primary stores in. */
export interface HubStore {
  readonly location: Pick<LocationStore, 'dropFlow'>
  readonly feed: LocationFeed
}

/**
 * The primary's side of the location service: makes durable what the workers decide, and tells all of them of each
 * record that there is, in the order in which it became so.
 */
export class LocationHub implements IndexWatcher {
  readonly #store: HubStore
  readonly #links = new Set<Link>()

  constructor(store: HubStore) {
    this.#store = store
    store.feed.watch(this)
  }

  /** Tells a worker every record there is, and from now on each change. */
  async join(link: Link): Promise<void> {
    const { feed } = this.#store
    this.#links.add(link)
    const frame = new Frame()
    for (let slot = 0; slot < feed.slotEnd && link.isOpen; ) {
      frame.clear()
      slot = feed.copyTo(frame, slot, TOLD_AT_ONCE_BYTES)
      for (let at = frame.start; at < frame.end; at = endOfRecord(frame.octets, at)) {
        tell(link, frame.octets, at)
      }
      await new Promise(resolve => setImmediate(resolve))
      await link.drained()
    }
    if (link.begin(KIND.loaded, 0) !== undefined) link.end()
  }

  leave(link: Link): void {
    this.#links.delete(link)
  }

  applied(octets: Octets, at: number): void {
    for (const link of this.#links) tell(link, octets, at)
  }

  cleared(): void {
    for (const link of this.#links) if (link.begin(KIND.cleared, 0) !== undefined) link.end()
  }

  /** What a worker decided. */
  commit(link: Link, frame: FrameReader): void {
    // The frame's octets are good for this turn only.
    const bytes = Buffer.from(frame.rest())
    const octets = octetsOf(bytes)
    if (!areRecords(octets, 0, bytes.length)) return link.close()
    const commit = new Commit(link, octets, this.#store.feed)
    for (let at = 0; at < bytes.length; at = endOfRecord(octets, at)) commit.begin(at)
    commit.begun()
  }

  /** Connections that are gone with their worker. */
  async dropFlows(keys: Iterable<string>): Promise<void> {
    for (const key of keys) await this.#store.location.dropFlow(key)
  }
}

interface Refused {
  readonly at: number
  readonly error: Error
}

/** The records that one worker gave at a time, until it hears what became of them. */
class Commit {
  readonly #link: Link
  readonly #octets: Octets
  readonly #feed: LocationFeed
  readonly #refused: Refused[] = []
  /** One more than the records that wait, until all are begun. */
  #open = 1

  constructor(link: Link, octets: Octets, feed: LocationFeed) {
    this.#link = link
    this.#octets = octets
    this.#feed = feed
  }

  begin(at: number): void {
    this.#open += 1
    const waiting: Waiting = {
      stored: () => this.#ended(),
      failed: error => {
        this.#refused.push({ at, error })
        this.#ended()
      },
    }
    this.#feed.take(this.#octets, at, waiting)
  }

  begun(): void {
    this.#ended()
  }

  #ended(): void {
    this.#open -= 1
    if (this.#open > 0) return
    const refusals = this.#refused.map(({ at, error }) => this.#explain(at, error))
    const size = refusals.reduce((sum, each) => sum + each.size, 4)
    const out = this.#link.begin(KIND.committed, size)
    if (out === undefined) return
    out.u32(refusals.length)
    for (const { at, code, message, current } of refusals) {
      out.u32(at)
      out.short(code)
      out.u16(Buffer.byteLength(message))
      out.utf8(message)
      out.u32(current.length)
      out.raw(current)
    }
    this.#link.end()
  }

  /** A late one is told what there is, so that it decides on that. */
  #explain(at: number, error: Error) {
    const code = error instanceof AspisError ? error.code : 'ERR_ASPIS_STORE_UNAVAILABLE'
    const frame = new Frame(0, 0)
    if (code === CONFLICT) this.#feed.copyOne(frame, aorIn(this.#octets, at))
    const current = frame.octets.bytes.subarray(frame.start, frame.end)
    const message = error.message.slice(0, 1000)
    const size = REFUSAL_BYTES + code.length + OCTETS_PER_CHAR * message.length + current.length
    return { at, code, message, current, size }
  }
}

function tell(link: Link, { bytes, view }: Octets, at: number): void {
  const length = view.getUint32(at + HEAD.length, true)
  const out = link.begin(KIND.change, length)
  // A worker that missed a change would serve what is no longer there: it has to begin anew.
  if (out === undefined) return link.close()
  out.raw(bytes.subarray(at, at + length))
  link.end()
}
