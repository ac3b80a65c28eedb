import type { ServerTransaction } from './server-transaction.ts'

/**
 * Half-open: a server transaction that may be dropped when there is no room, because its source has not proved
 * that it receives, or because it has its final response and only waits for an ACK or for retransmissions. Each
 * stands in two lists by age, of all and of its source, so that dropping the oldest costs the same at any size.
 */
/**
 * Transactions by age; the links are fields of the transactions themselves, which spares an object each. The fields are
 * named here in full: one by a computed name costs some ten times as much.
 */
export class AgeList {
  oldest: ServerTransaction | undefined
  #newest: ServerTransaction | undefined
  readonly #isOfSource: boolean

  constructor(isOfSource: boolean) {
    this.#isOfSource = isOfSource
  }

  add(transaction: ServerTransaction): void {
    const newest = this.#newest
    this.#link(newest, transaction)
    this.#newest = transaction
  }

  remove(transaction: ServerTransaction): void {
    const older = this.#isOfSource ? transaction.olderOfSource : transaction.olderOfAll
    const newer = this.#isOfSource ? transaction.newerOfSource : transaction.newerOfAll
    this.#link(older, newer)
    if (newer === undefined) this.#newest = older
    if (this.#isOfSource) {
      transaction.olderOfSource = undefined
      transaction.newerOfSource = undefined
    } else {
      transaction.olderOfAll = undefined
      transaction.newerOfAll = undefined
    }
  }

  /** Makes them neighbours; one that is undefined stands for an end. */
  #link(older: ServerTransaction | undefined, newer: ServerTransaction | undefined): void {
    if (older === undefined) this.oldest = newer
    else if (this.#isOfSource) older.newerOfSource = newer
    else older.newerOfAll = newer
    if (newer === undefined) return
    if (this.#isOfSource) newer.olderOfSource = older
    else newer.olderOfAll = older
  }
}

/** Server transactions of one source. */
export interface Source {
  readonly name: string
  count: number
  /** Those that are not half-open: nothing may drop them. */
  pending: number
  readonly halfOpen: AgeList
}

/** Sources without a transaction that are kept: most come again at once, and a map that is emptied is made anew. */
const MAX_IDLE = 1024

/** Sources that have a transaction now, and some that had one. */
export class Sources {
  readonly #sources = new Map<string, Source>()
  readonly halfOpen = new AgeList(false)
  #size = 0

  /** Sources that have a transaction now. */
  get size(): number {
    return this.#size
  }

  find(name: string): Source | undefined {
    return this.#sources.get(name)
  }

  /** The source, with one transaction more. */
  enter(name: string): Source {
    let source = this.#sources.get(name)
    if (source === undefined) {
      source = { name, count: 0, pending: 0, halfOpen: new AgeList(true) }
      this.#sources.set(name, source)
    }
    if (source.count === 0) this.#size += 1
    source.count += 1
    source.pending += 1
    return source
  }

  leave(transaction: ServerTransaction): void {
    const { source } = transaction
    if (transaction.isHalfOpen) {
      transaction.isHalfOpen = false
      this.halfOpen.remove(transaction)
      source.halfOpen.remove(transaction)
    } else source.pending -= 1
    source.count -= 1
    if (source.count > 0) return
    this.#size -= 1
    if (this.#sources.size - this.#size > MAX_IDLE + this.#size) this.#dropIdle()
  }

  #dropIdle(): void {
    for (const [name, { count }] of this.#sources) if (count === 0) this.#sources.delete(name)
  }

  markHalfOpen(transaction: ServerTransaction): void {
    if (transaction.isHalfOpen) return
    transaction.isHalfOpen = true
    transaction.source.pending -= 1
    this.halfOpen.add(transaction)
    transaction.source.halfOpen.add(transaction)
  }
}
