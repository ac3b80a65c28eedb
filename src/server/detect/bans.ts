import { LIMITS } from '../../base/limits.ts'
import type { Network } from '../../base/network.ts'
import { NetworkTable } from '../../base/network-table.ts'

/** A network that nothing is read of until a moment. */
export interface Ban {
  readonly network: Network
  /** The order's id; of an operator's own one `operator`. */
  readonly id: string
  /** One sentence. */
  readonly why: string
  readonly by: 'detection' | 'operator'
  /** What it rests on: ids of findings. */
  readonly findings: readonly string[]
  /** Wall clock, ms since 1970. */
  readonly beganMs: number
  readonly endsMs: number
  /** Its score asks that the kernel throws its packets away, where it can. */
  readonly inKernel: boolean
}

/** A ban in force. */
export interface ActiveBan extends Ban {
  /** Datagrams and connections that were refused for it. */
  readonly refused: number
}

/** Told of each change, in the turn in which it happens. */
export interface BanListener {
  /** @param remainingMs how long from now; also told when a ban that is known gets another end */
  onAdded(ban: Ban, remainingMs: number): void
  onRemoved(ban: Ban, why: 'ended' | 'made-room' | 'removed'): void
}

export interface BanClocks {
  /** Monotonic, ms. */
  nowMs(): number
  /** Ms since 1970. */
  wallMs(): number
}

interface Held extends Ban {
  refused: number
  readonly dueMs: number
}

/**
 * Who is banned: exact, bounded, and asked before anything of a message is read. A ban ends by the monotonic clock, so
 * that a clock that is set makes none longer.
 */
export class Bans {
  readonly #clocks: BanClocks
  readonly #table = new NetworkTable<Held>()
  /** By the network's text, oldest first. */
  readonly #held = new Map<string, Held>()
  readonly #listeners: BanListener[] = []
  #nextDueMs = Number.POSITIVE_INFINITY
  /** Datagrams and connections refused, since the start. */
  refused = 0

  constructor(clocks: BanClocks) {
    this.#clocks = clocks
  }

  get size(): number {
    return this.#held.size
  }

  /** Whether a source is refused; counts it. @param ip IPv4, or IPv6 without brackets */
  refuses(ip: string): boolean {
    if (this.#held.size === 0) return false
    const ban = this.#table.covering(ip)
    if (ban === undefined) return false
    ban.refused += 1
    this.refused += 1
    return true
  }

  /** The ban that an address lies in. */
  banOf(ip: string): ActiveBan | undefined {
    return this.#table.covering(ip)
  }

  /** The ban of exactly this network. */
  get(network: Network): ActiveBan | undefined {
    return this.#table.get(network)
  }

  /** All bans, oldest first. */
  all(): IterableIterator<ActiveBan> {
    return this.#held.values()
  }

  /** Begins a ban, or gives one that is known another end and reason. @returns false when it is over already */
  add(ban: Ban): boolean {
    const remainingMs = ban.endsMs - this.#clocks.wallMs()
    if (remainingMs <= 0) return false
    const known = this.#table.get(ban.network)
    if (known === undefined && this.#held.size >= LIMITS.maxBans) this.#makeRoom()
    const held: Held = { ...ban, refused: known?.refused ?? 0, dueMs: this.#clocks.nowMs() + remainingMs }
    this.#table.set(ban.network, held)
    this.#held.set(ban.network.text, held)
    this.#nextDueMs = Math.min(this.#nextDueMs, held.dueMs)
    for (const listener of this.#listeners) listener.onAdded(held, remainingMs)
    return true
  }

  /** Ends a ban. @returns whether there was one */
  remove(network: Network): boolean {
    const ban = this.#table.get(network)
    if (ban === undefined) return false
    this.#drop(ban, 'removed')
    return true
  }

  /** To be called once a second: ends what is over. */
  tick(): void {
    const nowMs = this.#clocks.nowMs()
    if (nowMs < this.#nextDueMs) return
    this.#nextDueMs = Number.POSITIVE_INFINITY
    for (const ban of this.#held.values()) {
      if (ban.dueMs <= nowMs) this.#drop(ban, 'ended')
      else if (ban.dueMs < this.#nextDueMs) this.#nextDueMs = ban.dueMs
    }
  }

  /** Tells a listener of every change from now on, and first of the bans that there are. */
  listen(listener: BanListener): void {
    this.#listeners.push(listener)
    const nowMs = this.#clocks.nowMs()
    for (const ban of this.#held.values()) listener.onAdded(ban, Math.max(1, ban.dueMs - nowMs))
  }

  /** The oldest goes, an operator's own only when there is no other. */
  #makeRoom(): void {
    let first: Held | undefined
    for (const ban of this.#held.values()) {
      first ??= ban
      if (ban.by !== 'detection') continue
      return this.#drop(ban, 'made-room')
    }
    if (first !== undefined) this.#drop(first, 'made-room')
  }

  #drop(ban: Held, why: 'ended' | 'made-room' | 'removed'): void {
    this.#table.delete(ban.network)
    this.#held.delete(ban.network.text)
    for (const listener of this.#listeners) listener.onRemoved(ban, why)
  }
}
