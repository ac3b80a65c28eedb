import type { Address, Flow } from '../base/flow.ts'
import { DATAGRAM_WORDS, LOCAL, OFFSET, PORT, REMOTE, SCOPE } from './batch-layout.ts'
import { nextFlowId } from './flow-id.ts'

/** What a flow needs of its socket. */
export interface UdpFlowOwner {
  readonly local: Address
  /** False when it cannot even be tried. */
  send(text: string, flow: UdpFlow): boolean
  /** The flow proved that it receives, or that was taken back. */
  settle(flow: UdpFlow): void
}

/** One pair of local and remote address (RFC 5626 §3.2). */
export class UdpFlow implements Flow {
  readonly id = nextFlowId()
  readonly transport = 'udp'
  readonly isReliable = false
  readonly isSecure = false
  readonly isOpen = true
  readonly peerIdentities: readonly string[] = []
  readonly remote: Address
  /** Of its socket's table: what its place is computed from, and when it was used last. */
  readonly hash: number
  lastUsed = 0
  isKept = false
  /**
   * The remote address in binary, so that nothing is parsed to send; and the local one, once a datagram came in on a
   * socket for all addresses. Laid out as the socket wants it.
   */
  readonly #words: Int32Array
  readonly #owner: UdpFlowOwner
  #isPinned = false
  #isProved = false

  /** @param words `DATAGRAM_WORDS` words, which are copied */
  constructor(owner: UdpFlowOwner, remote: Address, hash: number, words: Int32Array, at: number) {
    this.#owner = owner
    this.remote = remote
    this.hash = hash
    this.#words = words.slice(at, at + DATAGRAM_WORDS)
    this.#words[OFFSET] = 0
    this.#isPinned = isPinned(this.#words, 0)
  }

  get local(): Address {
    return this.#owner.local
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
    const own = this.#words
    return (
      own[REMOTE] === words[at + REMOTE] &&
      own[PORT] === words[at + PORT] &&
      own[REMOTE + 1] === words[at + REMOTE + 1] &&
      own[REMOTE + 2] === words[at + REMOTE + 2] &&
      own[REMOTE + 3] === words[at + REMOTE + 3]
    )
  }

  /** Whether a datagram came in on the local address of this flow; a flow that has none yet takes it over. */
  cameBy(words: Int32Array, at: number): boolean {
    const own = this.#words
    if (!this.#isPinned) {
      if (!isPinned(words, at)) return true
      for (let word = LOCAL; word <= SCOPE; word += 1) own[word] = words[at + word] ?? 0
      this.#isPinned = true
      return true
    }
    return (
      own[LOCAL] === words[at + LOCAL] &&
      own[SCOPE] === words[at + SCOPE] &&
      own[LOCAL + 1] === words[at + LOCAL + 1] &&
      own[LOCAL + 2] === words[at + LOCAL + 2] &&
      own[LOCAL + 3] === words[at + LOCAL + 3]
    )
  }

  /** Writes both addresses in front of a datagram. */
  address(words: Int32Array, at: number): void {
    words.set(this.#words, at)
  }
}

function isPinned(words: Int32Array, at: number): boolean {
  for (let word = LOCAL; word <= SCOPE; word += 1) if (words[at + word] !== 0) return true
  return false
}
