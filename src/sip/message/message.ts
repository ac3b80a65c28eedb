import type { Result } from '../../base/result.ts'
import { lwsTrimmedEnd, skipBlanks, skipLws, trimmed } from '../chars.ts'
import type { CSeq } from '../headers/cseq.ts'
import { parseCSeq } from '../headers/cseq.ts'
import { endOfElement, splitList } from '../headers/list.ts'
import { type NameAddr, parseNameAddr } from '../headers/name-addr.ts'
import { parseVia, type Via } from '../headers/via.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { H, type HeaderId, headerIdOf } from './header-id.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Numbers kept per header field in the index. */
export const SLOTS = 4

/** What the parser found, for the constructors. */
export interface MessageParts {
  readonly text: string
  /** Per field: header id, start of line, start of value, end of value (before its CR LF). */
  readonly index: readonly number[]
  readonly bodyStart: number
  /** Whether any value goes on over a line end. */
  readonly hasFolds: boolean
}

/**
 * A received message: its text as it came (latin-1, one character an octet) and an index of its header fields.
 * A value becomes a string when somebody asks; what was parsed once is kept. The accessors that return parsed
 * values are safe after `checkMessage` took the message; before that ask the `…Result` ones.
 */
export class MessageFields {
  readonly text: string
  readonly index: readonly number[]
  readonly bodyStart: number
  /** End of the body: Content-Length counts, octets after it are not part of the message (RFC 3261 §18.3). */
  bodyEnd: number
  readonly #hasFolds: boolean
  #from: Result<NameAddr, Refusal> | undefined
  #to: Result<NameAddr, Refusal> | undefined
  #via: Result<Via, Refusal> | undefined
  #cseq: Result<CSeq, Refusal> | undefined
  #callId: string | undefined

  constructor(parts: MessageParts) {
    this.text = parts.text
    this.index = parts.index
    this.bodyStart = parts.bodyStart
    this.bodyEnd = parts.text.length
    this.#hasFolds = parts.hasFolds
  }

  /** Header fields, rows. */
  get count(): number {
    return this.index.length / SLOTS
  }

  get body(): string {
    return this.text.slice(this.bodyStart, this.bodyEnd)
  }

  /** Row of the first field with that id, or -1. */
  rowOf(id: HeaderId): number {
    const index = this.index
    for (let i = 0; i < index.length; i += SLOTS) if (index[i] === id) return i / SLOTS
    return -1
  }

  has(id: HeaderId): boolean {
    return this.rowOf(id) >= 0
  }

  /** Value of a row, unfolded and trimmed. */
  valueAt(row: number): string {
    const { text, index } = this
    const lineEnd = index[row * SLOTS + 3] ?? 0
    const start = skipLws(text, index[row * SLOTS + 2] ?? 0, lineEnd)
    const value = text.slice(start, lwsTrimmedEnd(text, start, lineEnd))
    return this.#hasFolds ? unfold(value) : value
  }

  /** Value of the first row of that field. */
  header(id: HeaderId): string | undefined {
    const row = this.rowOf(id)
    return row < 0 ? undefined : this.valueAt(row)
  }

  /** Values of all rows of that field, each as one string. */
  headers(id: HeaderId): string[] {
    const values: string[] = []
    for (let row = 0; row < this.count; row++) if (this.idAt(row) === id) values.push(this.valueAt(row))
    return values
  }

  /** The comma list over all rows of that field (RFC 3261 §7.3.1; not for credentials, MSG-01). */
  list(id: HeaderId): string[] {
    const values: string[] = []
    for (let row = 0; row < this.count; row++) {
      if (this.idAt(row) === id) for (const value of splitList(this.valueAt(row))) values.push(value)
    }
    return values
  }

  /** How many elements `list` would have, without making them. */
  countOf(id: HeaderId): number {
    const { text, index } = this
    let count = 0
    let comma = -1
    for (let i = 0; i < index.length; i += SLOTS) {
      if (index[i] !== id) continue
      count += 1
      const end = index[i + 3] ?? 0
      let at = index[i + 2] ?? 0
      if (comma < at) comma = text.indexOf(',', at)
      if (comma < 0) comma = text.length
      if (comma >= end) continue
      for (at = endOfElement(text, at, end); at < end; at = endOfElement(text, at + 1, end)) count += 1
    }
    return count
  }

  /** Value of the first row of a field by name in any case, known to us or not. */
  named(name: string): string | undefined {
    const id = headerIdOf(name)
    if (id !== H.unknown) return this.header(id)
    const wanted = name.toLowerCase()
    for (let row = 0; row < this.count; row++) {
      if (this.idAt(row) === H.unknown && this.nameAt(row).toLowerCase() === wanted) return this.valueAt(row)
    }
    return undefined
  }

