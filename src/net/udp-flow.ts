import type { Address } from '../base/flow.ts'
import { LOCAL, PORT, REMOTE, SCOPE } from './batch-layout.ts'
import type { DatagramFlow } from './datagram-gate.ts'
import { nextFlowId } from './flow-id.ts'
import { addressText } from './udp-address.ts'

/** What a flow needs of its socket. */
export interface UdpFlowOwner {
  readonly local: Address
  readonly isV6: boolean
  /** False when it cannot even be tried. */
  send(text: string, flow: UdpFlow): boolean
  /** The flow proved that it receives, or that was taken back. */
  settle(flow: UdpFlow): void
}

/**
 * One pair of local and remote address (RFC 5626 §3.2).
 *
 * Both are kept in binary, as they stand in front of a datagram, so that nothing is parsed to send; the text is made when
 * somebody asks. Numbers in fields of their own, and what all flows have in common in none: each forged source costs one
 * of these, and a typed array in it cost 0.3 µs and as much memory again.
 */
export class UdpFlow implements DatagramFlow {
  readonly id = nextFlowId()
  /** What its place in the socket's table is computed from. */
  readonly hash: number
  readonly #owner: UdpFlowOwner
  readonly #port: number
  readonly #remoteA: number
  readonly #remoteB: number
  readonly #remoteC: number
  readonly #remoteD: number
  /** Our own address, once a datagram came in on a socket for all addresses; else zero. */
  #localA = 0
  #localB = 0
  #localC = 0
  #localD = 0
  #scope = 0
  #isPinned = false
  #isProved = false
  seenAs: unknown = undefined
  isAsked = false
  #remote: Address | undefined = undefined

  /** @param words of a datagram from or to it, from `at` on */
  constructor(owner: UdpFlowOwner, hash: number, words: Int32Array, at: number) {
    this.#owner = owner
    this.hash = hash
    this.#port = words[at + PORT] ?? 0
    this.#remoteA = words[at + REMOTE] ?? 0
    this.#remoteB = words[at + REMOTE + 1] ?? 0
    this.#remoteC = words[at + REMOTE + 2] ?? 0
    this.#remoteD = words[at + REMOTE + 3] ?? 0
    this.cameBy(words, at)
  }

  get transport(): 'udp' {
    return 'udp'
  }

  get isReliable(): boolean {
    return false
  }

  get isSecure(): boolean {
    return false
  }

  get isOpen(): boolean {
    return true
  }

  get peerIdentities(): readonly string[] {
    return NO_IDENTITIES
  }

  get local(): Address {
    return this.#owner.local
  }

  get remote(): Address {
    this.#remote ??= { ip: this.#text(), port: this.#port }
    return this.#remote
  }

  get isProved(): boolean {
    return this.#isProved
  }

  set isProved(isProved: boolean) {
    if (isProved === this.#isProved) return
    this.#isProved = isProved
    this.#owner.settle(this)
  }

  send(text: string): boolean {
    return this.#owner.send(text, this)
  }

  close(): void {}

  /** Whether a remote address is this flow's. */
  leadsTo(words: Int32Array, at: number): boolean {
    return (
      this.#remoteA === words[at + REMOTE] &&
      this.#port === words[at + PORT] &&
      this.#remoteB === words[at + REMOTE + 1] &&
      this.#remoteC === words[at + REMOTE + 2] &&
      this.#remoteD === words[at + REMOTE + 3]
    )
  }

  /** Whether a datagram came in on the local address of this flow; a flow that has none yet takes it over. */
  cameBy(words: Int32Array, at: number): boolean {
    const a = words[at + LOCAL] ?? 0
    const b = words[at + LOCAL + 1] ?? 0
    const c = words[at + LOCAL + 2] ?? 0
    const d = words[at + LOCAL + 3] ?? 0
    const scope = words[at + SCOPE] ?? 0
    if (this.#isPinned) {
      return (
        this.#localA === a &&
        this.#localB === b &&
        this.#localC === c &&
        this.#localD === d &&
        this.#scope === scope
      )
    }
    this.#isPinned = (a | b | c | d | scope) !== 0
    this.#localA = a
    this.#localB = b
    this.#localC = c
    this.#localD = d
    this.#scope = scope
    return true
  }

  /** Writes both addresses in front of a datagram. */
  address(words: Int32Array, at: number): void {
    words[at + PORT] = this.#port
    words[at + REMOTE] = this.#remoteA
    words[at + REMOTE + 1] = this.#remoteB
    words[at + REMOTE + 2] = this.#remoteC
    words[at + REMOTE + 3] = this.#remoteD
    words[at + LOCAL] = this.#localA
    words[at + LOCAL + 1] = this.#localB
    words[at + LOCAL + 2] = this.#localC
    words[at + LOCAL + 3] = this.#localD
    words[at + SCOPE] = this.#scope
  }

  #text(): string {
    const { isV6 } = this.#owner
    return addressText(this.#remoteA, this.#remoteB, this.#remoteC, this.#remoteD, isV6)
  }
}

const NO_IDENTITIES: readonly string[] = []
