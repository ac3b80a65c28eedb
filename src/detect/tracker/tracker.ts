import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import type {
  AnswerGiven,
  BindingsChanged,
  CallSeen,
  DialogDoubted,
  Doubt,
  MessageDropped,
  RequestSeen,
  ResponseSeen,
  Seen,
  Sighting,
} from '../sighting.ts'
import type { SlotTable } from '../tables/slot-table.ts'
import type { Account } from '../tables.ts'
import { CallTable, TrackedCall } from './calls.ts'
import { partyOf } from './party.ts'

/** Timer B of the callee's side: a 2xx without ACK is repeated so long (RFC 3261 §13.3.1.4). */
const ACK_MS = 32_000

/** Refused calls that wait for their ACK, a power of two: a second of a hundred thousand. */
const REFUSED_KEPT = 1 << 16

/** Methods that live in the dialog of a call. */
const OF_CALLS: ReadonlySet<string> = new Set(['ACK', 'BYE', 'INFO', 'INVITE', 'PRACK', 'UPDATE'])

/** Who is told what the tracker derives. */
export interface Told {
  see(sighting: Sighting): void
  seeCall(seen: CallSeen): void
}

/**
 * Follows calls by what stands on the wire: requests, responses, answers. So a capture shows the same as the server
 * itself. What it derives is told as sightings of its own: calls, doubts about requests inside them, registrations.
 */
export class Tracker {
  readonly #see: (sighting: Sighting) => void
  readonly #seeCall: (seen: CallSeen) => void
  readonly #calls = new CallTable()
  /** Answered calls that wait for ACK, oldest first. */
  readonly #unacknowledged = new Map<TrackedCall, Seen>()
  readonly #callSeen: { -readonly [K in keyof CallSeen]: CallSeen[K] }
  readonly #doubted: { -readonly [K in keyof DialogDoubted]: DialogDoubted[K] }

  readonly #hash: (text: string) => number
  readonly #accounts: SlotTable<Account>
  /** Hashes of Call-IDs whose INVITE we refused, each at its place. */
  readonly #refused = new Int32Array(REFUSED_KEPT)

