import type { Flow, Hop } from '../../base/flow.ts'
import type { TransactionKey } from './key.ts'
import { OctetQueue } from './octet-queue.ts'

/** An entry of the index: empty, or one more than the position of a row, and above it how far from home it stands. */
const FREE = 0

/** What is remembered of a transaction that is over but for what comes late. */
export interface FinishedTransaction {
  /** The flow of the request that it began with. */
  readonly flow: Flow
  /** Where a client transaction sent its request; undefined for a server transaction. */
  readonly hop: Hop | undefined
  /** What a repeated request is answered with; '' when it is met with silence. */
  readonly text: string
  /** The request's top Via asked for its source port (RFC 3581 §3). */
  readonly asksForSource: boolean
}

/**
 * Transactions that have had their final response and only wait for retransmissions: 32 s long (64*T1), so that at
 * 5,000 calls a second a million of them are there. As objects they cost half of a call's time: the collector
 * copies and marks them, and each is met cold once more when its timer fires. Here one is a row of typed arrays, in the
 * order in which they end, found by its key.
 *
 * All rows live equally long. When the bound is reached the oldest goes.
 */
export class FinishedTransactions {
  readonly #maxRows: number
  readonly #maxOctets: number
  readonly #mask: number
  readonly #first: Int32Array
  readonly #second: Int32Array
  readonly #dueMs: Float64Array
  readonly #places: Float64Array
  readonly #lengths: Uint16Array
  readonly #asksForSource: Uint8Array
  readonly #flows: (Flow | undefined)[] = []
  readonly #hops: (Hop | undefined)[] = []
  /** Open addressing with linear steps, at most half full. */
  readonly #index: Int32Array
  /** Bits of an entry that tell the row. The others spare a look at keys that are somewhere else in memory. */
  readonly #rowBits: number
  /** Says: so far from home or farther. */
  readonly #farthest: number
  readonly #texts = new OctetQueue()
  /** Rows are numbered on and on; a number's low bits are its position. */
  #head = 0
  #tail = 0
  /** Dropped before their time since the bound was reached. */
  dropped = 0

  /**
   * @param maxRows bound, rounded up to a power of two; typed arrays take memory as they are used
   * @param maxOctets bound of the texts together
   */
  constructor(maxRows: number, maxOctets: number) {
    const rows = 2 ** Math.ceil(Math.log2(Math.max(2, maxRows)))
    this.#maxRows = rows
    this.#maxOctets = maxOctets
    this.#mask = rows - 1
    this.#first = new Int32Array(rows)
    this.#second = new Int32Array(rows)
    this.#dueMs = new Float64Array(rows)
    this.#places = new Float64Array(rows)
    this.#lengths = new Uint16Array(rows)
    this.#asksForSource = new Uint8Array(rows)
    this.#index = new Int32Array(2 * rows)
    this.#rowBits = 32 - Math.clz32(rows)
    this.#farthest = 2 ** (32 - this.#rowBits) - 1
  }

  get size(): number {
    return this.#tail - this.#head
  }

  /** When the oldest goes; undefined when there is none. */
  get nextMs(): number | undefined {
    return this.#head === this.#tail ? undefined : this.#dueMs[this.#head & this.#mask]
  }

  /** @param dueMs never less than that of the row before */
  add(key: TransactionKey, dueMs: number, { flow, hop, text, asksForSource }: FinishedTransaction): void {
    if (this.size === this.#maxRows) this.#dropEarly()
    while (this.#texts.size + text.length > this.#maxOctets && this.size > 0) this.#dropEarly()
    const at = this.#tail & this.#mask
    this.#first[at] = key.first
    this.#second[at] = key.second
    this.#dueMs[at] = dueMs
    this.#lengths[at] = text.length
    this.#places[at] = text === '' ? 0 : this.#texts.add(text)
    this.#asksForSource[at] = asksForSource ? 1 : 0
    this.#flows[at] = flow
    this.#hops[at] = hop
    const last = this.#index.length - 1
    const home = key.second & last
    let slot = home
    while (this.#index[slot] !== FREE) slot = (slot + 1) & last
    this.#index[slot] = this.#entry(at + 1, (slot - home) & last)
    this.#tail += 1
  }

  find(key: TransactionKey): FinishedTransaction | undefined {
    if (this.#head === this.#tail) return undefined
    const { first, second } = key
    const index = this.#index
    const last = index.length - 1
    const rowBits = this.#rowBits
    const farthest = this.#farthest
    let away = 0
    for (let slot = second & last; index[slot] !== FREE; slot = (slot + 1) & last) {
      const entry = index[slot] ?? FREE
      if (entry >>> rowBits === away) {
        const at = (entry & ((1 << rowBits) - 1)) - 1
        if (this.#first[at] === first && this.#second[at] === second) return this.#rowAt(at)
      }
      if (away < farthest) away += 1
    }
    return undefined
  }

  /** Forgets what is due. */
  expire(nowMs: number): void {
    for (let next = this.nextMs; next !== undefined && next <= nowMs; next = this.nextMs) this.#drop()
  }

  clear(): void {
    this.expire(Number.POSITIVE_INFINITY)
  }

  #rowAt(at: number): FinishedTransaction | undefined {
    const flow = this.#flows[at]
    if (flow === undefined) return undefined
    const length = this.#lengths[at] ?? 0
    return {
      flow,
      hop: this.#hops[at],
      text: length === 0 ? '' : this.#texts.text(this.#places[at] ?? 0, length),
      asksForSource: this.#asksForSource[at] === 1,
    }
  }

  #dropEarly(): void {
    this.dropped += 1
    this.#drop()
  }

  #drop(): void {
    const at = this.#head & this.#mask
    this.#unindex(at)
    this.#flows[at] = undefined
    this.#hops[at] = undefined
    this.#head += 1
    const length = this.#lengths[at] ?? 0
    if (length > 0) this.#texts.drop(length, this.#nextPlace())
  }

  /** Where the text of the oldest row that has one stands. */
  #nextPlace(): number | undefined {
    if (this.#texts.size === 0) return undefined
    for (let row = this.#head; row < this.#tail; row++) {
      if ((this.#lengths[row & this.#mask] ?? 0) > 0) return this.#places[row & this.#mask]
    }
    return undefined
  }

  #entry(row: number, away: number): number {
    return row | (Math.min(away, this.#farthest) << this.#rowBits)
  }

  /** Takes a row out of the index; those behind it move up, so that no look-up ends too early. */
  #unindex(at: number): void {
    const index = this.#index
    const last = index.length - 1
    const rowBits = this.#rowBits
    const rowMask = (1 << rowBits) - 1
    let hole = (this.#second[at] ?? 0) & last
    while (((index[hole] ?? 0) & rowMask) !== at + 1) hole = (hole + 1) & last
    for (let slot = (hole + 1) & last; index[slot] !== FREE; slot = (slot + 1) & last) {
      const entry = index[slot] ?? FREE
      const row = entry & rowMask
      let away = entry >>> rowBits
      if (away === this.#farthest) away = (slot - (this.#second[row - 1] ?? 0)) & last
      const gap = (slot - hole) & last
      if (away < gap) continue
      index[hole] = this.#entry(row, away - gap)
      hole = slot
    }
    index[hole] = FREE
  }
}
