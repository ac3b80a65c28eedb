/**
 * What the tables of the machines say of transactions that are over holds for those that are only remembered, too:
 * repeated requests, further and repeated answers, late CANCELs, merged requests, for as long as the timers say.
 */
import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Flow } from '../../src/base/flow.ts'
import { writeResponse } from '../../src/sip/message/write.ts'
import type { ServerTransaction } from '../../src/sip/transaction/server-transaction.ts'
import { SimClock } from './sim-clock.ts'
import { SimNetwork } from './sim-network.ts'
import { SimRandom } from './sim-random.ts'
import {
  assertNothingLeft,
  type RequestParts,
  readRequest,
  readResponse,
  TransactionHost,
  writeRequest,
} from './transaction-host.ts'

const PEER = { ip: '192.0.2.9', port: 5060 }
const BRANCH = 'z9hG4bKover'

let clock: SimClock
let network: SimNetwork
let host: TransactionHost
let flow: Flow

beforeEach(() => {
  clock = new SimClock()
  network = new SimNetwork(clock, new SimRandom(1))
  const limits = { maxTransactions: 10, maxTransactionsPerSource: 10, maxFinished: 1024 }
  host = new TransactionHost(network, '192.0.2.1', limits)
  flow = host.host.udp(5060, PEER)
})

function receive(method: string, parts: Partial<RequestParts> = {}, by: Flow = flow): string {
  return host.receive(readRequest(writeRequest(method, { branch: BRANCH, ...parts })), by)
}

/** A transaction of that method that has had its answer. */
function answered(method: string, status: number, parts: Partial<RequestParts> = {}): ServerTransaction {
  assert.equal(receive(method, parts), 'new')
  const server = host.servers.at(-1)
  assert.ok(server)
  const request = readRequest(writeRequest(method, { branch: BRANCH, ...parts }))
  assert.equal(host.answer(server, request, status), true)
  return server
}

function statuses(): number[] {
  return network.sent
    .filter(({ text }) => text.startsWith('SIP/'))
    .map(({ text }) => Number(text.slice(8, 11)))
}

test('TXN-10 a repeated request gets the same response for 64*T1, is not passed up, and no machine is left for it', () => {
  answered('OPTIONS', 200)
  assert.equal(host.layer.counts.nonInviteServer, 0)
  assert.equal(host.layer.finished, 1)
  clock.runUntil(31_000)
  assert.equal(receive('OPTIONS'), 'absorbed')
  const [first, second] = network.sent
  assert.equal(second?.text, first?.text)
  clock.runOut(40_000)
  assert.equal(clock.nowMs(), 32_000)
  assert.equal(host.layer.finished, 0)
  assert.equal(receive('OPTIONS'), 'new')
})

test('TXN-06 after a 2xx a repeated INVITE is met with silence, further 2xx go out, later answers do not', () => {
  const server = answered('INVITE', 200)
  assert.equal(receive('INVITE'), 'absorbed')
  assert.deepEqual(statuses(), [200])
  const request = readRequest(writeRequest('INVITE', { branch: BRANCH }))
  assert.equal(host.answer(server, request, 200), true)
  assert.equal(host.answer(server, request, 486), false)
  assert.deepEqual(statuses(), [200, 200])
  assert.equal(receive('ACK'), 'stray-ack')
  assert.deepEqual(host.instants('new'), [0])
  clock.runOut(40_000)
  assertNothingLeft(host)
})

test('a failure of an INVITE keeps its machine: it is repeated until its ACK comes', () => {
  answered('INVITE', 486)
  assert.equal(host.layer.finished, 0)
  clock.runUntil(1500)
  assert.deepEqual(statuses(), [486, 486, 486])
  assert.equal(receive('ACK'), 'absorbed')
  clock.runOut(40_000)
  assertNothingLeft(host)
})

