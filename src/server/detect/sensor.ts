import type { Flow } from '../../base/flow.ts'
import type { Observer, Where } from '../../detect/observer.ts'
import type { EventName } from '../../detect/output/record.ts'
import type { DetailOf } from '../../detect/sighting.ts'
import type { Source } from '../../detect/source.ts'
import { KnownSource } from '../../detect/source-tables.ts'
import { partyOf } from '../../detect/tracker/party.ts'
import type { Caller } from '../../pipeline/caller.ts'
import type { RequestContext } from '../../pipeline/stage.ts'
import { checkMessage } from '../../sip/message/check.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import type { SuspicionName } from '../../sip/transaction/environment.ts'
import { Notebook, type Noted } from './noted.ts'
import type { Outputs } from './outputs/outputs.ts'

/** What a sensor is given. */
export interface SensorOptions {
  readonly observer: Observer
  /** Monotonic, ms. */
  nowMs(): number
  /** Name of the neighbour that a flow belongs to. */
  trunkOf(flow: Flow): string | undefined
  /** Runs something once when this turn of the event loop is over. */
  later(work: () => void): void
  /** A fault of the detection itself: the server goes on without what it would have seen. */
  onFailed(error: unknown): void
}

/**
 * Requests that name nobody here are not read by the server; so many a second are read all the same, since who scans a
 * network sends nothing else. A thousand are 5 ms of work.
 */
const UNSERVED_READ_PER_SECOND = 1000

/** Reasons of digest after which the nonce was found to be ours, and made for that address. */
const OF_OUR_NONCES: ReadonlySet<string> = new Set([
  'guessing',
  'nonce-expired',
  'nonce-forgotten',
  'nonce-replayed',
  'wrong-credentials',
])

/** Stands for the source of what no message led to. */
const NOBODY = '0.0.0.0'

const OTHER_SOURCE = 'response-from-another-source' satisfies SuspicionName

/** Tells the detection what the server sees and does, as it happens. Costs one look-up of a flow's source a message. */
export class Sensor {
  readonly #options: SensorOptions
  readonly #observer: Observer
  readonly #where: Where
  readonly #notebook: Notebook
  /** Where security events go, and the last messages are kept. */
  outputs: Outputs | undefined
  #unservedRead = 0
  #unservedLeft = 0
  #unservedSecond = 0

  constructor(options: SensorOptions) {
    this.#options = options
    this.#observer = options.observer
    this.#notebook = new Notebook(options.later, () => this.catchUp())
    this.#where = { atMs: 0, source: this.#observer.engine.sourceOf('0.0.0.0'), transport: 'udp' }
  }

  /** A well-formed request. */
  request(request: SipRequest, flow: Flow): void {
    request.lookForOdd()
    this.#notebook.note('request', this.#options.nowMs(), flow, request)
  }

  /** A well-formed response. */
  response(response: SipResponse, flow: Flow, isStray: boolean): void {
    response.lookForOdd()
    this.#notebook.note(isStray ? 'stray' : 'response', this.#options.nowMs(), flow, response)
  }

  /** An answer of our own. */
  answered(status: number, why: string, flow: Flow, request: SipRequest): void {
    this.#notebook.note('answered', this.#options.nowMs(), flow, request, status, why)
  }

  /** A final response of another one, passed on. */
  passedBack(status: number, flow: Flow, request: SipRequest): void {
    this.#notebook.note('passed-back', this.#options.nowMs(), flow, request, status)
  }

  /** A request that goes on to where it leads. */
  forwarded({ flow, request, caller, decision }: RequestContext): void {
    const toClass = decision?.toClass ?? ''
    this.#notebook.note('forwarded', this.#options.nowMs(), flow, request, 0, toClass, '', '', caller?.caller)
  }

  /** Looks at what was noted. */
  catchUp(): void {
    this.#notebook.read(this.#look)
  }

