import { randomInt } from 'node:crypto'
import type { Address } from '../base/flow.ts'
import { PORT, REMOTE } from './batch-layout.ts'
import type { DatagramGate } from './datagram-gate.ts'
import { familyOf } from './local-address.ts'
import { newAddressWords, writeAddress } from './udp-address.ts'
import { UdpFlow, type UdpFlowOwner } from './udp-flow.ts'

/** Sends one datagram; false when it cannot even be tried. */
export type SendDatagram = (text: string, flow: UdpFlow) => boolean

/** Flows that share one place. */
const WAYS = 8
/** Of these, how many may be flows that proved to receive; the others stay for strangers. */
const MAX_KEPT = 6
/** And how many flows of strangers there are at most: who forges addresses fills no more than half. */
const MAX_STRANGERS = 4
/** Use is measured in looks; only differences count, so that it may wrap. */
const CLOCK_MASK = 0x3fff_ffff

/**
 * The flows of one UDP socket: the same remote address (and, where it is known, the same local one) gives the same
 * object, as long as it is remembered.
 *
 * A table of places with eight flows each, found by a keyed hash of the binary address: a look costs the same for one
 * flow or a hundred thousand, makes no string, and stays bounded whatever addresses a stranger forges. Sources that
 * proved to receive are displaced by their like only: forged ones push out each other.
 */
export class UdpFlows implements UdpFlowOwner {
  readonly local: Address
  readonly isV6: boolean
  readonly send: SendDatagram
  /** Hash, last use and protection of each flow, side by side: what is looked at of eight flows is one line of cache each. */
  readonly #hashes: Int32Array
  readonly #lastUsed: Int32Array
  readonly #isKept: Uint8Array
  readonly #flows: (UdpFlow | undefined)[]
  readonly #placeMask: number
  readonly #key = randomInt(2 ** 32) | 0
  readonly #wanted = newAddressWords()
  readonly #gate: DatagramGate | undefined
  #clock = 0
  #size = 0

  /** @param maxFlows upper bound, at least 8 @param gate told of who proved to receive */
  constructor(local: Address, maxFlows: number, send: SendDatagram, gate?: DatagramGate) {
    this.local = local
    this.#gate = gate
    this.isV6 = familyOf(local.ip) === 'ipv6'
    this.send = send
    const places = 2 ** Math.floor(Math.log2(Math.max(1, maxFlows / WAYS)))
    this.#placeMask = places - 1
    this.#hashes = new Int32Array(places * WAYS)
    this.#lastUsed = new Int32Array(places * WAYS)
    this.#isKept = new Uint8Array(places * WAYS)
    this.#flows = new Array<UdpFlow | undefined>(places * WAYS).fill(undefined)
  }

  get size(): number {
    return this.#size
  }

  /** The flow to a remote address, from whichever of our addresses it was used last. */
  of(ip: string, port: number): UdpFlow {
    const words = this.#wanted
    words[PORT] = port
    writeAddress(ip, words)
    return this.find(words, 0, false) ?? this.add(words, 0)
  }

  /**
   * The flow of a datagram; undefined for a stranger.
   * @param words where its words stand, from `at` on
   * @param isArrival whether it came to us, so that our own address counts
   */
  find(words: Int32Array, at: number, isArrival: boolean): UdpFlow | undefined {
    const hash = this.#hash(words, at)
    const first = this.#placeOf(hash)
    for (let way = first; way < first + WAYS; way += 1) {
      if (this.#hashes[way] !== hash) continue
      const flow = this.#flows[way]
      if (flow?.leadsTo(words, at) !== true) continue
      if (isArrival && !flow.cameBy(words, at)) continue
      this.#touch(way)
      return flow
    }
    return undefined
  }

  /** A new flow for what `find` did not find. */
  add(words: Int32Array, at: number): UdpFlow {
    const flow = new UdpFlow(this, this.#hash(words, at), words, at)
    this.#put(flow)
    return flow
  }

  settle(flow: UdpFlow): void {
    if (flow.isProved && this.#gate !== undefined) {
      flow.address(this.#wanted, 0)
      this.#gate.proved(this.#wanted, 0)
    }
    const first = this.#placeOf(flow.hash)
    let own = first
    while (own < first + WAYS && this.#flows[own] !== flow) own += 1
    if (own === first + WAYS) {
      if (!flow.isProved) return
      // It was displaced meanwhile: its proof brings it back.
      own = this.#put(flow)
    }
    this.#isKept[own] = 0
    if (!flow.isProved) return
    if (this.#keptFrom(first) >= MAX_KEPT) this.#isKept[this.#oldestFrom(first, 1)] = 0
    this.#isKept[own] = 1
  }

  /** Puts a flow at its place, over the one that was not used for longest; where. */
  #put(flow: UdpFlow): number {
    const first = this.#placeOf(flow.hash)
    let way = first
    while (way < first + WAYS && this.#flows[way] !== undefined) way += 1
    const strangers = way - first - this.#keptFrom(first)
    if (way === first + WAYS || strangers >= MAX_STRANGERS) way = this.#oldestFrom(first, 0)
    else this.#size += 1
    this.#hashes[way] = flow.hash
    this.#flows[way] = flow
    this.#touch(way)
    return way
  }

  #touch(way: number): void {
    this.#clock = (this.#clock + 1) & CLOCK_MASK
    this.#lastUsed[way] = this.#clock
  }

  #keptFrom(first: number): number {
    let kept = 0
    for (let way = first; way < first + WAYS; way += 1) kept += this.#isKept[way] ?? 0
    return kept
  }

  /** Of the flows of a place that are kept (1) or not (0), of which there is one at least, the oldest. */
  #oldestFrom(first: number, isKept: 0 | 1): number {
    let oldest = first
    let longest = -1
    for (let way = first; way < first + WAYS; way += 1) {
      if (this.#isKept[way] !== isKept || this.#flows[way] === undefined) continue
      const unused = (this.#clock - (this.#lastUsed[way] ?? 0)) & CLOCK_MASK
      if (unused <= longest) continue
      longest = unused
      oldest = way
    }
    return oldest
  }

  #placeOf(hash: number): number {
    return (hash & this.#placeMask) * WAYS
  }

  /** Keyed, so that a stranger cannot choose who shares his place. */
  #hash(words: Int32Array, at: number): number {
    let hash = this.#key
    for (let word = at + REMOTE; word < at + REMOTE + 4; word += 1) {
      hash = Math.imul(hash ^ (words[word] ?? 0), 0x85eb_ca6b)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash ^ (words[at + PORT] ?? 0), 0xc2b2_ae35)
    return hash ^ (hash >>> 16)
  }
}
