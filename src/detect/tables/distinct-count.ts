/** Octets of a counter: the standard error is 1.04 / √64, 13 %; up to 40 it is exact to one or two. */
const REGISTERS = 64
const INDEX_BITS = 6
const ALPHA = 0.709

/** How many different things were seen, in 64 octets: HyperLogLog (Flajolet and others, 2007) with linear counting below. */
export class DistinctCount {
  readonly #registers = new Uint8Array(REGISTERS)
  #zeros = REGISTERS
  #sum = REGISTERS

  /** @param hash a keyed 32-bit hash of the thing; whether the count may have changed */
  add(hash: number): boolean {
    const index = hash >>> (32 - INDEX_BITS)
    const rank = Math.clz32((hash << INDEX_BITS) | (1 << (INDEX_BITS - 1))) + 1
    const before = this.#registers[index] ?? 0
    if (rank <= before) return false
    this.#registers[index] = rank
    if (before === 0) this.#zeros -= 1
    this.#sum += 2 ** -rank - 2 ** -before
    return true
  }

  get estimate(): number {
    const raw = (ALPHA * REGISTERS * REGISTERS) / this.#sum
    if (raw > 2.5 * REGISTERS || this.#zeros === 0) return raw
    return REGISTERS * Math.log(REGISTERS / this.#zeros)
  }

  /** Takes over what another one saw. */
  merge(other: DistinctCount): void {
    this.#zeros = 0
    this.#sum = 0
    for (let i = 0; i < REGISTERS; i += 1) {
      const register = Math.max(this.#registers[i] ?? 0, other.#registers[i] ?? 0)
      this.#registers[i] = register
      if (register === 0) this.#zeros += 1
      this.#sum += 2 ** -register
    }
  }

  clear(): void {
    this.#registers.fill(0)
    this.#zeros = REGISTERS
    this.#sum = REGISTERS
  }
}
