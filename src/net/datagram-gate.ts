import type { Flow } from '../base/flow.ts'

/**
 * Decides about datagrams before anything is made of them: no text, no flow, no answer. It sees the words in front of a
 * datagram (`batch-layout.ts`) and its octets where they lie.
 */
export interface DatagramGate {
  /**
   * Asked once for each batch, and for each datagram that comes alone.
   * @returns whether the datagrams of it are to be shown
   */
  opens(): boolean
  /**
   * Whether a datagram is read.
   * @param words its words, from `at` on
   * @param flow of its source, when it is known
   * @param octets the datagram, from `start` on, `length` octets
   */
  admits(
    words: Int32Array,
    at: number,
    flow: DatagramFlow | undefined,
    octets: Uint8Array,
    start: number,
    length: number,
  ): boolean
  /** Somebody proved that he receives at the address of these words. */
  proved(words: Int32Array, at: number): void
}

/** What is known of a datagram's source. */
export interface DatagramFlow extends Flow {
  /** A request of ours went there. */
  readonly isAsked: boolean
}