  readonly #look = (noted: Noted): void => {
    try {
      this.#lookAt(noted)
    } catch (error) {
      this.#options.onFailed(error)
    }
  }

  #lookAt({ kind, atMs, flow, message, status, why, user, realm, caller }: Noted): void {
    const where = this.#at(flow, atMs)
    const observer = this.#observer
    if (message.kind === 'response') {
      this.outputs?.recent?.note(message.text, flow, atMs)
      return observer.response(where, message, kind === 'stray')
    }
    switch (kind) {
      case 'request':
        this.outputs?.recent?.note(message.text, flow, atMs)
        return observer.request(where, message)
      case 'answered':
        observer.answer(where, message, status, why, true)
        if (message.method === 'REGISTER' && status < 300 && message.has(H.contact))
          this.#event('registration-changed', flow, partyOf(message.to.uri), message.callId, why)
        return
      case 'passed-back':
        return observer.answer(where, message, status, '', false)
      case 'forwarded':
        return observer.forwarded(where, message, accountOf(caller, where.source), why)
      case 'dropped':
        return observer.drop(where, message, why)
      case 'refused':
        observer.credentials(where, message, {
          ...{ isAccepted: false, why, user, realm, isNonceOurs: OF_OUR_NONCES.has(why) },
        })
        return this.#event('credentials-refused', flow, user, message.callId, why)
      case 'accepted':
        observer.credentials(where, message, { isAccepted: true, why: '', user, realm, isNonceOurs: true })
        if (this.outputs?.wantsEvents === true)
          this.#event('credentials-accepted', flow, `${user}@${realm}`, message.callId, '')
        return
      default:
        return
    }
  }

  malformed(text: string, refusal: string, flow: Flow): void {
    try {
      this.catchUp()
      const where = this.#at(flow, this.#options.nowMs())
      this.outputs?.recent?.note(text, flow, where.atMs)
      this.#event('message-malformed', flow, '', '', refusal)
      this.#observer.malformed(where, text, refusal)
    } catch (error) {
      this.#options.onFailed(error)
    }
  }

  dropped(why: string, flow: Flow, request: SipRequest): void {
    this.#notebook.note('dropped', this.#options.nowMs(), flow, request, 0, why)
  }

  /** A datagram that names nobody here and was not read. */
  unserved(text: string, flow: Flow): void {
    try {
      if (!this.#mayReadUnserved()) return
      const parsed = parseMessage(text, true)
      if (!parsed.ok || parsed.value.kind !== 'request') return
      const request = parsed.value
      if (checkMessage(request) !== undefined) return
      this.request(request, flow)
      this.dropped('unserved-domain', flow, request)
    } catch (error) {
      this.#options.onFailed(error)
    }
  }

  /** Credentials that were not accepted. @param offered the name, as a stranger sent it */
  refusedCredentials(why: string, flow: Flow, request: SipRequest, offered: string, realm: string): void {
    this.#notebook.note('refused', this.#options.nowMs(), flow, request, 0, why, offered, realm)
  }

  acceptedCredentials(flow: Flow, request: SipRequest, user: string, realm: string): void {
    this.#notebook.note('accepted', this.#options.nowMs(), flow, request, 0, '', user, realm)
  }

  /** What the transaction layer found odd. */
  suspicious(name: string, flow: Flow, message: SipRequest | SipResponse | undefined): void {
    try {
      if (name !== OTHER_SOURCE) return
      this.catchUp()
      const { atMs, source, transport } = this.#at(flow, this.#options.nowMs())
      this.#observer.see({
        kind: 'doubt',
        atMs,
        source,
        transport,
        doubt: OTHER_SOURCE,
        message,
        account: '',
      })
    } catch (error) {
      this.#options.onFailed(error)
    }
  }

  /** Anything else, with the time and source of a flow. */
  see(flow: Flow, detail: DetailOf): void {
    try {
      this.catchUp()
      const { atMs, source, transport } = this.#at(flow, this.#options.nowMs())
      this.#observer.see({ ...detail, atMs, source, transport })
    } catch (error) {
      this.#options.onFailed(error)
    }
  }

  /** The same where there is an address and no flow. */
  seeFrom(ip: string, transport: Flow['transport'], detail: DetailOf): void {
    try {
      this.catchUp()
      const source = this.#observer.engine.sourceOf(ip)
      this.#observer.see({ ...detail, atMs: this.#options.nowMs(), source, transport })
    } catch (error) {
      this.#options.onFailed(error)
    }
  }

  /** What no message led to: names, servers that are asked. */
  tell(detail: DetailOf): void {
    if (this.watches(detail.kind)) this.seeFrom(NOBODY, 'udp', detail)
  }

  /** Whether any detector wants to be told of a kind: what none does is not even put into words. */
  watches(kind: DetailOf['kind']): boolean {
    return this.#observer.engine.watches(kind)
  }

  /** Time went on. */
  advance(): void {
    try {
      this.catchUp()
      this.#observer.advance(this.#options.nowMs())
    } catch (error) {
      this.#options.onFailed(error)
    }
  }

  #event(event: EventName, flow: Flow, account: string, callId: string, why: string): void {
    const { outputs } = this
    if (outputs?.wantsEvents !== true) return
    const { ip, port } = flow.remote
    const isProved = this.#where.source.isProved
    outputs.event({
      ...{ event, wallMs: Date.now(), from: ip, port, transport: flow.transport },
      ...{ account, why, callId, isProved },
    })
  }

  #at(flow: Flow, atMs: number): Where {
    const where = this.#where
    where.atMs = atMs
    where.source = this.#sourceOf(flow)
    where.transport = flow.transport
    return where
  }

  #sourceOf(flow: Flow): KnownSource {
    const { engine } = this.#observer
    const { seenAs } = flow
    if (seenAs instanceof KnownSource && engine.tables.sources.holds(seenAs)) {
      if (flow.isProved && !seenAs.isProved) seenAs.isProved = true
      engine.tables.sources.touch(seenAs)
      return seenAs
    }
    const source = engine.sourceOf(flow.remote.ip)
    if (flow.isProved) source.isProved = true
    source.trunk ??= this.#options.trunkOf(flow)
    flow.seenAs = source
    return source
  }

  #mayReadUnserved(): boolean {
    const second = Math.floor(this.#options.nowMs() / 1000)
    if (second !== this.#unservedSecond) {
      this.#unservedSecond = second
      this.#unservedRead = 0
    }
    if (this.#unservedRead >= UNSERVED_READ_PER_SECOND) {
      this.#unservedLeft += 1
      return false
    }
    this.#unservedRead += 1
    return true
  }

  /** Datagrams for nobody that the detection did not read either. */
  get unservedLeft(): number {
    return this.#unservedLeft
  }
}

function accountOf(caller: Caller | undefined, source: Source): string {
  if (caller?.kind !== 'user') return ''
  const { user, domain } = caller
  // Who just logged in has his text already.
  if (source instanceof KnownSource && source.lastUser === user && source.lastRealm === domain)
    return source.lastAccount?.key ?? `${user}@${domain}`
  return `${user}@${domain}`
}
