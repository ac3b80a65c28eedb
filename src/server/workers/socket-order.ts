import { randomBytes } from 'node:crypto'
import type { Order } from './orders.ts'

/** A worker, as far as its sockets go. */
export interface Opener {
  readonly number: number
  order(order: Order): void
}

/**
 * The order in which the system lists the sockets that share a port, which is how a program picks one of them: one behind
 * the other as they are opened; where one was closed the last one takes its place. So workers open theirs one by one.
 */
export class SocketOrder {
  readonly #order: number[] = []
  readonly #waiting: Opener[] = []
  #opening: Opener | undefined
  /** Odd, and drawn anew with each start. */
  readonly factor = (randomBytes(4).readUInt32LE(0) | 1) >>> 0

  /** Numbers of the workers. */
  get order(): readonly number[] {
    return this.#order
  }

  wants(member: Opener): void {
    this.#waiting.push(member)
    this.#next()
  }

  opened(member: Opener): void {
    this.#order.push(member.number)
    this.#done(member)
  }

  gone(member: Opener): void {
    const waiting = this.#waiting.indexOf(member)
    if (waiting >= 0) this.#waiting.splice(waiting, 1)
    const place = this.#opening === member ? -1 : this.#order.indexOf(member.number)
    const last = this.#order.at(-1)
    if (place >= 0 && last !== undefined) {
      this.#order[place] = last
      this.#order.pop()
    }
    this.#done(member)
  }

  #done(member: Opener): void {
    if (this.#opening !== member) return
    this.#opening = undefined
    this.#next()
  }

  #next(): void {
    if (this.#opening !== undefined) return
    this.#opening = this.#waiting.shift()
    this.#opening?.order({ kind: 'listen' })
  }
}
