import type { Watch } from './detector.ts'
import { Listeners, type OnThrown } from './listeners.ts'

/** How the sightings of one kind are told apart before anybody is called. */
export interface Sorting<S, Only> {
  /** Bound of the places. */
  readonly places: number
  placeOf(seen: S): number
  /** Whether a detector with that filter is to be told what belongs to a place. */
  isFor(place: number, only: Only): boolean
}

/**
 * Listeners of one kind, sorted beforehand by what they care for: most detectors have nothing to say about a request
 * inside a call, a login that succeeded or a call that rings, and are then not even called.
 */
export class SortedListeners<S, Only> {
  readonly #sorting: Sorting<S, Only>
  readonly #lists: readonly Listeners<S>[]
  readonly #ids = new Set<string>()

  constructor(sorting: Sorting<S, Only>) {
    this.#sorting = sorting
    this.#lists = Array.from({ length: sorting.places }, () => new Listeners<S>())
  }

  get length(): number {
    return this.#ids.size
  }

  add(
    id: string,
    watch: Watch,
    told: ((this: Watch, seen: S) => void) | undefined,
    only: Only | undefined,
  ): void {
    if (told === undefined) return
    this.#ids.add(id)
    for (const [place, list] of this.#lists.entries())
      if (only === undefined || this.#sorting.isFor(place, only)) list.add(id, watch, told)
  }

  remove(id: string): void {
    if (!this.#ids.delete(id)) return
    for (const list of this.#lists) list.remove(id)
  }

  tell(seen: S, onThrown: OnThrown): void {
    this.#lists[this.#sorting.placeOf(seen)]?.tell(seen, onThrown)
  }
}
