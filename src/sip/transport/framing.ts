import type { BrokenStream, Framer, Frames } from '../../base/framer.ts'
import { LIMITS } from '../../base/limits.ts'
import { REFUSALS, type RefusalName } from '../message/refusal.ts'
import { endOfWholeMessage } from './whole-message.ts'

/**
 * Cuts a byte stream into SIP messages (RFC 3261 §18.3).
 *
 * A message that arrives whole and looks as most do is cut out of the chunk's text (`whole-message.ts`). Every
 * other one is read here byte by byte, each byte of its header once, whatever the chunks are: the place where
 * the search goes on is kept between chunks. Of each line only two things matter: is it empty, and is it a
 * Content-Length. A body is counted, never looked at. Only the tail of a chunk is held, in a buffer that doubles.
 *
 * A stream whose length is in doubt cannot be trusted again: two readers that disagree about where a message
 * ends is how a request is smuggled. So the first fault is final.
 */
const CR = 13
const LF = 10
const COLON = 58
const EMPTY = Buffer.alloc(0)
const NONE: readonly string[] = []
const NO_LENGTH = -1
/** A slice keeps the whole text alive that it was cut from; a message that is less of it than this is copied. */
const MAX_KEPT_FOR_SLICE = 4

/** Bounds of one message on a stream, in bytes. */
export interface FramingLimits {
  readonly maxStartLineBytes: number
  readonly maxHeadersBytes: number
  readonly maxBodyBytes: number
}

/** Frames the bytes of one connection. */
export class StreamFramer implements Framer {
  pendingSinceMs: number | undefined
  readonly #limits: FramingLimits
  #held: Buffer = EMPTY
  #heldLength = 0
  #broken: BrokenStream | undefined

  // Between messages: a CR that waits for its LF, and line ends in a row.
  #isAfterCr = false
  #lineEnds = 0

  // Inside a message; places count from its first byte.
  #isInMessage = false
  #scanned = 0
  #lineStart = 0
  #headersStart = 0
  #lengthValueAt = 0
  #contentLength = NO_LENGTH
  #lengthFault: RefusalName | undefined
  #bodyStart = 0

  constructor(limits: FramingLimits = LIMITS) {
    this.#limits = limits
  }

  get heldBytes(): number {
    return this.#held.length
  }

