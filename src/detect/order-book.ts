import { isBlock, type Order } from './order.ts'
import { ACTIONS } from './response.ts'
import { subjectKey } from './subject.ts'

/** Why an order is no longer in force. */
export type OrderEnd = 'ended' | 'made-room' | 'removed'

interface Held {
  order: Order
  dueMs: number
}

/** The orders in force, one a subject; bounded, and each ends by itself. Time is an argument: a monotonic clock, ms. */
export class OrderBook {
  readonly #maxOrders: number
  readonly #onEnd: (order: Order, why: OrderEnd) => void
  /** By subject, oldest first. */
  readonly #held = new Map<string, Held>()
  #nextDueMs = Number.POSITIVE_INFINITY

  constructor(maxOrders: number, onEnd: (order: Order, why: OrderEnd) => void) {
    this.#maxOrders = maxOrders
    this.#onEnd = onEnd
  }

  get size(): number {
    return this.#held.size
  }

  of(key: string): Order | undefined {
    return this.#held.get(key)?.order
  }

  *all(): IterableIterator<Order> {
    for (const { order } of this.#held.values()) yield order
  }

  /** Puts an order in force, in place of another one about the same subject. */
  put(order: Order, dueMs: number): void {
    const key = subjectKey(order.subject)
    if (!this.#held.has(key) && this.#held.size >= this.#maxOrders) this.#makeRoom()
    this.#held.set(key, { order, dueMs })
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs)
  }

  remove(key: string, why: OrderEnd = 'removed'): Order | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    this.#held.delete(key)
    this.#onEnd(held.order, why)
    return held.order
  }

  /** Ends what is due. */
  tick(nowMs: number): void {
    if (nowMs < this.#nextDueMs) return
    this.#nextDueMs = Number.POSITIVE_INFINITY
    for (const [key, { dueMs }] of this.#held) {
      if (dueMs <= nowMs) this.remove(key, 'ended')
      else if (dueMs < this.#nextDueMs) this.#nextDueMs = dueMs
    }
  }

  /** The oldest goes; an operator's own one only when there is no other. */
  #makeRoom(): void {
    let first: string | undefined
    for (const [key, { order }] of this.#held) {
      first ??= key
      if (order.by === 'operator') continue
      this.remove(key, 'made-room')
      return
    }
    if (first !== undefined) this.remove(first, 'made-room')
  }
}

/** How strong an order is beside another about the same subject. */
export function strengthOf({ action, isForUnproved }: Pick<Order, 'action' | 'isForUnproved'>): number {
  if (action === 'suspend') return ACTIONS.length
  return ACTIONS.indexOf(action) - (isForUnproved ? 0.5 : 0)
}

/** Whether a new order takes the place of the one in force. */
export function outweighs(next: Pick<Order, 'action' | 'isForUnproved'>, current: Order): boolean {
  if (current.by === 'operator') return false
  const difference = strengthOf(next) - strengthOf(current)
  // A block runs its time; a milder order is prolonged by each finding.
  return difference > 0 || (difference === 0 && !isBlock(current.action))
}