  /** Header id of a row; 0 when unknown. */
  idAt(row: number): number {
    return this.index[row * SLOTS] ?? H.unknown
  }

  /** Name of a row as written. */
  nameAt(row: number): string {
    const start = this.index[row * SLOTS + 1] ?? 0
    return trimmed(this.text, start, this.text.indexOf(':', start))
  }

  /** Whether a comma list of option tags holds this one (lower case). */
  lists(id: HeaderId, tag: string): boolean {
    return this.has(id) && this.list(id).some(value => value.toLowerCase() === tag)
  }

  get fromResult(): Result<NameAddr, Refusal> {
    this.#from ??= this.#parsed(H.from, parseNameAddr)
    return this.#from
  }

  get toResult(): Result<NameAddr, Refusal> {
    this.#to ??= this.#parsed(H.to, parseNameAddr)
    return this.#to
  }

  get topViaResult(): Result<Via, Refusal> {
    this.#via ??= this.#parsed(H.via, parseTopVia)
    return this.#via
  }

  get cseqResult(): Result<CSeq, Refusal> {
    this.#cseq ??= this.#parsed(H.cseq, parseCSeq)
    return this.#cseq
  }

  get from(): NameAddr {
    return checked(this.fromResult)
  }

  get to(): NameAddr {
    return checked(this.toResult)
  }

  get topVia(): Via {
    return checked(this.topViaResult)
  }

  get cseq(): CSeq {
    return checked(this.cseqResult)
  }

  get callId(): string {
    this.#callId ??= this.header(H.callId) ?? ''
    return this.#callId
  }

  /** Every Via value, top first. */
  get vias(): string[] {
    return this.list(H.via)
  }

  #parsed<T>(
    id: HeaderId,
    parse: (text: string, start: number, end: number) => Result<T, Refusal>,
  ): Result<T, Refusal> {
    const row = this.rowOf(id)
    if (row < 0) return refuse('missing-header')
    if (this.#hasFolds) {
      const value = this.valueAt(row)
      return parse(value, 0, value.length)
    }
    const lineEnd = this.index[row * SLOTS + 3] ?? 0
    const start = skipBlanks(this.text, this.index[row * SLOTS + 2] ?? 0, lineEnd)
    return parse(this.text, start, lwsTrimmedEnd(this.text, start, lineEnd))
  }
}

function parseTopVia(text: string, start: number, end: number): Result<Via, Refusal> {
  return parseVia(text, start, lwsTrimmedEnd(text, start, endOfElement(text, start, end)))
}

/** A request; `Request-Line` parts as written. */
export class SipRequest extends MessageFields {
  readonly kind = 'request'
  readonly method: string
  readonly requestUri: string
  /** Value of the top Via with `received` and `rport` filled in (TRN-03); set on receipt. */
  viaStamp: string | undefined
  #uri: Result<Uri, Refusal> | undefined

  constructor(parts: MessageParts, method: string, requestUri: string) {
    super(parts)
    this.method = method
    this.requestUri = requestUri
  }

  get uriResult(): Result<Uri, Refusal> {
    this.#uri ??= parseUri(this.requestUri)
    return this.#uri
  }

  get uri(): Uri {
    return checked(this.uriResult)
  }

  /** 0 … 255, or undefined when the field is absent or larger (MSG-05). */
  get maxForwards(): number | undefined {
    const value = this.header(H.maxForwards)
    if (value === undefined) return undefined
    const number = Number(value)
    return number <= 255 ? number : undefined
  }
}

/** A response. */
export class SipResponse extends MessageFields {
  readonly kind = 'response'
  readonly status: number
  readonly reason: string

  constructor(parts: MessageParts, status: number, reason: string) {
    super(parts)
    this.status = status
    this.reason = reason
  }
}

export type SipMessage = SipRequest | SipResponse

/** What a message that was refused still told us, so that a request can be answered. */
export interface ParseFailure extends Refusal {
  readonly partial: SipMessage | undefined
}

/**
 * Only reached when somebody asks a parsed value of a message that `checkMessage` did not take: our mistake, not
 * the peer's.
 */
function checked<T>(result: Result<T, Refusal>): T {
  if (result.ok) return result.value
  throw new Error(`message was not checked: ${result.error.refusal}`)
}

/** Joins folded lines with one space each (RFC 3261 §7.3.1). */
function unfold(value: string): string {
  if (!value.includes('\n')) return value
  return value
    .split('\r\n')
    .map(line => trimmed(line))
    .join(' ')
}
