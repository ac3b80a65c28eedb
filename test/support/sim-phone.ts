import assert from 'node:assert/strict'
import type { Deadline } from '../../src/base/deadlines.ts'
import { type Flow, type Hop, printAddress, type TransportName } from '../../src/base/flow.ts'
import { Secret } from '../../src/base/secret.ts'
import {
  answerChallenges,
  type ChallengeRow,
  type ClientAnswer,
  type ClientMemory,
  clientMemory,
} from '../../src/mechanisms/digest/index.ts'
import { checkMessage } from '../../src/sip/message/check.ts'
import { H } from '../../src/sip/message/header-id.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'
import { buildRequest, type Field, writeResponse } from '../../src/sip/message/write.ts'
import type { ClientTransaction } from '../../src/sip/transaction/client-transaction.ts'
import type { ClientUser, TransactionUser } from '../../src/sip/transaction/environment.ts'
import { TransactionLayer } from '../../src/sip/transaction/layer.ts'
import type { ServerTransaction } from '../../src/sip/transaction/server-transaction.ts'
import { makeTimers } from '../../src/sip/transaction/timers.ts'
import type { SimFlow, SimHost } from '../sim/sim-network.ts'
import { dialogOfCallee, dialogOfCaller, type SimDialog } from './sim-dialog.ts'
import { EDGE_IP, passwordOf, type SimEdge } from './sim-edge.ts'

const T1_MS = 500
const GIVE_UP_MS = 64 * T1_MS

/** Who a phone is. */
export interface PhoneOptions {
  readonly ip: string
  readonly port?: number
  /** Undefined: it has no account, as a neighbour. */
  readonly user?: string
  readonly domain?: string
  readonly transport?: TransportName
  /** Contact URI, where it is not the address that the edge sees. */
  readonly contact?: string
  /** Names that its certificate proves. */
  readonly identities?: readonly string[]
}

/** What a request of a phone differs in from its usual one. */
export interface RequestOptions {
  readonly headers?: readonly Field[]
  readonly body?: string
  readonly from?: string
  readonly to?: string
  readonly callId?: string
  readonly fromTag?: string
  readonly dialog?: SimDialog
  /** Route values; those of the dialog when left out. */
  readonly routes?: readonly string[]
  /** Answer challenges; default true. */
  readonly authenticates?: boolean
}

/**
 * A user agent of the simulation: transactions, digest, dialogs. It answers INVITE by `onInvite`, everything else
 * inside a dialog with 200.
 */
export class SimPhone implements TransactionUser {
  readonly sim: SimEdge
  readonly host: SimHost
  readonly layer: TransactionLayer
  readonly options: PhoneOptions
  readonly port: number
  /** Everything that came in, in order, retransmissions too. */
  readonly seen: SipMessage[] = []
  /** Requests that were new to its transaction layer. */
  readonly requests: SipRequest[] = []
  /** ACKs of 2xx. */
  readonly acks: SipRequest[] = []
  readonly calls: SimIncoming[] = []
  readonly memory: ClientMemory = clientMemory()
  /** What it does with a call; rings and answers at once when left alone. */
  onInvite: (call: SimIncoming) => void = call => {
    call.answer(180)
    call.answer(200)
  }
  /** What it does with an INVITE inside a dialog. */
  onReinvite: (call: SimIncoming) => void = call => call.answer(200)
  /** What it answers to other requests. */
  answerTo: (request: SipRequest) => number | undefined = () => 200
  /** Undefined: the right one. */
  password: string | undefined
  /** It is switched off: what comes is lost. */
  isOff = false
  #connection: SimFlow | undefined
  readonly #incoming = new Map<ServerTransaction, SimIncoming>()

  constructor(sim: SimEdge, options: PhoneOptions) {
    this.sim = sim
    this.options = options
    this.port = options.port ?? 5060
    this.host = sim.network.host(options.ip, (text, flow) => this.receive(text, flow))
    this.layer = new TransactionLayer(
      {
        nowMs: () => sim.clock.nowMs(),
        deadlines: sim.clock.deadlines,
        random: bytes => sim.network.random.bytes(bytes),
        timers: makeTimers(),
        sendResponse: (text, flow) => flow.send(text),
        sendRequest: (text, hop, client) => {
          const flow = hop.flow ?? this.host.udp(this.port, hop)
          if (!flow.send(text)) this.layer.transportFailed(client)
        },
      },
      this,
      { maxTransactions: 10_000, maxTransactionsPerSource: 10_000 },
    )
    const { transport = 'udp' } = options
    if (transport !== 'udp') sim.transports.listening.add(`${transport}:${options.ip}:${this.port}`)
  }

