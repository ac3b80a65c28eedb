import type { Watch } from './detector.ts'

/** Takes a listener out that threw. */
export type OnThrown = (id: string, error: unknown) => void

/**
 * Who wants to be told of one kind: functions side by side, called as they are. To look each up at its detector, or to
 * bind it, costs three times as much as what most of them do.
 */
export class Listeners<S> {
  readonly #ids: string[] = []
  readonly #functions: ((this: Watch, seen: S) => void)[] = []
  readonly #watches: Watch[] = []

  get length(): number {
    return this.#ids.length
  }

  add(id: string, watch: Watch, told: ((this: Watch, seen: S) => void) | undefined): void {
    if (told === undefined) return
    this.#ids.push(id)
    this.#functions.push(told)
    this.#watches.push(watch)
  }

  remove(id: string): void {
    const at = this.#ids.indexOf(id)
    if (at < 0) return
    for (const column of [this.#ids, this.#functions, this.#watches]) column.splice(at, 1)
  }

  /** Tells all of them. @param onThrown a listener that throws is taken out by it; those after it are told all the same */
  tell(seen: S, onThrown: OnThrown): void {
    for (let at = 0; at < this.#ids.length; ) at = this.#tellFrom(at, seen, onThrown)
  }

  /** @returns who is next, behind one that threw or all of them */
  #tellFrom(from: number, seen: S, onThrown: OnThrown): number {
    const functions = this.#functions
    const watches = this.#watches
    let at = from
    try {
      for (; at < functions.length; at += 1) {
        const watch = watches[at]
        if (watch !== undefined) functions[at]?.call(watch, seen)
      }
      return at
    } catch (error) {
      const watch = watches[at]
      onThrown(this.#ids[at] ?? '', error)
      return watches[at] === watch ? at + 1 : at
    }
  }
}
