import { type Octets, octetsOf } from '../record/layout.ts'

/** A place is counted in units, so that 32 bits name 64 GB. */
const UNIT_BITS = 4
const UNIT_BYTES = 1 << UNIT_BITS
const CHUNK_BITS = 23
const CHUNK_BYTES = 1 << CHUNK_BITS
const UNITS_BITS = CHUNK_BITS - UNIT_BITS
const UNIT_MASK = (1 << UNITS_BITS) - 1
/** Sizes up to so many units have a list of free places each; larger ones grow by an eighth. */
const EXACT_UNITS = 64
/** What is larger lies in a chunk of its own. */
const MAX_SHARED_BYTES = CHUNK_BYTES / 4
const CLASSES = 160

/**
 * Room for short pieces of octets outside the JavaScript heap, where a million of them cost the garbage collector
 * nothing. Freed places are used again for the next piece of that size.
 */
export class OctetPool {
  readonly #chunks: Octets[] = []
  /** First free place of each size plus 1, 0 for none; each free place holds the next one alike. */
  readonly #free = new Float64Array(CLASSES)
  readonly #emptyChunks: number[] = []
  #current = -1
  #usedUnits = UNIT_MASK + 1

  /** Octets of all chunks. */
  get allocatedBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0)
  }

  /** The octets in which a place lies. */
  octetsOf(place: number): Octets {
    return this.#chunks[place >>> UNITS_BITS] ?? NOTHING
  }

  /** Where in them it begins. */
  offsetOf(place: number): number {
    return (place & UNIT_MASK) << UNIT_BITS
  }

  /** Whether a piece of one size fits where one of the other size lies, without waste. */
  isSameSize(bytes: number, others: number): boolean {
    return bytes <= MAX_SHARED_BYTES && others <= MAX_SHARED_BYTES && classOf(bytes) === classOf(others)
  }

  /** @returns a place with room for so many octets */
  allocate(bytes: number): number {
    if (bytes > MAX_SHARED_BYTES) return this.#addChunk(bytes) * (UNIT_MASK + 1)
    const sizeClass = classOf(bytes)
    const free = (this.#free[sizeClass] ?? 0) - 1
    if (free >= 0) {
      this.#free[sizeClass] = this.octetsOf(free).view.getUint32(this.offsetOf(free), true)
      return free
    }
    const units = unitsOf(sizeClass)
    if (this.#usedUnits + units > UNIT_MASK + 1) {
      this.#current = this.#addChunk(CHUNK_BYTES)
      this.#usedUnits = 0
    }
    const place = this.#current * (UNIT_MASK + 1) + this.#usedUnits
    this.#usedUnits += units
    return place
  }

  /** @param bytes what it was allocated for */
  free(place: number, bytes: number): void {
    if (bytes > MAX_SHARED_BYTES) {
      const chunk = place >>> UNITS_BITS
      this.#chunks[chunk] = NOTHING
      this.#emptyChunks.push(chunk)
      return
    }
    const sizeClass = classOf(bytes)
    this.octetsOf(place).view.setUint32(this.offsetOf(place), this.#free[sizeClass] ?? 0, true)
    this.#free[sizeClass] = place + 1
  }

  clear(): void {
    this.#chunks.length = 0
    this.#emptyChunks.length = 0
    this.#free.fill(0)
    this.#current = -1
    this.#usedUnits = UNIT_MASK + 1
  }

  #addChunk(bytes: number): number {
    const octets = octetsOf(Buffer.allocUnsafeSlow(bytes))
    const empty = this.#emptyChunks.pop()
    if (empty !== undefined) {
      this.#chunks[empty] = octets
      return empty
    }
    return this.#chunks.push(octets) - 1
  }
}

const NOTHING: Octets = octetsOf(Buffer.alloc(0))

/** The list of free places that a size belongs to. */
function classOf(bytes: number): number {
  const units = (bytes + UNIT_BYTES - 1) >>> UNIT_BITS
  if (units <= EXACT_UNITS) return units
  // Eighths of the next lower power of two: 64 < units, so that each step is at least 8 units.
  const shift = 28 - Math.clz32(units - 1)
  return EXACT_UNITS + 8 * (shift - 3) + (((units - 1) >>> shift) & 7) + 1
}

/** Units of the largest piece of a list. */
function unitsOf(sizeClass: number): number {
  if (sizeClass <= EXACT_UNITS) return sizeClass
  const step = sizeClass - EXACT_UNITS - 1
  const shift = (step >>> 3) + 3
  return (8 + (step & 7) + 1) << shift
}
