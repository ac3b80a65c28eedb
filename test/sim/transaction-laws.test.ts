/**
 * Client layer against server layer over a network that loses, delays, doubles and reorders, one run a seed.
 * Whatever the network does: every transaction ends, the client's user has exactly one outcome, the server's
 * user sees the request at most once, and nothing is left.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow } from '../../src/base/flow.ts'
import type { SipRequest } from '../../src/sip/message/message.ts'
import { writeResponse } from '../../src/sip/message/write.ts'
import type { ServerTransaction } from '../../src/sip/transaction/server-transaction.ts'
import { SimClock } from './sim-clock.ts'
import { PERFECT, type Quality, SimNetwork } from './sim-network.ts'
import { SimRandom } from './sim-random.ts'
import { assertNothingLeft, read, TransactionHost, writeRequest } from './transaction-host.ts'

const SEEDS = 150
const HOUR = 3_600_000
const SERVER = { ip: '192.0.2.2', port: 5060 }
const CALM: Quality = { loss: 0, duplication: 0, minDelayMs: 1, maxDelayMs: 40 }
const STORM: Quality = { loss: 0.3, duplication: 0.2, minDelayMs: 1, maxDelayMs: 900 }
/** RFC 3261 §13.3.1.4: a UAS core repeats its 2xx until the ACK comes, at most for 64*T1. */
const UAS_GIVES_UP_MS = 32_000

interface Run {
  readonly seed: number
  readonly method: string
  readonly transport: 'udp' | 'tcp'
  readonly quality: Quality
  readonly cancels: boolean
}

/** A run's world: both users behave as a UAC and a UAS core would. */
class Call {
  readonly clock = new SimClock()
  readonly random: SimRandom
  readonly network: SimNetwork
  readonly client: TransactionHost
  readonly server: TransactionHost
  readonly finals: number[] = []
  acks = 0
  readonly #run: Run
  #flow: Flow | undefined

  constructor(run: Run) {
    this.#run = run
    this.random = new SimRandom(run.seed)
    this.network = new SimNetwork(this.clock, this.random, run.quality)
    this.client = new TransactionHost(this.network, '192.0.2.1')
    this.server = new TransactionHost(this.network, SERVER.ip)
    this.server.onRequest = (server, request) => this.#serve(server, request)
    this.server.onStrayAck = () => {
      this.acks += 1
    }
    this.client.onAnswer = (_, response) => {
      if (response.status >= 200) this.finals.push(response.status)
      if (response.status < 300 && response.status >= 200 && run.method === 'INVITE') this.#acknowledge()
    }
  }

  play(): void {
    const { host } = this.client
    const flow = this.#run.transport === 'udp' ? host.udp(5060, SERVER) : host.connect('tcp', 40_000, SERVER)
    this.#flow = flow
    const transaction = this.client.request(this.#run.method, flow)
    if (this.#run.cancels) {
      this.#later(this.random.between(0, 5000), () => this.client.layer.cancel(transaction))
    }
    this.clock.runOut(HOUR)
  }

  #serve(server: ServerTransaction, request: SipRequest): void {
    const { random } = this
    let atMs = 0
    for (let provisionals = random.between(0, 2); provisionals > 0; provisionals--) {
      atMs += random.between(0, 1500)
      this.#later(atMs, () => this.server.answer(server, request, random.pick([100, 180, 183])))
    }
    const status = random.pick([200, 200, 302, 404, 486, 503, 603])
    this.#later(atMs + random.between(0, 8000), () => this.#finish(server, request, status))
    this.server.onCancelled = () => void this.server.answer(server, request, 487)
  }

  #finish(server: ServerTransaction, request: SipRequest, status: number): void {
    const isAccepted = this.server.answer(server, request, status)
    if (isAccepted && status < 300 && server.isInvite) this.#repeat(server, request, 500, this.clock.nowMs())
  }

  #repeat(server: ServerTransaction, request: SipRequest, intervalMs: number, sinceMs: number): void {
    this.#later(intervalMs, () => {
      if (this.acks > 0 || this.clock.nowMs() - sinceMs >= UAS_GIVES_UP_MS) return
      this.server.answer(server, request, 200)
      this.#repeat(server, request, Math.min(2 * intervalMs, 4000), sinceMs)
    })
  }

  /** The ACK of a 2xx is a request of its own, with a branch of its own (RFC 3261 §13.2.2.4). */
  #acknowledge(): void {
    this.#flow?.send(writeRequest('ACK', { branch: `z9hG4bK${this.random.bytes(6).toString('hex')}` }))
  }

  #later(delayMs: number, what: () => void): void {
    this.clock.deadlines.set(this.clock.nowMs(), delayMs, what)
  }
}