  /** @param nobody stands for the source where none is known @param hash of texts of strangers */
  constructor(
    { see, seeCall }: Told,
    nobody: Seen,
    hash: (text: string) => number,
    accounts: SlotTable<Account>,
  ) {
    this.#see = see
    this.#seeCall = seeCall
    this.#hash = hash
    this.#accounts = accounts
    const { atMs, source, transport } = nobody
    this.#callSeen = { kind: 'call', atMs, source, transport, phase: 'began', call: NO_CALL }
    this.#doubted = {
      ...{ kind: 'doubt', atMs, source, transport },
      doubt: 'cancel-of-nothing',
      message: undefined,
      account: '',
    }
  }

  /** Calls followed now. */
  get calls(): number {
    return this.#calls.size
  }

  /** A request went on to where it leads; an INVITE without To tag begins a call. */
  forwarded(seen: Seen, request: SipRequest, account: string, toClass: string): void {
    if (request.method !== 'INVITE' || request.to.tag !== undefined) return
    const { callId } = request
    const known = this.#calls.find(callId)
    // The same call again, after a challenge of the callee's side or as a fork.
    if (known !== undefined) return
    const { uri } = request
    const call = this.#calls.begin(
      {
        callId,
        fromTag: request.from.tag ?? '',
        from: partyOf(request.from.uri),
        account,
        place: account === '' ? undefined : this.#accounts.peek(account),
        destination: uri.user ?? '',
        destinationHost: uri.host,
        toClass,
        source: seen.source,
        transport: seen.transport,
        atMs: seen.atMs,
      },
      forgotten => this.#tell(seen, 'forgotten', forgotten),
    )
    this.#tell(seen, 'began', call)
  }

  request(seen: RequestSeen): void {
    const { request } = seen
    if (request.method === 'ACK') {
      if (!seen.isInDialog) return
      const call = this.#calls.find(request.callId)
      if (call === undefined || call.answeredMs === 0 || call.isAcknowledged) return
      // One who is not of the call acknowledges nothing.
      if (!call.isParty(seen.source)) return this.#doubt(seen, 'request-from-another-source', request, call)
      call.isAcknowledged = true
      this.#unacknowledged.delete(call)
      this.#tell(seen, 'acknowledged', call)
      return
    }
    if (request.method !== 'CANCEL') return
    const call = this.#calls.find(request.callId)
    if (call === undefined || call.answeredMs !== 0 || call.isCaller(seen.source)) return
    this.#doubt(seen, 'cancel-from-another-source', request, call)
  }

  response(seen: ResponseSeen): void {
    const { response } = seen
    const { status } = response
    if (status <= 100 || response.cseq.method !== 'INVITE') return
    const call = this.#calls.find(response.callId)
    if (call === undefined) return
    if (seen.isStray) {
      if (!call.isParty(seen.source)) this.#doubt(seen, 'response-from-another-source', response, call)
      return
    }
    if (status >= 300) return
    const { tag } = response.to
    if (tag !== undefined) call.addToTag(tag)
    if (call.calleeIp === '' || status >= 200) {
      call.calleeIp = seen.source.ip
      call.calleeTrunk = seen.source.trunk ?? ''
    }
    if (status >= 200 || call.isRinging) return
    call.isRinging = true
    this.#tell(seen, 'ringing', call)
  }

  answer(given: AnswerGiven): void {
    const { request, status } = given
    if (request.method === 'REGISTER') {
      if (status < 300) this.#registered(given)
      return
    }
    if (request.to.tag !== undefined) {
      if (OF_CALLS.has(request.method)) this.#inDialog(given)
      return
    }
    if (request.method === 'CANCEL') {
      if (status === 481) this.#doubt(given, 'cancel-of-nothing', request, undefined)
      return
    }
    if (request.method !== 'INVITE') return
    if (status >= 300 && given.isOwn) this.#noteRefused(request)
    // A challenge ends no call: the next request brings the proof.
    if ((status === 401 || status === 407) && given.isOwn) return
    const call = this.#calls.find(request.callId)
    if (call === undefined || call.answeredMs !== 0) return
    call.status = status
    if (status < 300) {
      call.answeredMs = given.atMs
      this.#unacknowledged.set(call, { atMs: given.atMs, source: given.source, transport: given.transport })
      return this.#tell(given, 'answered', call)
    }
    call.endedMs = given.atMs
    this.#tell(given, 'failed', call)
    this.#calls.end(call)
  }

  drop(dropped: MessageDropped): void {
    const { request } = dropped
    if (request.to.tag === undefined || !OF_CALLS.has(request.method)) return
    if (request.method === 'ACK' && this.#wasRefused(request)) return
    this.#doubtOf(dropped, request, this.#calls.find(request.callId))
  }

  /** A challenge leaves no transaction that its ACK could belong to, and each honest call begins with one. */
  #noteRefused({ callId }: SipRequest): void {
    const hash = this.#hash(callId)
    this.#refused[hash & (REFUSED_KEPT - 1)] = hash
  }

  /** Once for each: an ACK that is sent again and again is one too many. */
  #wasRefused({ callId }: SipRequest): boolean {
    const hash = this.#hash(callId)
    const place = hash & (REFUSED_KEPT - 1)
    if (this.#refused[place] !== (hash | 0)) return false
    this.#refused[place] = 0
    return true
  }

  /** Once a second. */
  tick(nowMs: number): void {
    for (const [call, seen] of this.#unacknowledged) {
      if (nowMs - call.answeredMs < ACK_MS) return
      this.#unacknowledged.delete(call)
      if (!call.isTracked) continue
      this.#tell({ ...seen, atMs: nowMs }, 'unacknowledged', call)
    }
  }

  #inDialog(given: AnswerGiven): void {
    const { request, status } = given
    const call = this.#calls.find(request.callId)
    const isGranted = status < 300 && (request.has(H.authorization) || request.has(H.proxyAuthorization))
    if (given.isOwn || !isGranted) this.#doubtOf(given, request, call)
    if (request.method !== 'BYE' || call === undefined || call.answeredMs === 0) return
    // Refused by ourselves it ended nothing; the other side's 481 tells that there is no call any more.
    if (status >= 300 && (given.isOwn || (status !== 481 && status !== 408))) return
    call.endedMs = given.atMs
    call.endedBy = call.isCaller(given.source) ? 'caller' : 'callee'
    this.#unacknowledged.delete(call)
    this.#tell(given, 'ended', call)
    this.#calls.end(call)
  }

  #doubtOf(seen: Seen, request: SipRequest, call: TrackedCall | undefined): void {
    if (call === undefined) return this.#doubt(seen, 'request-of-no-dialog', request, undefined)
    if (!call.hasTags(request.from.tag ?? '', request.to.tag ?? '')) {
      return this.#doubt(seen, 'tags-of-no-dialog', request, call)
    }
    if (!call.isParty(seen.source)) this.#doubt(seen, 'request-from-another-source', request, call)
  }

  #registered(given: AnswerGiven): void {
    const { request } = given
    if (!request.has(H.contact)) return
    const expires = request.header(H.expires)
    const { contacts } = request
    let added = 0
    for (const contact of contacts) {
      if (contact !== undefined && (contact.params.get('expires') ?? expires) !== '0') added += 1
    }
    const changed: BindingsChanged = {
      kind: 'registration',
      atMs: given.atMs,
      source: given.source,
      transport: given.transport,
      request,
      account: partyOf(request.to.uri),
      contacts: contacts.length,
      isRemoval: added === 0,
    }
    this.#see(changed)
  }

  /** The source is the caller's, whoever's message it was; at the end it is who hung up. */
  #tell({ atMs, source, transport }: Seen, phase: CallSeen['phase'], call: TrackedCall): void {
    const seen = this.#callSeen
    const caller = phase === 'ended' ? undefined : call.callerSource
    seen.atMs = atMs
    seen.source = caller ?? source
    seen.transport = caller === undefined ? transport : call.callerTransport
    seen.phase = phase
    seen.call = call
    this.#seeCall(seen)
  }

  #doubt(
    { atMs, source, transport }: Seen,
    doubt: Doubt,
    message: SipRequest | SipResponse,
    call: TrackedCall | undefined,
  ): void {
    const doubted = this.#doubted
    doubted.atMs = atMs
    doubted.source = source
    doubted.transport = transport
    doubted.doubt = doubt
    doubted.message = message
    doubted.account = call === undefined ? '' : call.account === '' ? call.from : call.account
    this.#see(doubted)
    doubted.message = undefined
  }
}

const NO_CALL = new TrackedCall()