  get transport(): TransportName {
    return this.options.transport ?? 'udp'
  }

  get aor(): string {
    return `sip:${this.options.user ?? 'nobody'}@${this.options.domain ?? 'example.test'}`
  }

  get contact(): string {
    if (this.options.contact !== undefined) return this.options.contact
    const user = this.options.user ?? 'nobody'
    const param = this.transport === 'udp' ? '' : `;transport=${this.transport}`
    return `sip:${user}@${this.options.ip}:${this.port}${param}`
  }

  /** The connection to the edge, opened when need be. */
  get connection(): SimFlow | undefined {
    const { transport } = this
    if (transport === 'udp') return undefined
    if (this.#connection?.isOpen !== true) {
      const { identities = [] } = this.options
      const port = this.sim.network.random.between(20_000, 39_000)
      this.#connection = this.sim.transports.accept(this.host, transport, port, identities)
    }
    return this.#connection
  }

  /** Where requests go. */
  get hop(): Hop {
    const flow = this.connection
    const port = this.transport === 'tls' ? 5061 : 5060
    const hop = { transport: this.transport, ip: EDGE_IP, port, host: EDGE_IP }
    return flow === undefined ? hop : { ...hop, flow }
  }

  /** Registers and waits for the answer. */
  async register(headers: readonly Field[] = [], contactParams = ''): Promise<SipResponse> {
    const request = this.send('REGISTER', `sip:${this.options.domain ?? 'example.test'}`, {
      to: this.aor,
      callId: `register-${this.aor}-${this.options.ip}`,
      headers: [['Contact', `<${this.contact}>${contactParams}`], ['Expires', '3600'], ...headers],
    })
    for (let waited = 0; waited < 64 && request.final === undefined; waited++) await this.sim.run(T1_MS)
    assert.ok(request.final, 'no answer to REGISTER')
    return request.final
  }

  /** Sends a request; answers challenges. */
  send(method: string, uri: string, options: RequestOptions = {}): SimRequest {
    return new SimRequest(this, method, uri, options)
  }

  /** Calls somebody. */
  call(uri: string, options: RequestOptions = {}): SimRequest {
    const contact: Field = ['Contact', `<${this.contact}>`]
    return this.send('INVITE', uri, { ...options, headers: [contact, ...(options.headers ?? [])] })
  }

  receive(text: string, flow: Flow): void {
    if (this.isOff) return
    const parsed = parseMessage(text, flow.transport === 'udp')
    assert.ok(parsed.ok, text)
    const message = parsed.value
    assert.equal(checkMessage(message), undefined, text)
    this.seen.push(message)
    if (message.kind === 'response') {
      this.layer.receiveResponse(message, flow)
      return
    }
    const reception = this.layer.receiveRequest(message, flow)
    if (reception === 'stray-ack') this.#acknowledged(message)
    if (reception === 'stray-cancel') flow.send(writeResponse(message, 481, { toTag: 'none' }))
    if (reception !== 'new') return
    const server = this.layer.createServer(message, flow)
    assert.ok(typeof server !== 'string')
    this.requests.push(message)
    if (message.method === 'INVITE') return this.#ring(server, message)
    const status = this.answerTo(message)
    if (status !== undefined) {
      this.layer.respond(server, writeResponse(message, status, { toTag: this.layer.toTag(server) }), status)
    }
  }

  /** Requests of a method that came in, without retransmissions. */
  got(method: string): readonly SipRequest[] {
    return this.requests.filter(request => request.method === method)
  }

  onCancel(server: ServerTransaction): void {
    const call = this.#incoming.get(server)
    if (call === undefined) return
    call.isCancelled = true
    call.answer(487)
  }

  onAck(_server: ServerTransaction, ack: SipRequest): void {
    this.#acknowledged(ack)
  }

  onServerTimeout(): void {}
  onServerTransportError(): void {}
  onServerDropped(): void {}
  onSuspicious(): void {}

  onFurtherAnswer(): void {}