function play(run: Run): Call {
  const call = new Call(run)
  call.play()
  const name = JSON.stringify(run)
  const { client, server } = call
  assertNothingLeft(client)
  assertNothingLeft(server)
  assert.equal(call.clock.deadlines.size, 0, name)
  assert.ok(server.instants('new').length <= 1, `${name}: the server's user saw the request again`)
  const timeouts = client.instants('timeout').length
  assert.ok(timeouts <= 1, name)
  const isForked = run.method === 'INVITE' && call.finals.every(status => status === 200)
  if (timeouts === 1) assert.deepEqual(call.finals, [], `${name}: an outcome after the time-out`)
  else if (isForked) assert.ok(call.finals.length >= 1, `${name}: no outcome`)
  else assert.equal(call.finals.length, 1, `${name}: outcomes ${call.finals}`)
  assert.deepEqual(client.instants('response-from-another-source'), [], name)
  assertCancelWaits(call, name)
  return call
}

/** TXN-17 as the network sees it: before a CANCEL leaves, a response to the INVITE was on its way back. */
function assertCancelWaits(call: Call, name: string): void {
  const cancelMs = call.network.sent.find(item => item.text.startsWith('CANCEL '))?.atMs
  if (cancelMs === undefined) return
  const response = call.network.sent.find(item => item.text.startsWith('SIP/2.0 1') && !item.isLost)
  assert.ok(response !== undefined && response.atMs < cancelMs, `${name}: a CANCEL before any response`)
}

for (const method of ['INVITE', 'OPTIONS']) {
  for (const transport of ['udp', 'tcp'] as const) {
    test(`${method} over ${transport} through a storm: one outcome, one request seen, nothing left`, () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        play({ seed, method, transport, quality: STORM, cancels: seed % 3 === 0 && method === 'INVITE' })
      }
    })

    test(`${method} over ${transport} through a calm network always has its final response`, () => {
      for (let seed = 1; seed <= SEEDS / 3; seed++) {
        const call = play({ seed, method, transport, quality: CALM, cancels: false })
        assert.deepEqual(call.client.instants('timeout'), [], String(seed))
        assert.deepEqual(call.server.instants('server timeout'), [], String(seed))
      }
    })
  }
}

test('a storm does what a storm does: requests are lost, doubled and repeated', () => {
  const call = play({ seed: 4, method: 'INVITE', transport: 'udp', quality: STORM, cancels: false })
  assert.ok(call.network.sent.some(item => item.isLost))
  assert.ok(call.network.sent.filter(item => item.text.startsWith('INVITE ')).length > 1)
})

test('the same seed gives the same run', () => {
  const run: Run = { seed: 11, method: 'INVITE', transport: 'udp', quality: STORM, cancels: true }
  assert.deepEqual(play(run).network.sent, play(run).network.sent)
})

test('two clients that chose one branch have two transactions and two answers (TXN-14)', () => {
  const clock = new SimClock()
  const network = new SimNetwork(clock, new SimRandom(1), PERFECT)
  const server = new TransactionHost(network, SERVER.ip)
  server.onRequest = (transaction, request) => void server.answer(transaction, request, 200)
  const clients = ['192.0.2.10', '192.0.2.11'].map(ip => new TransactionHost(network, ip))
  for (const client of clients) client.request('OPTIONS', SERVER, { branch: 'z9hG4bKsame' })
  clock.runOut(HOUR)
  for (const client of clients)
    assert.deepEqual(
      client.told.map(item => item.what),
      ['200'],
    )
  assert.equal(server.instants('new').length, 2)
})

test('a connection that breaks ends the client side at once; the server side stays until its timers end it', () => {
  const clock = new SimClock()
  const network = new SimNetwork(clock, new SimRandom(1), CALM)
  const client = new TransactionHost(network, '192.0.2.1')
  const server = new TransactionHost(network, SERVER.ip)
  const flow = client.host.connect('tcp', 40_000, SERVER)
  let answered: [ServerTransaction, SipRequest] | undefined
  server.onRequest = (transaction, request) => {
    answered = [transaction, request]
  }
  client.request('INVITE', flow)
  clock.runUntil(100)
  flow.close()
  assert.ok(answered)
  assert.equal(server.answer(answered[0], answered[1], 486), true)
  assert.equal(server.instants('server transport error').length, 1)
  const second = client.request('OPTIONS', flow)
  clock.runUntil(101)
  assert.equal(second.state, 'terminated')
  assert.equal(client.instants('transport error').length, 1)
  clock.runOut(HOUR)
  assertNothingLeft(client)
  assertNothingLeft(server)
})

test('a forged 2xx that knows the branch does not answer a call (TXN-21)', () => {
  const clock = new SimClock()
  const network = new SimNetwork(clock, new SimRandom(1), CALM)
  const client = new TransactionHost(network, '192.0.2.1')
  const forger = network.host('198.51.100.66', () => {})
  const invite = client.request('INVITE', SERVER)
  const request = read(network.sent[0]?.text ?? '')
  assert.ok(request.kind === 'request')
  forger.udp(5060, { ip: '192.0.2.1', port: 5060 }).send(writeResponse(request, 200, { toTag: 'forged' }))
  clock.runUntil(100)
  assert.equal(invite.state, 'calling')
  assert.equal(client.instants('response-from-another-source').length, 1)
})
