import { LIMITS } from '../../../base/limits.ts'
import type { DiameterFault } from './fault.ts'

/** What one chunk of a stream completed. */
export interface DiameterFrames {
  /** Whole messages, in the order of the stream; their memory is their own. */
  readonly messages: readonly Buffer[]
  /** Set when the stream cannot be read any further: the connection must be closed. */
  readonly broken: DiameterFault | undefined
}

const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Cuts a stream into messages by the length in their header. What a message will need is taken when its header came,
 * bounded by `LIMITS.maxDiameterMessageBytes`, so that a message in many pieces is copied once.
 * @see RFC 6733 §3
 */
export class DiameterFramer {
  #held = NOTHING
  #heldBytes = 0
  #isBroken = false

  /** Octets of the message that is not complete yet. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** @param chunk the caller's again as soon as this returns */
  feed(chunk: Buffer): DiameterFrames {
    const messages: Buffer[] = []
    let at = 0
    while (at < chunk.length && !this.#isBroken) {
      const wanted = this.#wanted()
      const taken = Math.min(wanted - this.#heldBytes, chunk.length - at)
      if (this.#held.length < wanted) this.#grow(wanted)
      chunk.copy(this.#held, this.#heldBytes, at, at + taken)
      at += taken
      this.#heldBytes += taken
      if (this.#heldBytes < wanted) break
      const fault = this.#headFault()
      if (fault !== undefined) {
        this.#isBroken = true
        this.#held = NOTHING
        this.#heldBytes = 0
        return { messages, broken: fault }
      }
      if (this.#heldBytes < this.#wanted()) continue
      messages.push(this.#held)
      this.#held = NOTHING
      this.#heldBytes = 0
    }
    return { messages, broken: undefined }
  }

  /** Four octets say version and length; what they say is checked before anything is waited for. */
  #wanted(): number {
    return this.#heldBytes < 4 ? 4 : this.#held.readUIntBE(1, 3)
  }

  #headFault(): DiameterFault | undefined {
    if (this.#held.readUInt8(0) !== 1) return 'version'
    const length = this.#held.readUIntBE(1, 3)
    const isPossible = length >= 20 && length % 4 === 0 && length <= LIMITS.maxDiameterMessageBytes
    return isPossible ? undefined : 'message-length'
  }

  #grow(bytes: number): void {
    const larger = Buffer.alloc(bytes)
    this.#held.copy(larger, 0, 0, this.#heldBytes)
    this.#held = larger
  }
}