  #ring(server: ServerTransaction, invite: SipRequest): void {
    const call = new SimIncoming(this, server, invite)
    this.calls.push(call)
    this.#incoming.set(server, call)
    if (invite.to.tag === undefined) this.onInvite(call)
    else this.onReinvite(call)
  }

  #acknowledged(ack: SipRequest): void {
    this.acks.push(ack)
    for (const call of this.calls) if (call.invite.callId === ack.callId) call.acknowledged()
  }
}

/** A call that came in. */
export class SimIncoming {
  readonly phone: SimPhone
  readonly invite: SipRequest
  readonly dialog: SimDialog
  readonly #server: ServerTransaction
  isCancelled = false
  isAcknowledged = false
  /** The final status that it was answered with. */
  status: number | undefined
  #again: Deadline | undefined

  constructor(phone: SimPhone, server: ServerTransaction, invite: SipRequest) {
    this.phone = phone
    this.invite = invite
    this.#server = server
    this.dialog = dialogOfCallee(invite, invite.to.tag ?? phone.layer.toTag(server))
  }

  /** Sends a response; a 2xx again and again until its ACK comes (RFC 3261 §13.3.1.4). */
  answer(status: number, headers: readonly Field[] = [], body = ''): void {
    if (this.status !== undefined) return
    if (status >= 200) this.status = status
    const text = this.write(status, headers, body)
    this.phone.layer.respond(this.#server, text, status)
    if (status >= 200 && status < 300) this.#repeat(text, T1_MS, this.phone.sim.clock.nowMs())
  }

  /** Answers after some time. */
  answerAfter(ms: number, status: number): void {
    const { clock } = this.phone.sim
    clock.deadlines.set(clock.nowMs(), ms, () => this.answer(status))
  }

  write(status: number, headers: readonly Field[] = [], body = ''): string {
    const all: Field[] = [...headers]
    if (status > 100 && status < 300) {
      all.unshift(...this.invite.headers(H.recordRoute).map((value): Field => ['Record-Route', value]), [
        'Contact',
        `<${this.phone.contact}>`,
      ])
    }
    return writeResponse(this.invite, status, { toTag: this.dialog.localTag, headers: all, body })
  }

  acknowledged(): void {
    this.isAcknowledged = true
    this.phone.sim.clock.deadlines.cancel(this.#again)
  }

  #repeat(text: string, afterMs: number, sinceMs: number): void {
    const { clock } = this.phone.sim
    this.#again = clock.deadlines.set(clock.nowMs(), afterMs, () => {
      if (this.isAcknowledged || clock.nowMs() - sinceMs > GIVE_UP_MS) return
      this.phone.layer.respond(this.#server, text, 200)
      this.#repeat(text, Math.min(2 * afterMs, 4000), sinceMs)
    })
  }
}

/** A request on its way, with what came of it. */
export class SimRequest implements ClientUser {
  readonly isUac = true
  readonly phone: SimPhone
  readonly method: string
  readonly uri: string
  readonly options: RequestOptions
  readonly callId: string
  readonly fromTag: string
  cseq: number
  /** Every response, challenges too. */
  readonly responses: SipResponse[] = []
  /** The last final response, challenges that were answered left out. */
  final: SipResponse | undefined
  /** Finals that were told, by status: an honest caller gets exactly one, but for several 2xx. */
  readonly finals: number[] = []
  /** By To tag. */
  readonly dialogs = new Map<string, SimDialog>()
  isTimedOut = false
  /** Credentials of the last attempt. */
  answers: readonly ClientAnswer[] = []
  #client: ClientTransaction | undefined

  constructor(phone: SimPhone, method: string, uri: string, options: RequestOptions) {
    const { random } = phone.sim.network
    const { dialog } = options
    this.phone = phone
    this.method = method
    this.uri = uri
    this.options = options
    this.callId = dialog?.callId ?? options.callId ?? random.bytes(8).toString('hex')
    this.fromTag = dialog?.localTag ?? options.fromTag ?? random.bytes(4).toString('hex')
    if (dialog !== undefined) dialog.cseq += 1
    this.cseq = dialog?.cseq ?? phone.sim.clock.nowMs() + 1
    this.#start()
  }

  /** Statuses of all responses. */
  get statuses(): readonly number[] {
    return this.responses.map(({ status }) => status)
  }

  /** The dialog of the first 2xx. */
  get dialog(): SimDialog {
    const [first] = this.dialogs.values()
    assert.ok(first, `no dialog: ${this.statuses.join(' ')}`)
    return first
  }

