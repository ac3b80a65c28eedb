import { randomInt } from 'node:crypto'
import { isLoopback } from './target.ts'

/**
 * Source addresses of an audit. On loopback everybody has an address of their own, and each attack a network of its
 * own, so that a ban of one is no ban of the next; elsewhere there is one address, the machine's.
 */
export class Addresses {
  readonly #isMany: boolean
  #second = randomInt(2, 250)
  #third = 0
  #fourth = 0

  /** @param targetIp of the target */
  constructor(targetIp: string) {
    this.#isMany = isLoopback(targetIp) && targetIp !== '::1'
  }

  get isMany(): boolean {
    return this.#isMany
  }

  /** A network that nobody used yet: an attack begins. */
  turnPage(): void {
    this.#third = (this.#third + 1) % 250
    this.#fourth = 0
    // A ban of an earlier attack may stand: what was used does not come again.
    if (this.#third === 0) this.#second = this.#second === 249 ? 2 : this.#second + 1
  }

  /** The next address; nothing where the system must choose. */
  next(): string | undefined {
    if (!this.#isMany) return undefined
    this.#fourth++
    if (this.#fourth > 250) {
      this.turnPage()
      this.#fourth = 1
    }
    return `127.${this.#second}.${this.#third}.${this.#fourth}`
  }
}
