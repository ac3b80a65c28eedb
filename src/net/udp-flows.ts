import { randomInt } from 'node:crypto'
import type { Address } from '../base/flow.ts'
import { PORT, REMOTE } from './batch-layout.ts'
import { newAddressWords, writeAddress } from './udp-address.ts'
import { UdpFlow, type UdpFlowOwner } from './udp-flow.ts'

/** Sends one datagram; false when it cannot even be tried. */
export type SendDatagram = (text: string, flow: UdpFlow) => boolean

/** Flows that share one place. */
const WAYS = 8
/** Of these, how many may be flows that proved to receive; the others stay for strangers. */
const MAX_KEPT = 6
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
  readonly send: SendDatagram
  /** Hashes, side by side: eight fit in half a line of the processor's cache. */
  readonly #hashes: Int32Array
  readonly #flows: (UdpFlow | undefined)[]
  readonly #placeMask: number
  readonly #key = randomInt(2 ** 32)
  readonly #wanted = newAddressWords()
  #clock = 0
  #size = 0

  /** @param maxFlows upper bound, at least 8 */
  constructor(local: Address, maxFlows: number, send: SendDatagram) {
    this.local = local
    this.send = send
    const places = 2 ** Math.floor(Math.log2(Math.max(1, maxFlows / WAYS)))
    this.#placeMask = places - 1
    this.#hashes = new Int32Array(places * WAYS)
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
    return this.find(words, 0, false) ?? this.add(ip, words, 0)
  }

  /**
   * The flow of a datagram; undefined for a stranger.
   * @param words where its words stand, from `at` on
   * @param isArrival whether it came to us, so that our own address counts
   */
  find(words: Int32Array, at: number, isArrival: boolean): UdpFlow | undefined {
    const hash = this.#hash(words, at)
    const first = (hash & this.#placeMask) * WAYS
    for (let way = first; way < first + WAYS; way += 1) {
      if (this.#hashes[way] !== hash) continue
      const flow = this.#flows[way]
      if (flow?.leadsTo(words, at) !== true) continue
      if (isArrival && !flow.cameBy(words, at)) continue
      this.#clock = (this.#clock + 1) & CLOCK_MASK
      flow.lastUsed = this.#clock
      return flow
    }
    return undefined
  }

  /** A new flow for what `find` did not find. */
  add(ip: string, words: Int32Array, at: number): UdpFlow {
    const hash = this.#hash(words, at)
    const flow = new UdpFlow(this, { ip, port: words[at + PORT] ?? 0 }, hash, words, at)
    this.#clock = (this.#clock + 1) & CLOCK_MASK
    flow.lastUsed = this.#clock
    this.#place(flow)
    return flow
  }

  settle(flow: UdpFlow): void {
    flow.isKept = flow.isProved
    if (!flow.isKept) return
    const first = (flow.hash & this.#placeMask) * WAYS
    let kept = 0
    let isThere = false
    for (let way = first; way < first + WAYS; way += 1) {
      isThere ||= this.#flows[way] === flow
      if (this.#flows[way]?.isKept === true) kept += 1
    }
    // It was displaced meanwhile: its proof brings it back.
    if (!isThere) this.#place(flow)
    if (kept + (isThere ? 0 : 1) <= MAX_KEPT) return
    const oldest = this.#oldest(first, other => other.isKept && other !== flow)
    if (oldest !== undefined) oldest.isKept = false
  }

  #place(flow: UdpFlow): void {
    const first = (flow.hash & this.#placeMask) * WAYS
    let way = first
    while (way < first + WAYS && this.#flows[way] !== undefined) way += 1
    if (way === first + WAYS) {
      const oldest = this.#oldest(first, other => !other.isKept)
      way = this.#flows.indexOf(oldest, first)
    } else this.#size += 1
    this.#hashes[way] = flow.hash
    this.#flows[way] = flow
  }

  #oldest(first: number, mayGo: (flow: UdpFlow) => boolean): UdpFlow | undefined {
    let oldest: UdpFlow | undefined
    let longest = -1
    for (let way = first; way < first + WAYS; way += 1) {
      const flow = this.#flows[way]
      if (flow === undefined || !mayGo(flow)) continue
      const unused = (this.#clock - flow.lastUsed) & CLOCK_MASK
      if (unused <= longest) continue
      longest = unused
      oldest = flow
    }
    return oldest
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
