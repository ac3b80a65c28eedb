import { parseNetwork } from '../../base/network.ts'
import { REMOTE } from '../../net/batch-layout.ts'

/** Words of one network: mask and value of the first word, and of the second. */
const WORDS = 4

/**
 * Addresses and networks that are heard whatever comes: neighbours known by address, and those that the configuration
 * allows. Compared word by word, so that a datagram that is not read costs no text.
 */
export class FavouredNetworks {
  readonly #narrow: Int32Array
  readonly #wide: Int32Array

  /** @param texts `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/48`; what is no network is left out */
  constructor(texts: Iterable<string>) {
    const words: Record<4 | 6, number[]> = { 4: [], 6: [] }
    for (const text of texts) {
      const network = parseNetwork(text)
      if (network === undefined) continue
      const { version, bits, high, low } = network
      words[version].push(maskOf(bits), high | 0, maskOf(bits - 32), low | 0)
    }
    this.#narrow = Int32Array.from(words[4])
    this.#wide = Int32Array.from(words[6])
  }

  /** Whether a datagram comes from one of them. @param words its words, from `at` on */
  has(words: Int32Array, at: number): boolean {
    const second = words[at + REMOTE + 1] ?? 0
    const isWide = (second | (words[at + REMOTE + 2] ?? 0) | (words[at + REMOTE + 3] ?? 0)) !== 0
    const networks = isWide ? this.#wide : this.#narrow
    const first = words[at + REMOTE] ?? 0
    for (let each = 0; each < networks.length; each += WORDS) {
      if ((first & (networks[each] ?? 0)) !== networks[each + 1]) continue
      if (!isWide || (second & (networks[each + 2] ?? 0)) === networks[each + 3]) return true
    }
    return false
  }
}

/** A mask of so many bits from the top, of 32. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? -1 : -1 << (32 - bits)
}
