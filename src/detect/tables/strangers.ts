import type { Source } from '../source.ts'
import type { Slot } from './slot-table.ts'

const DAY_MS = 86_400_000

/** Whether who sends is known: a neighbour, allowed by name, or an own user logged in from there within a day. */
export function isKnown(source: Source, nowMs: number): boolean {
  return source.trunk !== undefined || source.isAllowed || nowMs - source.lastLoginMs < DAY_MS
}

/** What a span of time brought from strangers that led nowhere. */
export interface Span {
  requests: number
  sources: number
}

export interface StrangersOptions {
  /** Bound of the table of sources. */
  readonly slots: number
  readonly cellMs: number
  /** Spans after which it is final that something led nowhere. */
  readonly patience: number
  /** Of one source at most so many requests count, so that one alone makes no crowd. */
  readonly maxPerSource: number
}

/**
 * Requests of strangers that lead nowhere: no login, no call that rings. Time is cut in cells; what a source sends is
 * counted where it first came, and taken back when it leads somewhere within the patience. So the honest, who all come
 * at once after a power cut, leave nothing, and a flood leaves all of it. Ten octets a source, no allocation.
 */
export class Strangers {
  readonly #options: StrangersOptions
  readonly #ring: Span[]
  readonly #generations: Int32Array
  readonly #firstCells: Int32Array
  readonly #pending: Uint16Array
  #cell = -1

  constructor(options: StrangersOptions) {
    this.#options = options
    this.#ring = Array.from({ length: options.patience + 1 }, () => ({ requests: 0, sources: 0 }))
    this.#generations = new Int32Array(options.slots)
    this.#firstCells = new Int32Array(options.slots)
    this.#pending = new Uint16Array(options.slots)
  }

  /** A stranger sent something. @returns whether it is the first in a while */
  came({ slot, generation }: Slot, nowMs: number, messages = 1): boolean {
    const cell = this.#cellAt(nowMs)
    const isFirst = !this.#isOpen(slot, generation)
    if (isFirst) {
      this.#generations[slot] = generation
      this.#firstCells[slot] = cell
      this.#pending[slot] = 0
      this.#spanOf(cell).sources += 1
    }
    const before = this.#pending[slot] ?? 0
    const counted = Math.min(messages, this.#options.maxPerSource - before)
    if (counted <= 0) return isFirst
    this.#pending[slot] = before + counted
    this.#spanOf(this.#firstCells[slot] ?? cell).requests += counted
    return isFirst
  }

  /**
   * It led somewhere: what the source sent is taken back.
   * @returns how many requests; negative when they were told as final before
   */
  settled({ slot, generation }: Slot): number {
    if (this.#generations[slot] !== generation) return 0
    const taken = this.#pending[slot] ?? 0
    this.#pending[slot] = 0
    if (!this.#isOpen(slot, generation)) return -taken
    const span = this.#spanOf(this.#firstCells[slot] ?? 0)
    span.requests -= taken
    span.sources -= 1
    this.#firstCells[slot] = -1
    return taken
  }

  /**
   * Tells what is final since the last time, in cells of time, oldest first.
   * @param closed told each cell's sums and its end
   */
  advance(nowMs: number, closed: (span: Readonly<Span>, endMs: number) => void): void {
    const { cellMs, patience } = this.#options
    const cell = Math.floor(nowMs / cellMs)
    if (this.#cell < 0) this.#cell = cell
    const turns = Math.min(cell - this.#cell, 4 * this.#ring.length)
    if (turns <= 0) return
    if (turns < cell - this.#cell) this.#cell = cell - turns
    while (this.#cell < cell) {
      this.#cell += 1
      const span = this.#spanOf(this.#cell)
      closed(span, (this.#cell - patience) * cellMs)
      span.requests = 0
      span.sources = 0
    }
  }

  #cellAt(nowMs: number): number {
    if (this.#cell < 0) this.#cell = Math.floor(nowMs / this.#options.cellMs)
    return this.#cell
  }

  /** It has requests in a cell that is not final. */
  #isOpen(slot: number, generation: number): boolean {
    if (this.#generations[slot] !== generation) return false
    const first = this.#firstCells[slot] ?? -1
    return first >= 0 && this.#cell - first <= this.#options.patience
  }

  #spanOf(cell: number): Span {
    const ring = this.#ring
    return ring[cell % ring.length] ?? { requests: 0, sources: 0 }
  }
}

/** Phases of a call by which what a stranger sent led somewhere. */
export const LED_SOMEWHERE = ['ringing', 'answered'] as const