  cancel(): void {
    if (this.#client !== undefined) this.phone.layer.cancel(this.#client)
  }

  /** Sends a request inside the dialog. */
  within(method: string, options: RequestOptions = {}): SimRequest {
    return this.phone.send(method, this.dialog.remoteTarget, { dialog: this.dialog, ...options })
  }

  onResponse(_client: ClientTransaction, response: SipResponse): void {
    this.responses.push(response)
    const { status } = response
    if (status < 200) return
    if ((status === 401 || status === 407) && this.#answersChallenge(response)) return
    this.final = response
    this.finals.push(status)
    if (status < 300 && this.method === 'INVITE') this.#acknowledge(response)
  }

  onTimeout(): void {
    this.isTimedOut = true
  }

  onTransportError(): void {
    this.isTimedOut = true
  }

  /** The ACK of a 2xx, as it is sent for every copy of it. */
  writeAck(dialog: SimDialog): string {
    return this.#write('ACK', dialog.remoteTarget, dialog, this.cseq, [])
  }

  #acknowledge(response: SipResponse): void {
    const tag = response.to.tag ?? ''
    let dialog = this.dialogs.get(tag)
    if (dialog === undefined) {
      dialog = dialogOfCaller(response, this.cseq)
      this.dialogs.set(tag, dialog)
    }
    const { hop, host, port } = this.phone
    const flow = hop.flow ?? host.udp(port, hop)
    flow.send(this.writeAck(dialog))
  }

  #answersChallenge(response: SipResponse): boolean {
    const { user } = this.phone.options
    if (user === undefined || this.options.authenticates === false) return false
    const rows: ChallengeRow[] = [
      ...response
        .headers(H.wwwAuthenticate)
        .map((value): ChallengeRow => ({ field: 'WWW-Authenticate', value })),
      ...response
        .headers(H.proxyAuthenticate)
        .map((value): ChallengeRow => ({ field: 'Proxy-Authenticate', value })),
    ]
    const { method, uri, options } = this
    const answers = answerChallenges(
      rows,
      { method, requestUri: uri, body: options.body ?? '' },
      this.answers,
      {
        memory: this.phone.memory,
        accountFor: () => ({
          username: user,
          password: this.phone.password === undefined ? passwordOf(user) : new Secret(this.phone.password),
        }),
        random: bytes => this.phone.sim.network.random.bytes(bytes),
      },
    )
    if (!answers.ok) return false
    this.answers = answers.value
    this.cseq += 1
    if (options.dialog !== undefined) options.dialog.cseq = this.cseq
    this.#start()
    return true
  }

  #start(): void {
    const { method, uri, options, phone } = this
    const credentials = this.answers.map(({ field, value }): Field => [field, value])
    const text = this.#write(method, uri, options.dialog, this.cseq, [
      ...(options.headers ?? []),
      ...credentials,
    ])
    const branch = /branch=([^;\r]+)/.exec(text)?.[1] ?? ''
    this.#client = phone.layer.createClient({ text, method, branch, hop: phone.hop, user: this })
  }

  #write(
    method: string,
    uri: string,
    dialog: SimDialog | undefined,
    cseq: number,
    headers: readonly Field[],
  ): string {
    const { phone, options } = this
    const branch = `z9hG4bK${phone.sim.network.random.bytes(8).toString('hex')}`
    const sentBy = printAddress({ ip: phone.options.ip, port: phone.port })
    const toTag = dialog === undefined ? '' : `;tag=${dialog.remoteTag}`
    const routes = options.routes ?? dialog?.routes ?? []
    const from = dialog?.localUri ?? options.from ?? phone.aor
    const to = dialog?.remoteUri ?? options.to ?? uri
    return buildRequest({
      method,
      uri,
      headers: [
        ['Via', `SIP/2.0/${phone.transport.toUpperCase()} ${sentBy};rport;branch=${branch}`],
        ['Max-Forwards', '70'],
        ...routes.map((route): Field => ['Route', route]),
        ['From', `<${from}>;tag=${this.fromTag}`],
        ['To', `<${to}>${toTag}`],
        ['Call-ID', this.callId],
        ['CSeq', `${cseq} ${method}`],
        ...headers,
      ],
      body: options.body ?? '',
    })
  }
}