  feed(chunk: Buffer, nowMs: number, length = chunk.length): Frames {
    if (this.#broken !== undefined) return { messages: NONE, keepAlives: 0, broken: this.#broken }
    const isHeld = this.#heldLength > 0
    if (isHeld) this.#hold(chunk, 0, length)
    const bytes = isHeld ? this.#held : chunk
    const end = isHeld ? this.#heldLength : length
    const messages: string[] = []
    let keepAlives = 0
    let start = 0
    // The bytes from `textStart` on as text, made when the first message begins here.
    let text = ''
    let textStart = -1
    while (start < end && this.#broken === undefined) {
      if (!this.#isInMessage) {
        const first = this.#skipLineEnds(bytes, start, end)
        keepAlives += this.#pings()
        start = first
        if (first === end || this.#broken !== undefined) break
        if (textStart < 0) {
          textStart = start
          text = latin1(bytes, start, end)
        }
        if (isVisible(bytes[start])) {
          const whole = endOfWholeMessage(text, start - textStart, this.#limits)
          if (whole > 0) {
            const next = textStart + whole
            const isSlice = text.length <= (next - start) * MAX_KEPT_FOR_SLICE
            messages.push(isSlice ? text.slice(start - textStart, whole) : latin1(bytes, start, next))
            this.#lineEnds = 0
            start = next
            continue
          }
        }
        this.#begin(nowMs)
      }
      const next = this.#messageEnd(bytes, start, end)
      if (next < 0) break
      messages.push(latin1(bytes, start, next))
      this.#isInMessage = false
      this.pendingSinceMs = undefined
      start = next
    }
    if (this.#broken !== undefined || start === end) this.#release()
    else if (!isHeld) this.#hold(chunk, start, end)
    else if (start > 0) {
      this.#held.copyWithin(0, start, end)
      this.#heldLength = end - start
    }
    return { messages, keepAlives, broken: this.#broken }
  }

  #begin(nowMs: number): void {
    this.pendingSinceMs = nowMs
    this.#isInMessage = true
    this.#lineEnds = 0
    this.#scanned = 0
    this.#lineStart = 0
    this.#headersStart = 0
    this.#lengthValueAt = 0
    this.#contentLength = NO_LENGTH
    this.#lengthFault = undefined
    this.#bodyStart = 0
  }

  /** Two line ends in a row are one ping (RFC 5626 §4.4.1); a single one is a pong, or an old habit. */
  #pings(): number {
    const pings = this.#lineEnds >> 1
    this.#lineEnds &= 1
    return pings
  }

  /** The first byte of the next message, or `end`. */
  #skipLineEnds(bytes: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at]
      if (byte === LF && this.#isAfterCr) {
        this.#isAfterCr = false
        this.#lineEnds += 1
      } else if (byte === CR && !this.#isAfterCr) {
        this.#isAfterCr = true
      } else if (this.#isAfterCr || byte === LF) {
        this.#break('bare-line-end', '')
        return at
      } else {
        return at
      }
    }
    return end
  }

  /** Where the message that begins at `start` ends, or -1 while bytes are missing or when it is broken. */
  #messageEnd(bytes: Buffer, start: number, end: number): number {
    if (this.#bodyStart === 0 && !this.#readHeader(bytes, start, end)) return -1
    const next = start + this.#bodyStart + this.#contentLength
    return next <= end ? next : -1
  }

  /** Reads on in the header; true once its length and that of the body are known. */
  #readHeader(bytes: Buffer, start: number, end: number): boolean {
    let at = start + this.#scanned
    let bound = start + this.#headerBound()
    while (at < end && at < bound) {
      const byte = bytes[at]
      if (byte === LF) return this.#break('bare-line-end', latin1(bytes, start, at))
      if (byte !== CR) {
        // The first byte of a method or of `SIP/2.0`: anything but a visible character is another protocol.
        if (at === start && !isVisible(byte)) return this.#break('not-sip', '')
        at += 1
        continue
      }
      if (at + 1 === end) break
      if (bytes[at + 1] !== LF) return this.#break('bare-line-end', latin1(bytes, start, at))
      const fault = this.#readLine(bytes, start, at)
      at += 2
      if (fault !== undefined) return this.#break(fault, latin1(bytes, start, at))
      if (this.#bodyStart > 0) return true
      this.#lineStart = at - start
      if (this.#headersStart === 0) this.#headersStart = this.#lineStart
      bound = start + this.#headerBound()
    }
    this.#scanned = at - start
    if (at < bound) return false
    const fault = this.#headersStart === 0 ? 'start-line-too-long' : 'headers-too-large'
    return this.#break(fault, latin1(bytes, start, bound))
  }

  /** How far the header may reach before the next line end. */
  #headerBound(): number {
    if (this.#headersStart === 0) return this.#limits.maxStartLineBytes + 1
    return this.#headersStart + this.#limits.maxHeadersBytes + 1
  }

  /** Takes the line that ends at `lineEnd`. */
  #readLine(bytes: Buffer, start: number, lineEnd: number): RefusalName | undefined {
    if (this.#headersStart === 0) return undefined
    const lineStart = start + this.#lineStart
    // A fold belongs to the field before it (RFC 3261 §7.3.1).
    if (lineEnd > lineStart && isBlank(bytes[lineStart])) return undefined
    if (this.#lengthValueAt > 0) {
      // Told at the end of the header: a 400 needs the Via that may stand below.
      this.#lengthFault ??= this.#takeLength(bytes, start + this.#lengthValueAt, lineStart)
      this.#lengthValueAt = 0
    }
    if (lineEnd === lineStart) {
      if (this.#lengthFault !== undefined) return this.#lengthFault
      if (this.#contentLength === NO_LENGTH) return 'content-length-missing'
      this.#bodyStart = lineEnd + 2 - start
      return undefined
    }
    const valueAt = contentLengthValueAt(bytes, lineStart, lineEnd)
    if (valueAt > 0) this.#lengthValueAt = valueAt - start
    return undefined
  }

  /** Reads the value of a Content-Length row, folds included: digits and nothing else (RFC 3261 §20.14). */
  #takeLength(bytes: Buffer, from: number, to: number): RefusalName | undefined {
    let at = from
    let until = to
    while (at < until && isSpace(bytes[at])) at += 1
    while (until > at && isSpace(bytes[until - 1])) until -= 1
    if (at === until) return 'content-length-malformed'
    let length = 0
    for (; at < until; at += 1) {
      const digit = (bytes[at] ?? 0) - 48
      if (digit < 0 || digit > 9) return 'content-length-malformed'
      // Saturates: a thousand digits must not become Infinity or a rounded number.
      length = Math.min(length * 10 + digit, Number.MAX_SAFE_INTEGER / 16)
    }
    if (length > this.#limits.maxBodyBytes) return 'body-too-large'
    if (this.#contentLength !== NO_LENGTH && this.#contentLength !== length) return 'duplicate-header'
    this.#contentLength = length
    return undefined
  }

  #break(error: RefusalName, head: string): false {
    this.#broken = { error, status: REFUSALS[error], head }
    this.pendingSinceMs = undefined
    return false
  }

  /** Appends bytes to what is held; the buffer doubles, so that each byte moves a bounded number of times. */
  #hold(chunk: Buffer, from: number, to: number): void {
    const length = this.#heldLength + to - from
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#held.length * 2, 512))
      this.#held.copy(larger, 0, 0, this.#heldLength)
      this.#held = larger
    }
    chunk.copy(this.#held, this.#heldLength, from, to)
    this.#heldLength = length
  }

  #release(): void {
    // Ten thousand idle connections must not keep a buffer each.
    this.#heldLength = 0
    this.#held = EMPTY
  }
}

function latin1(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to)
}

function isVisible(byte: number | undefined): boolean {
  return byte !== undefined && byte > 32 && byte < 127
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === CR || byte === LF
}

/** Where the value begins when the line is a Content-Length row, long or compact, in any case; else 0. */
function contentLengthValueAt(bytes: Buffer, lineStart: number, lineEnd: number): number {
  const first = (bytes[lineStart] ?? 0) | 32
  const name = first === 108 ? 'l' : first === 99 ? 'content-length' : ''
  if (name === '') return 0
  let at = lineStart
  for (let letter = 0; letter < name.length; letter += 1, at += 1) {
    const byte = bytes[at] ?? 0
    // Bit 32 makes a capital small; the hyphen has it already.
    if ((byte === 45 ? byte : byte | 32) !== name.charCodeAt(letter)) return 0
  }
  while (at < lineEnd && isBlank(bytes[at])) at += 1
  return at < lineEnd && bytes[at] === COLON ? at + 1 : 0
}
