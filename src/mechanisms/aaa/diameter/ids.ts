/** Identifiers of requests, unique as RFC 6733 §3 and §8.8 ask. */
export class DiameterIds {
  readonly #host: string
  readonly #startSeconds: number
  #hopByHop: number
  #endToEndLow: number
  #session = 0

  /**
   * @param host our Origin-Host
   * @param startSeconds Unix time of the start, so that identifiers differ from those before it
   * @param random octets of chance
   */
  constructor(host: string, startSeconds: number, random: (bytes: number) => Buffer) {
    this.#host = host
    this.#startSeconds = startSeconds
    this.#hopByHop = random(4).readUInt32BE(0)
    this.#endToEndLow = random(4).readUInt32BE(0) & 0xf_ffff
  }

  /** Unique on each connection, since it is unique here: it comes again after four thousand million requests. */
  hopByHop(): number {
    this.#hopByHop = (this.#hopByHop + 1) >>> 0
    return this.#hopByHop
  }

  /** The low twelve bits of the start's time, and a counter: unique for a million requests. */
  endToEnd(): number {
    this.#endToEndLow = (this.#endToEndLow + 1) & 0xf_ffff
    return (((this.#startSeconds & 0xfff) << 20) | this.#endToEndLow) >>> 0
  }

  /** A Session-Id. */
  session(): string {
    this.#session += 1
    return `${this.#host};${this.#startSeconds};${this.#session}`
  }
}
