import { type Failed, ok, type Result } from '../../base/result.ts'
import { addPart } from '../../base/sip-hash.ts'
import { lwsTrimmedEnd, skipLws, trimmed } from '../chars.ts'
import type { CSeq } from '../headers/cseq.ts'
import { endOfElement } from '../headers/list.ts'
import type { NameAddr } from '../headers/name-addr.ts'
import type { Via } from '../headers/via.ts'
import { addRange, octetsOf } from '../octets.ts'
import { firstOdd } from '../odd-octets.ts'
import { parseUri, type Uri } from '../uri/uri.ts'
import { H, type HeaderId, headerIdOf } from './header-id.ts'
import {
  addressesOf,
  addressOf,
  areAddresses,
  cseqOf,
  hopsOf,
  isCallId,
  NO_ADDRESSES,
  NO_VALUES,
  topViaOf,
  valuesOf,
} from './read-fields.ts'
import { type Refusal, type RefusalName, refuse } from './refusal.ts'
import { MAX_COUNTED_ID, type Rows, rareBit, SLOTS, type Walk, walkHeader } from './walk.ts'

/**
 * A received message: its text as it came (latin-1, one character an octet) and an index of its header fields.
 * A value becomes a string when somebody asks; what was parsed once is kept. The accessors that return parsed
 * values are safe after `checkMessage` took the message; before that ask the `…Result` ones.
 */
export class MessageFields {
  readonly text: string
  readonly bodyStart: number
  /** End of the body: Content-Length counts, octets after it are not part of the message (RFC 3261 §18.3). */
  bodyEnd: number
  /** Whether any value goes on over a line end. */
  readonly hasFolds: boolean
  /** Bits of the header ids up to `MAX_COUNTED_ID` that are there, and of those that stand more than once. */
  readonly seen: number
  readonly repeated: number
  readonly #rare: number
  /** -1: nobody looked. */
  #oddAt: number
  readonly #headersStart: number
  #rows: Rows
  #walkNumber: number
  // False: looked at, and there is none that is good.
  #from: NameAddr | false | undefined
  #to: NameAddr | false | undefined
  #via: Via | false | undefined
  #cseq: CSeq | false | undefined
  #callId: string | undefined
  #routes: readonly string[] | undefined
  #contacts: readonly (NameAddr | undefined)[] | undefined

  constructor(text: string, headersStart: number, walk: Readonly<Walk>) {
    this.text = text
    this.bodyStart = walk.bodyStart
    this.bodyEnd = text.length
    this.hasFolds = walk.hasFolds
    this.seen = walk.seen
    this.repeated = walk.repeated
    this.#rare = walk.rare
    this.#oddAt = -1
    this.#headersStart = headersStart
    this.#rows = walk.rows
    this.#walkNumber = walk.walkNumber
    this.#from = undefined
    this.#to = undefined
    this.#via = undefined
    this.#cseq = undefined
    this.#callId = undefined
    this.#routes = undefined
    this.#contacts = undefined
  }

