import { type Failed, ok, type Result } from '../../base/result.ts'
import { lwsTrimmedEnd, skipLws, trimmed } from '../chars.ts'
import { type CSeq, readCSeq } from '../headers/cseq.ts'
import { endOfElement, splitList } from '../headers/list.ts'
import { type NameAddr, readNameAddr } from '../headers/name-addr.ts'
import { readVia, type Via } from '../headers/via.ts'
import { octetsOf } from '../octets.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { H, type HeaderId, headerIdOf } from './header-id.ts'
import { type Refusal, type RefusalName, refuse } from './refusal.ts'

/** Numbers kept per header field in the index. */
export const SLOTS = 4

/** Header ids up to this one are counted in bits while the index is made. */
export const MAX_COUNTED_ID = 30

/** What the parser found, for the constructors. */
export interface MessageParts {
  readonly text: string
  /** Per field: header id, start of line, start of value (blanks skipped), end of value (before its CR LF). */
  readonly index: readonly number[]
  readonly bodyStart: number
  /** Whether any value goes on over a line end. */
  readonly hasFolds: boolean
  /** Bits of the header ids up to `MAX_COUNTED_ID` that are there, and of those that stand more than once. */
  readonly seen: number
  readonly repeated: number
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
  /** Whether any value goes on over a line end. */
  readonly hasFolds: boolean
  /** Bits of the header ids up to `MAX_COUNTED_ID` that are there, and of those that stand more than once. */
  readonly seen: number
  readonly repeated: number
  // False: looked at, and there is none that is good.
  #from: NameAddr | false | undefined
  #to: NameAddr | false | undefined
  #via: Via | false | undefined
  #cseq: CSeq | false | undefined
  #callId: string | undefined

  constructor(parts: MessageParts) {
    this.text = parts.text
    this.index = parts.index
    this.bodyStart = parts.bodyStart
    this.bodyEnd = parts.text.length
    this.hasFolds = parts.hasFolds
    this.seen = parts.seen
    this.repeated = parts.repeated
    this.#from = undefined
    this.#to = undefined
    this.#via = undefined
    this.#cseq = undefined
    this.#callId = undefined
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
    if (id <= MAX_COUNTED_ID && (this.seen & (1 << id)) === 0) return -1
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
    return this.hasFolds ? unfold(value) : value
  }

  /** Value of the first row of that field. */
  header(id: HeaderId): string | undefined {
    const row = this.rowOf(id)
    return row < 0 ? undefined : this.valueAt(row)
  }

  /** Values of all rows of that field, each as one string. */
  headers(id: HeaderId): string[] {
    const values: string[] = []
    for (let row = this.rowOf(id); row >= 0 && row < this.count; row++)
      if (this.idAt(row) === id) values.push(this.valueAt(row))
    return values
  }

  /** The comma list over all rows of that field (RFC 3261 §7.3.1; not for credentials, MSG-01). */
  list(id: HeaderId): string[] {
    const values: string[] = []
    for (let row = this.rowOf(id); row >= 0 && row < this.count; row++) {
      if (this.idAt(row) === id) for (const value of splitList(this.valueAt(row))) values.push(value)
    }
    return values
  }

  /** How many elements `list` would have, without making them. */
  countOf(id: HeaderId): number {
    const { text, index } = this
    const octets = octetsOf(text)
    let count = 0
    for (let i = 0; i < index.length; i += SLOTS) {
      if (index[i] !== id) continue
      count += 1
      const end = index[i + 3] ?? 0
      let at = endOfElement(text, octets, index[i + 2] ?? 0, end)
      for (; at < end; at = endOfElement(text, octets, at + 1, end)) count += 1
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
    this.#from ??= addressOf(this, H.from)
    return this.#from === false ? refuseField(this, H.from, 'name-addr-malformed') : ok(this.#from)
  }

  get toResult(): Result<NameAddr, Refusal> {
    this.#to ??= addressOf(this, H.to)
    return this.#to === false ? refuseField(this, H.to, 'name-addr-malformed') : ok(this.#to)
  }

  get topViaResult(): Result<Via, Refusal> {
    this.#via ??= topViaOf(this)
    return this.#via === false ? refuseField(this, H.via, 'via-malformed') : ok(this.#via)
  }

  get cseqResult(): Result<CSeq, Refusal> {
    this.#cseq ??= cseqOf(this)
    return this.#cseq === false ? refuseField(this, H.cseq, 'cseq-malformed') : ok(this.#cseq)
  }

  get from(): NameAddr {
    return this.#from || checked(this.fromResult)
  }

  get to(): NameAddr {
    return this.#to || checked(this.toResult)
  }

  get topVia(): Via {
    return this.#via || checked(this.topViaResult)
  }

  get cseq(): CSeq {
    return this.#cseq || checked(this.cseqResult)
  }

  get callId(): string {
    this.#callId ??= this.header(H.callId) ?? ''
    return this.#callId
  }

  /** Every Via value, top first. */
  get vias(): string[] {
    return this.list(H.via)
  }
}

function refuseField(message: MessageFields, id: HeaderId, name: RefusalName): Failed<Refusal> {
  return refuse(message.has(id) ? name : 'missing-header')
}

// What reads a value where it lies asks for it unfolded only where the message has folds.

function addressOf(message: MessageFields, id: HeaderId): NameAddr | false {
  const row = message.rowOf(id)
  if (row < 0) return false
  if (message.hasFolds) {
    const value = message.valueAt(row)
    return readNameAddr(value, 0, value.length) ?? false
  }
  const start = message.index[row * SLOTS + 2] ?? 0
  return readNameAddr(message.text, start, valueEndOf(message, row)) ?? false
}

function topViaOf(message: MessageFields): Via | false {
  const row = message.rowOf(H.via)
  if (row < 0) return false
  const text = message.hasFolds ? message.valueAt(row) : message.text
  const start = message.hasFolds ? 0 : (message.index[row * SLOTS + 2] ?? 0)
  const end = message.hasFolds ? text.length : valueEndOf(message, row)
  return (
    readVia(text, start, lwsTrimmedEnd(text, start, endOfElement(text, octetsOf(text), start, end))) ?? false
  )
}

function cseqOf(message: MessageFields): CSeq | false {
  const row = message.rowOf(H.cseq)
  if (row < 0) return false
  if (message.hasFolds) {
    const value = message.valueAt(row)
    return readCSeq(value, 0, value.length) ?? false
  }
  const start = message.index[row * SLOTS + 2] ?? 0
  return readCSeq(message.text, start, valueEndOf(message, row)) ?? false
}

/** Where the value of a row without folds ends, blanks left out. */
export function valueEndOf({ text, index }: MessageFields, row: number): number {
  return lwsTrimmedEnd(text, index[row * SLOTS + 2] ?? 0, index[row * SLOTS + 3] ?? 0)
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
    this.viaStamp = undefined
    this.#uri = undefined
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
