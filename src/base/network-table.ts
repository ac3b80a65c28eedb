import { ipWords } from './ip-address.ts'
import { masked, type Network, quadWord } from './network.ts'

/** Prefixes of one length, by their first word. */
interface Level<M> {
  readonly bits: number
  readonly values: Map<number, M>
}

/**
 * Values of networks, found by an address that lies in one: a look-up for each length of prefix in use, however many
 * networks there are. The caller bounds how many it sets.
 */
export class NetworkTable<V> {
  readonly #narrow: Level<V>[] = []
  readonly #wide: Level<Map<number, V>>[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Whether it holds anything of a version: what a caller asks before it makes a text for the look-up. */
  has(version: 4 | 6): boolean {
    return version === 4 ? this.#narrow.length > 0 : this.#wide.length > 0
  }

  /** The value of exactly this network. */
  get(network: Network): V | undefined {
    return network.version === 4
      ? this.#narrow.find(({ bits }) => bits === network.bits)?.values.get(network.high)
      : this.#wide
          .find(({ bits }) => bits === network.bits)
          ?.values.get(network.high)
          ?.get(network.low)
  }

  set(network: Network, value: V): void {
    if (this.get(network) === undefined) this.#size += 1
    if (network.version === 4) {
      const level = levelOf(this.#narrow, network.bits)
      level.values.set(network.high, value)
      return
    }
    const level = levelOf(this.#wide, network.bits)
    const inner = level.values.get(network.high) ?? new Map<number, V>()
    inner.set(network.low, value)
    level.values.set(network.high, inner)
  }

  delete(network: Network): boolean {
    if (this.get(network) === undefined) return false
    this.#size -= 1
    if (network.version === 4) {
      const level = this.#narrow.find(({ bits }) => bits === network.bits)
      level?.values.delete(network.high)
      if (level?.values.size === 0) this.#narrow.splice(this.#narrow.indexOf(level), 1)
      return true
    }
    const level = this.#wide.find(({ bits }) => bits === network.bits)
    const inner = level?.values.get(network.high)
    inner?.delete(network.low)
    if (inner?.size === 0) level?.values.delete(network.high)
    if (level?.values.size === 0) this.#wide.splice(this.#wide.indexOf(level), 1)
    return true
  }

  /**
   * The value of the narrowest network that an address lies in.
   * @param ip IPv4, or IPv6 without brackets; anything else lies in none
   */
  covering(ip: string): V | undefined {
    if (this.#size === 0) return undefined
    const quad = quadWord(ip)
    if (quad >= 0) {
      for (const { bits, values } of this.#narrow) {
        const found = values.get(masked(quad, bits))
        if (found !== undefined) return found
      }
      return undefined
    }
    if (this.#wide.length === 0) return undefined
    const words = ipWords(ip)
    if (words === undefined) return undefined
    const [high = 0, low = 0] = words
    for (const { bits, values } of this.#wide) {
      const found = values.get(masked(high >>> 0, bits))?.get(masked(low >>> 0, bits - 32))
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** The level of a length, made in its place: the longest prefixes come first. */
function levelOf<M>(levels: Level<M>[], bits: number): Level<M> {
  const known = levels.find(level => level.bits === bits)
  if (known !== undefined) return known
  const made: Level<M> = { bits, values: new Map() }
  levels.push(made)
  levels.sort((a, b) => b.bits - a.bits)
  return made
}