  /** The header fields; good until the next message is read. */
  get rows(): Rows {
    if (this.#rows.walkNumber !== this.#walkNumber) {
      const walk = walkHeader(this.text, this.#headersStart)
      this.#rows = walk.rows
      this.#walkNumber = walk.walkNumber
    }
    return this.#rows
  }

  /** Where the first octet stands that honest headers rarely hold, or `bodyStart`: found once. */
  get oddAt(): number {
    if (this.#oddAt < 0) this.lookForOdd()
    return this.#oddAt
  }

  /** Finds `oddAt`: cheap while this message is the one that was read last, and its octets lie ready. */
  lookForOdd(): void {
    this.#oddAt = firstOdd(this.text, 0, this.bodyStart)
  }

  /** `SLOTS` numbers for each header field: id, start of line, start of value, and its CR LF. */
  get index(): Int32Array {
    return this.rows.numbers
  }

  /** Header fields, rows. */
  get count(): number {
    return this.rows.count
  }

  get body(): string {
    return this.text.slice(this.bodyStart, this.bodyEnd)
  }

  /** Row of the first field with that id, or -1. */
  rowOf(id: HeaderId): number {
    if (id <= MAX_COUNTED_ID) return (this.seen & (1 << id)) === 0 ? -1 : (this.rows.first[id] ?? -1)
    // Most messages have none of those: they need no second walk to say so.
    if ((this.#rare & rareBit(id)) === 0) return -1
    const { numbers, count } = this.rows
    for (let row = 0; row < count; row++) if (numbers[row * SLOTS] === id) return row
    return -1
  }

  has(id: HeaderId): boolean {
    return id <= MAX_COUNTED_ID ? (this.seen & (1 << id)) !== 0 : this.rowOf(id) >= 0
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
  list(id: HeaderId): readonly string[] {
    const first = this.rowOf(id)
    if (first < 0) return NO_VALUES
    if (id !== H.route) return valuesOf(this, id, first)
    // Asked by stage after stage.
    this.#routes ??= valuesOf(this, id, first)
    return this.#routes
  }

  /** The list of Contact, as addresses, read once: several stages ask. Undefined stands for a value that is none. */
  get contacts(): readonly (NameAddr | undefined)[] {
    this.#contacts ??= this.has(H.contact) ? addressesOf(this, H.contact) : NO_ADDRESSES
    return this.#contacts
  }

  /** Whether all values of Contact are addresses; of a message without any they are. */
  get areContactsGood(): boolean {
    return this.#contacts === undefined ? areAddresses(this, H.contact) : !this.#contacts.includes(undefined)
  }

  /** How many elements `list` would have, without making them. */
  countOf(id: HeaderId): number {
    const first = this.rowOf(id)
    if (first < 0) return 0
    const { text } = this
    const { numbers, count: rows } = this.rows
    let count = 0
    for (let i = first * SLOTS; i < rows * SLOTS; i += SLOTS) {
      if (numbers[i] !== id) continue
      count += 1
      const end = numbers[i + 3] ?? 0
      let at = endOfElement(text, numbers[i + 2] ?? 0, end)
      for (; at < end; at = endOfElement(text, at + 1, end)) count += 1
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
    this.#from ??= addressOf(this, octetsOf(this.text), H.from)
    return this.#from === false ? refuseField(this, H.from, 'name-addr-malformed') : ok(this.#from)
  }

  get toResult(): Result<NameAddr, Refusal> {
    this.#to ??= addressOf(this, octetsOf(this.text), H.to)
    return this.#to === false ? refuseField(this, H.to, 'name-addr-malformed') : ok(this.#to)
  }

  get topViaResult(): Result<Via, Refusal> {
    this.#via ??= topViaOf(this, octetsOf(this.text))
    return this.#via === false ? refuseField(this, H.via, 'via-malformed') : ok(this.#via)
  }

  get cseqResult(): Result<CSeq, Refusal> {
    this.#cseq ??= cseqOf(this, octetsOf(this.text))
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

  /** Whether the top Via is all that its row holds, and no other row is there. Else it may be so, too. */
  get hasOneVia(): boolean {
    if ((this.repeated & (1 << H.via)) !== 0) return false
    const { numbers } = this.rows
    const slot = this.rowOf(H.via) * SLOTS
    return this.topVia.text.length === (numbers[slot + 3] ?? 0) - (numbers[slot + 2] ?? 0)
  }

  /**
   * Reads the fields that every element needs.
   * @param octets those of the text
   * @returns the first that is malformed, in the words of its refusal
   */
  judge(octets: Uint8Array): RefusalName | undefined {
    this.#via ??= topViaOf(this, octets)
    if (this.#via === false) return 'via-malformed'
    if (!isCallId(this, octets)) return 'call-id-malformed'
    this.#cseq ??= cseqOf(this, octets)
    if (this.#cseq === false) return 'cseq-malformed'
    this.#from ??= addressOf(this, octets, H.from)
    if (this.#from === false) return 'from-malformed'
    this.#to ??= addressOf(this, octets, H.to)
    return this.#to === false ? 'to-malformed' : undefined
  }

  get callId(): string {
    this.#callId ??= this.header(H.callId) ?? ''
    return this.#callId
  }

  /** Adds Call-ID to the digest under way. */
  addCallId(): void {
    const row = this.hasFolds ? -1 : this.rowOf(H.callId)
    if (row < 0) return addPart(this.callId)
    const { numbers } = this.rows
    const start = numbers[row * SLOTS + 2] ?? 0
    addRange(this.text, start, lwsTrimmedEnd(this.text, start, numbers[row * SLOTS + 3] ?? 0))
  }

  /** Every Via value, top first. */
  get vias(): readonly string[] {
    return this.list(H.via)
  }
}

function refuseField(message: MessageFields, id: HeaderId, name: RefusalName): Failed<Refusal> {
  return refuse(message.has(id) ? name : 'missing-header')
}

/** A request; `Request-Line` parts as written. */
export class SipRequest extends MessageFields {
  readonly kind = 'request'
  readonly method: string
  readonly requestUri: string
  /** Value of the top Via with `received` and `rport` filled in (TRN-03); set on receipt. */
  viaStamp: string | undefined
  readonly #uriStart: number
  #uri: Result<Uri, Refusal> | undefined
  #hops: number | undefined

  constructor(
    text: string,
    headersStart: number,
    walk: Readonly<Walk>,
    method: string,
    uriStart: number,
    uriEnd: number,
  ) {
    super(text, headersStart, walk)
    this.method = method
    this.requestUri = text.slice(uriStart, uriEnd)
    this.viaStamp = undefined
    this.#uriStart = uriStart
    this.#uri = undefined
    this.#hops = undefined
  }

  /** Adds the Request-URI, as it came, to the digest under way. */
  addRequestUri(): void {
    addRange(this.text, this.#uriStart, this.#uriStart + this.requestUri.length)
  }

  get uriResult(): Result<Uri, Refusal> {
    this.#uri ??= parseUri(this.text, this.#uriStart, this.#uriStart + this.requestUri.length)
    return this.#uri
  }

  get uri(): Uri {
    return checked(this.uriResult)
  }

  /** The number of Max-Forwards; -1 when there is none, NaN when it is malformed. */
  get hops(): number {
    this.#hops ??= hopsOf(this)
    return this.#hops
  }

  /** 0 … 255, or undefined when the field is absent or larger (MSG-05). */
  get maxForwards(): number | undefined {
    const { hops } = this
    return hops >= 0 && hops <= 255 ? hops : undefined
  }
}

/** A response. */
export class SipResponse extends MessageFields {
  readonly kind = 'response'
  readonly status: number
  readonly reason: string

  constructor(text: string, headersStart: number, walk: Readonly<Walk>, status: number, reason: string) {
    super(text, headersStart, walk)
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
