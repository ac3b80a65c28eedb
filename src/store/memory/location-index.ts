import { randomBytes } from 'node:crypto'
import type { Binding } from '../location.ts'
import type { IndexWatcher } from '../location-feed.ts'
import { Frame } from '../record/frame.ts'
import { HEAD, type Octets } from '../record/layout.ts'
import { aorIn, bindingsIn, flowsIn, isAorAt, isSameAor, isWide } from '../record/read.ts'
import { hashOfOctets, hashOfText } from '../record/text-hash.ts'
import { ExpiryHeap, enlarged } from './expiry-heap.ts'
import { FlowLinks } from './flow-links.ts'
import { OctetPool } from './octet-pool.ts'
import { PlaceTable } from './place-table.ts'

const NONE: readonly Binding[] = []

/** What filing anew costs, where forgetting is 1. */
const FILING_COST = 0.125

/**
 * Every binding of this node in memory: by address-of-record, by flow, and by expiry.
 *
 * What an address-of-record has is one record of octets in a pool outside the heap; strings are made when somebody
 * asks. So a million of them take some 120 octets each beyond their texts, keep no received message alive, and
 * are nothing that the garbage collector walks. A slot is a small number that stays with an address-of-record.
 */
export class LocationIndex {
  readonly #pool = new OctetPool()
  readonly #table = new PlaceTable()
  readonly #expiry = new ExpiryHeap()
  readonly #flows = new FlowLinks()
  readonly #seed = randomBytes(4).readUInt32LE(0)
  /** By slot: the place of its record plus 1; 0 when the slot is free. */
  #places: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  #freeSlots: number[] = []
  #slotEnd = 0
  #count = 0
  /** What was looked up last, as a registration asks three times; undefined once anything changed. */
  #lastAor: string | undefined
  #lastPlace = -1
  #lastHash = 0
  #watcher: IndexWatcher | undefined
  readonly #scratch = new Frame()
  readonly #hashes: number[] = []
  readonly #seeFlow = (start: number, chars: number): void => {
    const { bytes, isWide: wide } = this.#seen
    this.#hashes.push(hashOfOctets(bytes, start, chars, wide, this.#seed))
  }
  readonly #seen: { bytes: Buffer; isWide: boolean } = { bytes: Buffer.alloc(0), isWide: false }

  /** Bindings held. */
  get count(): number {
    return this.#count
  }

  /** Tells somebody of every record that is taken over from now on. */
  watch(watcher: IndexWatcher | undefined): void {
    this.#watcher = watcher
  }

  /** Addresses-of-record held. */
  get aorCount(): number {
    return this.#table.count
  }

  /** Slots in use are below this number. */
  get slotEnd(): number {
    return this.#slotEnd
  }

  *aors(): Generator<string> {
    for (let slot = 0; slot < this.#slotEnd; slot++) {
      const place = this.#placeOf(slot)
      if (place >= 0) yield aorIn(this.#pool.octetsOf(place), this.#pool.offsetOf(place))
    }
  }

  /** All bindings, expired ones too. */
  all(aor: string): readonly Binding[] {
    const place = this.#find(aor)
    return place < 0 ? NONE : bindingsIn(this.#pool.octetsOf(place), this.#pool.offsetOf(place))
  }

  /** Bindings that did not expire by `nowMs`. */
  alive(aor: string, nowMs: number): readonly Binding[] {
    const place = this.#find(aor)
    if (place < 0) return NONE
    const octets = this.#pool.octetsOf(place)
    const at = this.#pool.offsetOf(place)
    const bindings = bindingsIn(octets, at)
    if (octets.view.getFloat64(at + HEAD.earliestMs, true) > nowMs) return bindings
    return bindings.filter(binding => binding.expiresAtMs > nowMs)
  }

  /** How many changes the address-of-record had since it is there, modulo 2^32; 0 when it is not. */
  versionOf(aor: string): number {
    const place = this.#find(aor)
    if (place < 0) return 0
    return this.#pool.octetsOf(place).view.getUint32(this.#pool.offsetOf(place) + HEAD.version, true)
  }

  /** Addresses-of-record with a binding of this flow. */
  aorsOfFlow(flowKey: string): readonly string[] {
    const aors = new Set<string>()
    for (const slot of this.#flows.slotsOf(hashOfText(flowKey, this.#seed))) {
      const place = this.#placeOf(slot)
      const bindings = bindingsIn(this.#pool.octetsOf(place), this.#pool.offsetOf(place))
      const isThere = bindings.some(each => each.flowToken === flowKey || each.received === flowKey)
      if (isThere && bindings[0] !== undefined) aors.add(bindings[0].aor)
    }
    return [...aors]
  }

  /** Sets what an address-of-record has; an empty list forgets it. */
  set(aor: string, bindings: readonly Binding[]): void {
    this.#put(aor, bindings, (this.versionOf(aor) + 1) >>> 0)
  }

  /** What `apply` may be told, so that it need not read the address-of-record again. */
  hashOf(aor: string): number {
    this.#find(aor)
    return this.#lastHash
  }

  /**
   * Takes over a record: from now on its address-of-record has what stands in it.
   * @param known what `hashOf` said of it
   */
  apply(octets: Octets, at: number, known?: number): void {
    const { bytes, view } = octets
    const wide = isWide(bytes, at)
    const hash = known ?? this.#hashAt(octets, at)
    const place = this.#findRecord(octets, at, hash)
    this.#lastAor = undefined
    const count = view.getUint16(at + HEAD.count, true)
    this.#watcher?.applied(octets, at)
    if (count === 0) {
      if (place >= 0) this.#forget(place, hash)
      return
    }
    const length = view.getUint32(at + HEAD.length, true)
    const slot = place < 0 ? this.#newSlot() : this.#slotAt(place)
    if (place >= 0) this.#count -= this.#numberAt(place, HEAD.count)
    const kept = this.#room(place, hash, slot, length)
    const there = this.#pool.octetsOf(kept)
    const start = this.#pool.offsetOf(kept)
    bytes.copy(there.bytes, start, at, at + length)
    there.view.setUint32(start + HEAD.slot, slot, true)
    if (place < 0) this.#table.add(hash, kept)
    this.#count += count
    this.#expiry.atMost(slot, view.getFloat64(at + HEAD.earliestMs, true))
    this.#seen.bytes = bytes
    this.#seen.isWide = wide
    this.#hashes.length = 0
    flowsIn(octets, at, this.#seeFlow)
    this.#flows.set(slot, this.#hashes)
  }

  clear(): void {
    this.#lastAor = undefined
    this.#pool.clear()
    this.#table.clear()
    this.#expiry.clear()
    this.#flows.clear()
    this.#places.fill(0)
    this.#freeSlots = []
    this.#slotEnd = 0
    this.#count = 0
    this.#watcher?.cleared()
  }

  /**
   * Forgets bindings that expired by `nowMs`, of at most `maxAors` addresses-of-record.
   * @returns how many bindings went
   */
  expire(nowMs: number, maxAors: number): number {
    const before = this.#count
    // A phone that refreshed is only filed anew, which is quick.
    for (let done = 0; done < maxAors && this.#expiry.firstMs <= nowMs; ) {
      const slot = this.#expiry.first
      const place = this.#placeOf(slot)
      const octets = this.#pool.octetsOf(place)
      const at = this.#pool.offsetOf(place)
      const earliestMs = octets.view.getFloat64(at + HEAD.earliestMs, true)
      if (earliestMs > nowMs) {
        this.#expiry.file(slot, earliestMs)
        done += FILING_COST
        continue
      }
      const alive = bindingsIn(octets, at).filter(each => each.expiresAtMs > nowMs)
      this.#put(aorIn(octets, at), alive, octets.view.getUint32(at + HEAD.version, true))
      done += 1
    }
    return before - this.#count
  }

  /**
   * Copies records to `frame`, from a slot on, until it holds `maxBytes` or more.
   * @returns the slot to go on with; `slotEnd` or more when all are copied
   */
  copyTo(frame: Frame, fromSlot: number, maxBytes: number): number {
    let slot = fromSlot
    for (; slot < this.#slotEnd && frame.size < maxBytes; slot++) {
      const place = this.#placeOf(slot)
      if (place >= 0) frame.addRecord(this.#pool.octetsOf(place), this.#pool.offsetOf(place))
    }
    return slot
  }

  /** Copies the record of one address-of-record to `frame`; none when there is none. */
  copyOne(frame: Frame, aor: string): void {
    const place = this.#find(aor)
    if (place >= 0) frame.addRecord(this.#pool.octetsOf(place), this.#pool.offsetOf(place))
  }

  #put(aor: string, bindings: readonly Binding[], version: number): void {
    this.#scratch.clear()
    const at = this.#scratch.add(aor, bindings, version)
    this.apply(this.#scratch.octets, at)
  }

  #hashAt({ bytes, view }: Octets, at: number): number {
    const textAt = at + view.getUint32(at + HEAD.textAt, true)
    return hashOfOctets(
      bytes,
      textAt,
      view.getUint32(at + HEAD.aorLength, true),
      isWide(bytes, at),
      this.#seed,
    )
  }

  #find(aor: string): number {
    if (aor !== this.#lastAor) {
      this.#lastHash = hashOfText(aor, this.#seed)
      this.#lastPlace = this.#seek(aor, this.#lastHash)
      this.#lastAor = aor
    }
    return this.#lastPlace
  }

  #seek(aor: string, hash: number): number {
    for (let i = this.#table.first(hash); i >= 0; i = this.#table.next(hash, i)) {
      const place = this.#table.placeAt(hash, i)
      if (isAorAt(aor, this.#pool.octetsOf(place), this.#pool.offsetOf(place))) return place
    }
    return -1
  }

  #findRecord(octets: Octets, at: number, hash: number): number {
    for (let i = this.#table.first(hash); i >= 0; i = this.#table.next(hash, i)) {
      const place = this.#table.placeAt(hash, i)
      if (isSameAor(octets, at, this.#pool.octetsOf(place), this.#pool.offsetOf(place))) return place
    }
    return -1
  }

  #forget(place: number, hash: number): void {
    const slot = this.#slotAt(place)
    this.#count -= this.#numberAt(place, HEAD.count)
    this.#table.remove(hash, place)
    this.#expiry.remove(slot)
    this.#hashes.length = 0
    this.#flows.set(slot, this.#hashes)
    this.#pool.free(place, this.#lengthAt(place))
    this.#places[slot] = 0
    this.#freeSlots.push(slot)
  }

  /** A place for a record of that length: the old one where it fits. */
  #room(place: number, hash: number, slot: number, length: number): number {
    const old = place < 0 ? 0 : this.#lengthAt(place)
    if (place >= 0 && this.#pool.isSameSize(old, length)) return place
    const added = this.#pool.allocate(length)
    if (place >= 0) {
      this.#table.move(hash, place, added)
      this.#pool.free(place, old)
    }
    this.#places[slot] = added + 1
    return added
  }

  #newSlot(): number {
    const free = this.#freeSlots.pop()
    if (free !== undefined) return free
    const slot = this.#slotEnd
    this.#slotEnd += 1
    if (slot === this.#places.length) {
      this.#places = enlarged(this.#places, new Uint32Array(2 * this.#places.length))
    }
    return slot
  }

  #placeOf(slot: number): number {
    return (this.#places[slot] ?? 0) - 1
  }

  #slotAt(place: number): number {
    return this.#pool.octetsOf(place).view.getUint32(this.#pool.offsetOf(place) + HEAD.slot, true)
  }

  #lengthAt(place: number): number {
    return this.#pool.octetsOf(place).view.getUint32(this.#pool.offsetOf(place) + HEAD.length, true)
  }

  #numberAt(place: number, field: number): number {
    return this.#pool.octetsOf(place).view.getUint16(this.#pool.offsetOf(place) + field, true)
  }
}
