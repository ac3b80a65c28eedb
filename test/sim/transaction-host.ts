import assert from 'node:assert/strict'
import type { Address, Flow, Hop } from '../../src/base/flow.ts'
import { checkMessage } from '../../src/sip/message/check.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'
import { buildRequest, type Field, writeResponse } from '../../src/sip/message/write.ts'
import type { ClientTransaction } from '../../src/sip/transaction/client-transaction.ts'
import type {
  ClientUser,
  SuspicionName,
  TransactionLimits,
  TransactionUser,
} from '../../src/sip/transaction/environment.ts'
import { TransactionLayer } from '../../src/sip/transaction/layer.ts'
import type { ServerTransaction } from '../../src/sip/transaction/server-transaction.ts'
import { makeTimers } from '../../src/sip/transaction/timers.ts'
import type { SimHost, SimNetwork } from './sim-network.ts'

const ROOM: TransactionLimits = { maxTransactions: 10_000, maxTransactionsPerSource: 10_000 }

/** Text of a simulation's message as a checked message. */
export function read(text: string): SipMessage {
  const parsed = parseMessage(text, true)
  assert.ok(parsed.ok, text)
  assert.equal(checkMessage(parsed.value), undefined, text)
  return parsed.value
}

/** What `read` gives for a request. */
export function readRequest(text: string): SipRequest {
  const message = read(text)
  assert.ok(message.kind === 'request')
  return message
}

/** What `read` gives for a response. */
export function readResponse(text: string): SipResponse {
  const message = read(text)
  assert.ok(message.kind === 'response')
  return message
}

/** What a request of the simulation is written from. */
export interface RequestParts {
  readonly branch: string
  readonly sentBy?: string
  readonly transport?: string
  readonly callId?: string
  readonly cseq?: number
  readonly toTag?: string
  readonly uri?: string
  readonly headers?: readonly Field[]
}

export function writeRequest(method: string, parts: RequestParts): string {
  const { branch, sentBy = '192.0.2.1', transport = 'UDP', cseq = 1 } = parts
  const toTag = parts.toTag === undefined ? '' : `;tag=${parts.toTag}`
  return buildRequest({
    method,
    uri: parts.uri ?? 'sip:bob@example.test',
    headers: [
      ['Via', `SIP/2.0/${transport} ${sentBy}${branch === '' ? '' : `;branch=${branch}`}`],
      ['Max-Forwards', '70'],
      ['From', '"Alice" <sip:alice@example.test>;tag=a1'],
      ['To', `<sip:bob@example.test>${toTag}`],
      ['Call-ID', parts.callId ?? `call-${branch}`],
      ['CSeq', `${cseq} ${method}`],
      ...(parts.headers ?? []),
    ],
  })
}

/** A host with a transaction layer on it, which keeps everything that its user is told. */
export class TransactionHost implements TransactionUser, ClientUser {
  readonly network: SimNetwork
  readonly host: SimHost
  readonly layer: TransactionLayer
  /** `new`, `cancel`, `ack`, `1xx`, … each with its instant. */
  readonly told: { readonly what: string; readonly atMs: number }[] = []
  readonly servers: ServerTransaction[] = []
  /** Called for every new request, with its transaction. */
  onRequest: (server: ServerTransaction, request: SipRequest) => void = () => {}
  onCancelled: (server: ServerTransaction) => void = () => {}
  onStrayAck: (ack: SipRequest) => void = () => {}
  onAnswer: (client: ClientTransaction, response: SipResponse) => void = () => {}
  /** The next sends fail. */
  isBroken = false
  isUac = true

  constructor(network: SimNetwork, ip: string, limits: TransactionLimits = ROOM) {
    this.network = network
    this.host = network.host(ip, (text, flow) => this.receive(read(text), flow))
    this.layer = new TransactionLayer(
      {
        nowMs: () => network.clock.nowMs(),
        deadlines: network.clock.deadlines,
        random: bytes => network.random.bytes(bytes),
        timers: makeTimers(),
        sendResponse: (text, flow) => !this.isBroken && flow.send(text),
        sendRequest: (text, hop, client) => this.#sendRequest(text, hop, client),
      },
      this,
      limits,
    )
  }

  /** The instants at which the user was told something of that name. */
  instants(what: string): number[] {
    return this.told.filter(item => item.what === what).map(item => item.atMs)
  }

  receive(message: SipMessage, flow: Flow): string {
    if (message.kind === 'response') return this.layer.receiveResponse(message, flow)
    const reception = this.layer.receiveRequest(message, flow)
    if (reception === 'new') this.#serve(message, flow)
    else if (reception !== 'absorbed') this.#tell(reception)
    if (reception === 'stray-ack') this.onStrayAck(message)
    if (reception === 'stray-cancel') flow.send(writeResponse(message, 481, { toTag: 'none' }))
    return reception
  }

  /** Sends a request over UDP from port 5060, or by a flow. */
  request(method: string, to: Address | Flow, parts: Partial<RequestParts> = {}): ClientTransaction {
    const branch = parts.branch ?? `z9hG4bK${this.network.random.bytes(8).toString('hex')}`
    const flow = 'id' in to ? to : this.host.udp(5060, to)
    const transport = flow.transport.toUpperCase()
    const text = writeRequest(method, { sentBy: this.host.ip, transport, ...parts, branch })
    const hop: Hop = { transport: flow.transport, ...flow.remote, host: flow.remote.ip, flow }
    const client = this.layer.createClient({ text, method, branch, hop, user: this })
    assert.ok(client, 'no room for a client transaction')
    return client
  }

  /** Answers with a response of our own. */
  answer(server: ServerTransaction, request: SipRequest, status: number): boolean {
    const toTag = this.layer.toTag(server)
    return this.layer.respond(server, writeResponse(request, status, { toTag }), status)
  }

  onCancel(server: ServerTransaction): void {
    this.#tell('cancel')
    this.onCancelled(server)
  }

  onAck(): void {
    this.#tell('ack')
  }

  onServerTimeout(): void {
    this.#tell('server timeout')
  }

  onServerTransportError(): void {
    this.#tell('server transport error')
  }

  onServerDropped(): void {
    this.#tell('dropped')
  }

  onSuspicious(name: SuspicionName): void {
    this.#tell(name)
  }

  onFurtherAnswer(): void {
    this.#tell('further answer')
  }

  onResponse(client: ClientTransaction, response: SipResponse): void {
    this.#tell(String(response.status))
    this.onAnswer(client, response)
  }

  onTimeout(): void {
    this.#tell('timeout')
  }

  onTransportError(): void {
    this.#tell('transport error')
  }

  #serve(request: SipRequest, flow: Flow): void {
    const server = this.layer.createServer(request, flow)
    if (server === 'exists' || server === 'full') {
      this.#tell(server)
      return
    }
    this.servers.push(server)
    this.#tell('new')
    this.onRequest(server, request)
  }

  #sendRequest(text: string, hop: Hop, client: ClientTransaction): void {
    const flow = hop.flow ?? this.host.udp(5060, hop)
    if (this.isBroken || !flow.send(text)) this.layer.transportFailed(client)
  }

  #tell(what: string): void {
    this.told.push({ what, atMs: this.network.clock.nowMs() })
  }
}

/** Asserts that nothing is left: no transaction, no source, no deadline. */
export function assertNothingLeft(host: TransactionHost): void {
  const none = { inviteClient: 0, nonInviteClient: 0, inviteServer: 0, nonInviteServer: 0, sources: 0 }
  assert.deepEqual(host.layer.counts, none)
}
