const BITS = 1 << 20
/** Half of the table: beyond it one look in eight would be wrong. */
const MAX_FILL = BITS / 4

/** Whether something was seen before: a Bloom filter of two generations, 256 KiB, and two probes that stand side by side. */
export class SeenBefore {
  #young = new Uint8Array(BITS / 8)
  #old = new Uint8Array(BITS / 8)
  #count = 0

  /** @param hash a keyed 32-bit hash */
  add(hash: number): void {
    if (isIn(this.#young, hash)) return
    if (this.#count >= MAX_FILL) {
      const old = this.#old
      this.#old = this.#young
      this.#young = old.fill(0)
      this.#count = 0
    }
    const first = hash & (BITS - 1)
    const second = secondOf(hash)
    this.#young[first >>> 3] = (this.#young[first >>> 3] ?? 0) | (1 << (first & 7))
    this.#young[second >>> 3] = (this.#young[second >>> 3] ?? 0) | (1 << (second & 7))
    this.#count += 1
  }

  has(hash: number): boolean {
    return isIn(this.#young, hash) || isIn(this.#old, hash)
  }
}

function isIn(bits: Uint8Array, hash: number): boolean {
  const first = hash & (BITS - 1)
  if (((bits[first >>> 3] ?? 0) & (1 << (first & 7))) === 0) return false
  const second = secondOf(hash)
  return ((bits[second >>> 3] ?? 0) & (1 << (second & 7))) !== 0
}

/** In the same 64 octets as the first. */
function secondOf(hash: number): number {
  const first = hash & (BITS - 1)
  return (first & ~511) | ((Math.imul(hash, 0x9e3779b1) >>> 12) & 511)
}