test('DIG-22 a CANCEL that comes too late gets its 200 where its request came from, and 481 elsewhere', () => {
  answered('INVITE', 200)
  assert.equal(receive('CANCEL'), 'absorbed')
  assert.deepEqual(statuses(), [200, 200])
  const other = host.host.udp(5060, { ip: '192.0.2.66', port: 5060 })
  assert.equal(receive('CANCEL', {}, other), 'stray-cancel')
  assert.deepEqual(host.instants('cancel-from-another-source'), [0])
  assert.deepEqual(host.instants('cancel'), [])
})

test('TXN-18 a request that comes by a second way after its answer is merged', () => {
  assert.equal(receive('OPTIONS', { callId: 'one' }), 'new')
  const [server] = host.servers
  assert.ok(server)
  const request = readRequest(writeRequest('OPTIONS', { branch: BRANCH, callId: 'one' }))
  assert.equal(host.layer.claim(server, request), 'claimed')
  host.answer(server, request, 200)
  const again = { branch: 'z9hG4bKway', callId: 'one' }
  assert.equal(receive('OPTIONS', again), 'new')
  const second = host.servers.at(-1)
  assert.ok(second)
  assert.equal(host.layer.claim(second, readRequest(writeRequest('OPTIONS', again))), 'merged')
})

test('TXN-13 repeated and further 2xx of a finished INVITE are told with whom they go to, for 64*T1', () => {
  const server = answered('INVITE', 180)
  const client = host.request('INVITE', flow, { branch: 'z9hG4bKout' })
  const ok = readResponse(writeResponse(readRequest(client.text), 200, { toTag: 'peer' }))
  assert.equal(host.receive(ok, flow), 'delivered')
  host.layer.finish(client, server)
  assert.equal(host.layer.counts.inviteClient, 0)
  assert.equal(host.receive(ok, flow), 'delivered')
  assert.deepEqual(host.instants('further answer'), [0])
  const ringing = readResponse(
    writeResponse(readRequest(writeRequest('INVITE', { branch: 'z9hG4bKout' })), 180),
  )
  assert.equal(host.receive(ringing, flow), 'absorbed')
  const other = host.host.udp(5060, { ip: '192.0.2.66', port: 5060 })
  assert.equal(host.receive(ok, other), 'stray')
  assert.deepEqual(host.instants('response-from-another-source'), [0])
  clock.runUntil(32_000)
  assert.equal(host.receive(ok, flow), 'stray')
})

test('TXN-09 repeated responses to another request are absorbed for T4', () => {
  const client = host.request('OPTIONS', flow, { branch: 'z9hG4bKout' })
  const ok = readResponse(writeResponse(readRequest(client.text), 200, { toTag: 'peer' }))
  assert.equal(host.receive(ok, flow), 'delivered')
  assert.equal(host.layer.counts.nonInviteClient, 0)
  assert.equal(host.receive(ok, flow), 'absorbed')
  clock.runUntil(5000)
  assert.equal(host.receive(ok, flow), 'stray')
})

test('TXN-21 those that are over take no room from those that run', () => {
  for (let i = 0; i < 500; i++) answered('OPTIONS', 200, { branch: `z9hG4bK${i}` })
  assert.equal(host.layer.finished, 500)
  assert.deepEqual(host.instants('dropped'), [])
  assert.equal(host.layer.counts.sources, 0)
})

test('TXN-21 a stranger who floods pushes out what is remembered of strangers, and nothing of who proved himself', () => {
  const proved = host.host.udp(5060, { ip: '192.0.2.50', port: 5060 })
  proved.isProved = true
  assert.equal(receive('OPTIONS', { branch: 'z9hG4bKmine' }, proved), 'new')
  const mine = host.servers.at(-1)
  assert.ok(mine)
  host.answer(mine, readRequest(writeRequest('OPTIONS', { branch: 'z9hG4bKmine' })), 200)
  flow.isProved = false
  for (let i = 0; i < 1100; i++) answered('OPTIONS', 200, { branch: `z9hG4bK${i}` })
  assert.equal(host.layer.finished, 1 + 1024)
  assert.equal(receive('OPTIONS', { branch: 'z9hG4bK0' }), 'new')
  assert.equal(receive('OPTIONS', { branch: 'z9hG4bKmine' }, proved), 'absorbed')
})
