import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow } from '../../src/base/flow.ts'
import { SimClock } from './sim-clock.ts'
import { SimNetwork } from './sim-network.ts'
import { SimRandom } from './sim-random.ts'
import { assertNothingLeft, readRequest, TransactionHost, writeRequest } from './transaction-host.ts'

const HOUR = 3_600_000

function start(maxTransactions: number, maxTransactionsPerSource: number) {
  const clock = new SimClock()
  const network = new SimNetwork(clock, new SimRandom(1))
  const host = new TransactionHost(network, '192.0.2.2', { maxTransactions, maxTransactionsPerSource })
  let branches = 0
  function receive(flow: Flow, method = 'INVITE'): string {
    branches += 1
    host.receive(readRequest(writeRequest(method, { branch: `z9hG4bK${branches}` })), flow)
    return host.told.at(-1)?.what ?? ''
  }
  const from = (ip: string) => host.host.udp(5060, { ip, port: 5060 })
  return { clock, host, receive, from }
}

test('TXN-21 a source that did not prove itself drops its own oldest transaction when it has too many', () => {
  const { host, receive, from } = start(100, 3)
  const quiet = from('192.0.2.1')
  const loud = from('198.51.100.1')
  receive(quiet)
  for (let i = 0; i < 10; i++) assert.equal(receive(loud), 'new')
  assert.equal(host.layer.counts.inviteServer, 4)
  assert.equal(host.instants('dropped').length, 7)
  assert.equal(host.instants('half-open-dropped').length, 7)
  const states = host.servers.map(server => server.state)
  assert.deepEqual(states, ['proceeding', ...Array(7).fill('terminated'), ...Array(3).fill('proceeding')])
})

test('TXN-21 when all room is taken the oldest half-open transaction of all is dropped', () => {
  const { host, receive, from } = start(4, 100)
  for (let i = 0; i < 6; i++) assert.equal(receive(from(`198.51.100.${i}`)), 'new')
  assert.equal(host.layer.counts.inviteServer, 4)
  assert.equal(host.layer.counts.sources, 4)
  assert.deepEqual(
    host.servers.map(server => server.state === 'terminated'),
    [true, true, false, false, false, false],
  )
})

test('TXN-21 a transaction of a proved source is not dropped before its final response', () => {
  const { host, receive, from } = start(3, 3)
  const proved = from('192.0.2.1')
  proved.isProved = true
  for (let i = 0; i < 3; i++) assert.equal(receive(proved), 'new')
  assert.equal(receive(from('198.51.100.1')), 'full')
  assert.equal(receive(proved), 'full')
  const [first] = host.servers
  assert.ok(first)
  host.answer(first, readRequest(writeRequest('INVITE', { branch: 'z9hG4bK1' })), 200)
  assert.equal(receive(from('198.51.100.1')), 'new')
  assert.equal(first.state, 'terminated')
  assert.deepEqual(host.instants('dropped'), [], 'it had its final response')
  assert.deepEqual(host.instants('half-open-dropped'), [0])
})

test('TXN-21 a source that proved itself has no more pending transactions than others, and many that are done', () => {
  const { host, receive, from } = start(100, 3)
  const insider = from('192.0.2.1')
  insider.isProved = true
  for (let i = 0; i < 3; i++) assert.equal(receive(insider), 'new')
  assert.equal(receive(insider), 'full')
  assert.equal(receive(from('198.51.100.1')), 'new')
  const [first] = host.servers
  assert.ok(first)
  host.answer(first, readRequest(writeRequest('INVITE', { branch: 'z9hG4bK1' })), 200)
  assert.equal(receive(insider), 'new')
  assert.equal(receive(insider), 'full')
  assert.equal(host.layer.counts.inviteServer, 5)
  assert.deepEqual(host.instants('dropped'), [])
})

test('TXN-21 a request of ours makes room by dropping what is half-open, and is refused when nothing is', () => {
  const { host, receive, from } = start(2, 100)
  receive(from('198.51.100.1'))
  receive(from('198.51.100.2'))
  host.request('OPTIONS', { ip: '192.0.2.9', port: 5060 })
  host.request('OPTIONS', { ip: '192.0.2.9', port: 5060 })
  assert.deepEqual(host.layer.counts, {
    inviteClient: 0,
    nonInviteClient: 2,
    inviteServer: 0,
    nonInviteServer: 0,
    sources: 0,
  })
  const hop = { transport: 'udp', ip: '192.0.2.9', port: 5060, host: '192.0.2.9' } as const
  const text = writeRequest('OPTIONS', { branch: 'z9hG4bKc' })
  assert.equal(
    host.layer.createClient({ text, method: 'OPTIONS', branch: 'z9hG4bKc', hop, user: host }),
    undefined,
  )
})

test('TXN-21 under a flood of answered and unanswered requests the bounds hold and everything ends', () => {
  const { clock, host, receive, from } = start(50, 10)
  const random = new SimRandom(7)
  host.onRequest = (server, request) => {
    if (random.happens(0.5)) host.answer(server, request, random.pick([180, 200, 404]))
    assert.ok(host.layer.counts.inviteServer + host.layer.counts.nonInviteServer <= 50)
  }
  for (let i = 0; i < 2000; i++) {
    receive(from(`198.51.100.${random.between(0, 9)}`), random.pick(['INVITE', 'OPTIONS']))
    if (i % 10 === 0) clock.advance(random.between(0, 3000))
  }
  for (const server of host.servers) {
    if (server.state !== 'proceeding' || !server.isInvite) continue
    host.layer.respond(server, 'SIP/2.0 500 Over\r\n\r\n', 500)
  }
  clock.runOut(HOUR)
  assertNothingLeft(host)
  assert.equal(clock.deadlines.size, 0)
})
