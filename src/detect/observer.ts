import { AspisError } from '../base/errors.ts'
import type { TransportName } from '../base/flow.ts'
import type { SipRequest, SipResponse } from '../sip/message/message.ts'
import { parseMessage } from '../sip/message/parse.ts'
import type { Engine } from './engine.ts'
import type {
  AnswerGiven,
  CallSeen,
  CredentialsJudged,
  MessageDropped,
  MessageMalformed,
  RequestSeen,
  ResponseSeen,
  Seen,
  Sighting,
} from './sighting.ts'
import type { Source } from './source.ts'
import { Tracker } from './tracker/tracker.ts'

/** Where and when something was seen. */
export interface Where {
  atMs: number
  source: Source
  transport: TransportName
}

/** What is said of credentials that were judged. */
export type Judgement = Pick<CredentialsJudged, 'isAccepted' | 'why' | 'user' | 'realm' | 'isNonceOurs'>

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * What a sensor tells, the server's own or the one that reads captures: it makes sightings, in objects that are used
 * again, and has the tracker derive from them what calls and registrations come to.
 */
export class Observer {
  readonly engine: Engine
  readonly #tracker: Tracker
  readonly #request: Writable<RequestSeen>
  readonly #answer: Writable<AnswerGiven>
  readonly #response: Writable<ResponseSeen>
  readonly #drop: Writable<MessageDropped>
  readonly #credentials: Writable<CredentialsJudged>
  #lastTickMs = Number.NEGATIVE_INFINITY

  /** @param onCall told of every call that goes on, after the detectors */
  constructor(engine: Engine, onCall?: (seen: CallSeen) => void) {
    this.engine = engine
    const seen: Seen = { atMs: 0, source: engine.sourceOf('0.0.0.0'), transport: 'udp' }
    const { request, response } = firstMessages()
    const tell = (sighting: Sighting): void => engine.see(sighting)
    const tellCall = (call: CallSeen): void => engine.seeCall(call)
    const tellBoth = (call: CallSeen): void => {
      engine.seeCall(call)
      onCall?.(call)
    }
    const onEachCall = onCall === undefined ? tellCall : tellBoth
    this.#tracker = new Tracker({ see: tell, seeCall: onEachCall }, seen, engine.hash, engine.tables.accounts)
    this.#request = { kind: 'request', ...seen, request, isInDialog: false }
    this.#answer = { kind: 'answer', ...seen, request, status: 0, why: '', isOwn: false }
    this.#response = { kind: 'response', ...seen, response, isStray: false }
    this.#drop = { kind: 'drop', ...seen, request, why: '' }
    this.#credentials = {
      ...{ kind: 'credentials', ...seen, request },
      ...{ isAccepted: false, why: '', user: '', realm: '', isNonceOurs: false },
    }
  }

  /** Calls followed now. */
  get calls(): number {
    return this.#tracker.calls
  }

  request(where: Where, request: SipRequest): void {
    const seen = this.#request
    place(seen, where)
    seen.request = request
    seen.isInDialog = request.to.tag !== undefined
    this.#tick(where.atMs)
    this.engine.seeRequest(seen)
    if (request.method === 'ACK' || request.method === 'CANCEL') this.#tracker.request(seen)
  }

  /** @param account who proved himself with it, '' nobody @param toClass class of the destination, '' unknown */
  forwarded(where: Where, request: SipRequest, account: string, toClass: string): void {
    this.#tracker.forwarded(where, request, account, toClass)
  }

  answer(where: Where, request: SipRequest, status: number, why: string, isOwn: boolean): void {
    const given = this.#answer
    place(given, where)
    given.request = request
    given.status = status
    given.why = why
    given.isOwn = isOwn
    this.engine.seeAnswer(given)
    this.#tracker.answer(given)
  }

  response(where: Where, response: SipResponse, isStray: boolean): void {
    const seen = this.#response
    place(seen, where)
    seen.response = response
    seen.isStray = isStray
    this.#tick(where.atMs)
    this.engine.seeResponse(seen)
    this.#tracker.response(seen)
  }

  malformed({ atMs, source, transport }: Where, text: string, refusal: MessageMalformed['refusal']): void {
    this.see({ kind: 'malformed', atMs, source, transport, text, refusal })
  }

  drop(where: Where, request: SipRequest, why: string): void {
    const dropped = this.#drop
    place(dropped, where)
    dropped.request = request
    dropped.why = why
    this.engine.see(dropped)
    this.#tracker.drop(dropped)
  }

  credentials(where: Where, request: SipRequest, judgement: Judgement): void {
    const judged = this.#credentials
    place(judged, where)
    judged.request = request
    judged.isAccepted = judgement.isAccepted
    judged.why = judgement.why
    judged.user = judgement.user
    judged.realm = judgement.realm
    judged.isNonceOurs = judgement.isNonceOurs
    this.engine.seeCredentials(judged)
  }

  /** Anything rarer. */
  see(sighting: Sighting): void {
    this.#tick(sighting.atMs)
    this.engine.see(sighting)
  }

  /** Time went on without anything to see. */
  advance(nowMs: number): void {
    this.#tick(nowMs)
    this.engine.advance(nowMs)
  }

  #tick(nowMs: number): void {
    if (nowMs - this.#lastTickMs < 1000) return
    this.#lastTickMs = nowMs
    this.#tracker.tick(nowMs)
  }
}

/** What stands in the reused objects before the first message came. */
function firstMessages(): { readonly request: SipRequest; readonly response: SipResponse } {
  const request = parseMessage(`OPTIONS sip:nobody.invalid SIP/2.0\r\n${FIELDS}`, true)
  const response = parseMessage(`SIP/2.0 200 OK\r\n${FIELDS}`, true)
  if (request.ok && response.ok && request.value.kind === 'request' && response.value.kind === 'response') {
    return { request: request.value, response: response.value }
  }
  throw new AspisError('ERR_ASPIS_DETECT', 'the first messages cannot be read')
}

const FIELDS = [
  'Via: SIP/2.0/UDP nobody.invalid;branch=z9hG4bK0',
  'From: <sip:nobody.invalid>;tag=0',
  'To: <sip:nobody.invalid>',
  'Call-ID: 0',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n')

function place(seen: Writable<Seen>, { atMs, source, transport }: Where): void {
  seen.atMs = atMs
  seen.source = source
  seen.transport = transport
}
