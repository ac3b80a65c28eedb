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

const CLIENT = { ip: '192.0.2.1', port: 5060 }
const HOUR = 3_600_000
const RETRANSMISSIONS_G = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]

let clock: SimClock
let network: SimNetwork
let server: TransactionHost
let udp: Flow

beforeEach(() => {
  clock = new SimClock()
  network = new SimNetwork(clock, new SimRandom(1))
  server = new TransactionHost(network, '192.0.2.2')
  udp = server.host.udp(5060, CLIENT)
})

function receive(method: string, parts: Partial<RequestParts> = {}, flow: Flow = udp): string {
  return server.receive(readRequest(writeRequest(method, { branch: 'z9hG4bK1', ...parts })), flow)
}

/** A new request and its transaction. */
function begin(method: string, flow: Flow = udp, parts: Partial<RequestParts> = {}): ServerTransaction {
  assert.equal(receive(method, parts, flow), 'new')
  const transaction = server.servers.at(-1)
  assert.ok(transaction)
  return transaction
}

function answer(transaction: ServerTransaction, status: number): boolean {
  const request = readRequest(writeRequest(transaction.method, { branch: 'z9hG4bK1' }))
  return server.answer(transaction, request, status)
}

/** Instants at which responses of that status were sent. */
function sent(status: number): number[] {
  return network.sent.filter(item => item.text.startsWith(`SIP/2.0 ${status} `)).map(item => item.atMs)
}

test('TXN-05 an INVITE that its user does not answer in 200 ms is answered with 100', () => {
  const invite = begin('INVITE')
  clock.runUntil(199)
  assert.deepEqual(sent(100), [])
  clock.advance(HOUR)
  assert.deepEqual(sent(100), [200])
  assert.equal(invite.state, 'proceeding')
})

test('TXN-05 an INVITE that was answered in 200 ms gets no 100', () => {
  for (const [status, branch] of [
    [180, 'z9hG4bKa'],
    [200, 'z9hG4bKb'],
    [486, 'z9hG4bKc'],
  ] as const) {
    answer(begin('INVITE', udp, { branch }), status)
  }
  clock.advance(HOUR)
  assert.deepEqual(sent(100), [])
})

test('TXN-05 a retransmitted INVITE is answered with the last provisional response, and not passed up', () => {
  const invite = begin('INVITE')
  assert.equal(receive('INVITE'), 'absorbed')
  assert.equal(network.sent.length, 0, 'nothing to repeat yet')
  answer(invite, 180)
  answer(invite, 183)
  assert.equal(receive('INVITE'), 'absorbed')
  assert.deepEqual([sent(180).length, sent(183).length], [1, 2])
  assert.deepEqual(server.instants('new'), [0])
})

test('TXN-06 after a 2xx the INVITE is absorbed in silence, further 2xx are sent, ACKs passed up, for 64*T1', () => {
  const invite = begin('INVITE')
  assert.equal(answer(invite, 200), true)
  clock.advance(1000)
  assert.equal(receive('INVITE'), 'absorbed')
  assert.deepEqual(sent(200), [0], 'the transaction never repeats a 2xx itself')
  assert.equal(answer(invite, 200), true)
  assert.equal(answer(invite, 486), false)
  assert.equal(answer(invite, 180), false)
  assert.equal(receive('ACK'), 'absorbed')
  assert.equal(receive('ACK'), 'absorbed')
  assert.deepEqual(server.instants('ack'), [1000, 1000])
  assert.deepEqual(sent(200), [0, 1000])
  clock.runOut(HOUR)
  assert.equal(clock.nowMs(), 32_000)
  assertNothingLeft(server)
})

test('TXN-06 over a reliable transport, too, an accepted INVITE lives for 64*T1', () => {
  const flow = server.host.connect('tcp', 5060, { ip: CLIENT.ip, port: 40_000 })
  answer(begin('INVITE', flow), 200)
  clock.runUntil(31_999)
  assert.equal(server.layer.counts.inviteServer, 1)
  clock.runUntil(32_000)
  assertNothingLeft(server)
})

test('TXN-07 a 300-699 is repeated at T1 and intervals up to T2, and without ACK reported at 64*T1', () => {
  answer(begin('INVITE'), 486)
  clock.runOut(HOUR)
  assert.deepEqual(sent(486), RETRANSMISSIONS_G)
  assert.deepEqual(server.instants('server timeout'), [32_000])
  assertNothingLeft(server)
})

test('TXN-07 over a reliable transport a 300-699 is sent once, and still waits 64*T1 for its ACK', () => {
  const flow = server.host.connect('tcp', 5060, { ip: CLIENT.ip, port: 40_000 })
  answer(begin('INVITE', flow), 486)
  clock.runOut(HOUR)
  assert.deepEqual(sent(486), [0])
  assert.deepEqual(server.instants('server timeout'), [32_000])
})

test('TXN-07 an ACK to a 300-699 confirms, stops its repetition, and absorbs what comes for T4', () => {
  const invite = begin('INVITE')
  answer(invite, 486)
  clock.runUntil(600)
  assert.equal(receive('INVITE'), 'absorbed')
  assert.equal(receive('ACK'), 'absorbed')
  assert.equal(invite.state, 'confirmed')
  clock.runUntil(5599)
  assert.equal(receive('ACK'), 'absorbed')
  assert.equal(receive('INVITE'), 'absorbed')
  assert.deepEqual(sent(486), [0, 500, 600])
  clock.runOut(HOUR)
  assert.equal(clock.nowMs(), 5600)
  assert.deepEqual(
    server.told.map(item => item.what),
    ['new'],
  )
  assertNothingLeft(server)
})

test('TXN-07 over a reliable transport the ACK of a 300-699 ends the transaction', () => {
  const flow = server.host.connect('tls', 5061, { ip: CLIENT.ip, port: 40_000 })
  answer(begin('INVITE', flow), 404)
  receive('ACK', {}, flow)
  assertNothingLeft(server)
})

test('TXN-08 a response that cannot be sent is reported, and the transaction stays and absorbs', () => {
  const invite = begin('INVITE')
  server.isBroken = true
  answer(invite, 180)
  answer(invite, 486)
  assert.equal(invite.state, 'completed')
  assert.deepEqual(server.instants('server transport error'), [0, 0])
  server.isBroken = false
  assert.equal(receive('INVITE'), 'absorbed')
  assert.deepEqual(sent(486), [0])
})

test('TXN-10 a retransmitted non-INVITE is silent while it is tried, then gets the last response', () => {
  const options = begin('OPTIONS')
  assert.equal(receive('OPTIONS'), 'absorbed')
  assert.equal(network.sent.length, 0)
  clock.runUntil(4000)
  receive('OPTIONS')
  assert.deepEqual(sent(100), [3500, 4000])
  assert.equal(answer(options, 200), true)
  assert.equal(answer(options, 404), false)
  receive('OPTIONS')
  assert.deepEqual([sent(200), sent(404)], [[4000, 4000], []])
  clock.runUntil(35_999)
  receive('OPTIONS')
  assert.deepEqual(sent(200).length, 3)
  clock.runOut(HOUR)
  assert.equal(clock.nowMs(), 36_000)
  assertNothingLeft(server)
})

test('over a reliable transport a non-INVITE ends with its final response', () => {
  const flow = server.host.connect('tcp', 5060, { ip: CLIENT.ip, port: 40_000 })
  answer(begin('REGISTER', flow), 200)
  assertNothingLeft(server)
})

test('TXN-11 a non-INVITE gets one provisional response: a 100 after 3.5 s, over any transport', () => {
  const tcp = server.host.connect('tcp', 5060, { ip: CLIENT.ip, port: 40_000 })
  for (const [flow, branch] of [
    [udp, 'z9hG4bKu'],
    [tcp, 'z9hG4bKt'],
  ] as const) {
    const options = begin('OPTIONS', flow, { branch })
    for (const status of [100, 180, 183]) assert.equal(answer(options, status), false)
  }
  assert.equal(network.sent.length, 0)
  clock.runUntil(3499)
  assert.equal(network.sent.length, 0)
  clock.runUntil(3500)
  assert.deepEqual(sent(100), [3500, 3500])
})

test('TXN-12 a 408 is never sent to a non-INVITE, and its retransmissions stay unanswered', () => {
  const options = begin('OPTIONS')
  clock.runUntil(4000)
  assert.equal(answer(options, 408), true)
  assert.equal(receive('OPTIONS'), 'absorbed')
  assert.deepEqual([sent(408), sent(100)], [[], [3500]])
  assert.equal(answer(begin('INVITE', udp, { branch: 'z9hG4bKinvite' }), 408), true)
  assert.deepEqual(sent(408), [4000])
})

test('TXN-12 a late response to a non-INVITE is not sent', () => {
  const options = begin('OPTIONS')
  clock.runUntil(32_000)
  assert.equal(options.state, 'terminated')
  assert.deepEqual(server.instants('server timeout'), [32_000])
  assert.equal(answer(options, 200), false)
  assert.deepEqual(sent(200), [])
  assertNothingLeft(server)
})

test('TXN-14 a request is matched by branch, sent-by host and port, and method', () => {
  begin('OPTIONS')
  assert.equal(receive('OPTIONS', { sentBy: '192.0.2.1' }), 'absorbed')
  for (const different of [
    { branch: 'z9hG4bK2' },
    { sentBy: '192.0.2.7' },
    { sentBy: '192.0.2.1:5060' },
    { sentBy: '192.0.2.1:5070' },
  ]) {
    assert.equal(receive('OPTIONS', different), 'new', JSON.stringify(different))
  }
  assert.equal(receive('MESSAGE'), 'new')
  assert.equal(receive('INVITE'), 'new')
  assert.equal(server.layer.counts.nonInviteServer, 6)
})

test('an ACK is matched with its INVITE; one that matches nothing belongs to a 2xx', () => {
  begin('OPTIONS')
  assert.equal(receive('ACK'), 'stray-ack')
  answer(begin('INVITE', udp, { branch: 'z9hG4bKi' }), 486)
  assert.equal(receive('ACK', { branch: 'z9hG4bKi' }), 'absorbed')
  assert.equal(receive('ACK', { branch: 'z9hG4bKother' }), 'stray-ack')
})

test('TXN-16 a CANCEL gets 200 with the tag of the INVITE, and the user hears of it once', () => {
  const invite = begin('INVITE')
  server.onCancelled = transaction => void answer(transaction, 487)
  assert.equal(receive('CANCEL'), 'absorbed')
  assert.equal(receive('CANCEL'), 'absorbed')
  assert.equal(invite.state, 'completed')
  assert.deepEqual(server.instants('cancel'), [0])
  assert.deepEqual([sent(200).length, sent(487).length], [2, 1])
  const tags = network.sent.map(item => readResponse(item.text).to.tag)
  assert.equal(new Set(tags).size, 1)
  assert.match(tags[0] ?? '', /^[0-9a-f]{16}$/)
})

test('TXN-16 a user that goes on ringing is told of a CANCEL once only', () => {
  begin('INVITE')
  for (let i = 0; i < 3; i++) receive('CANCEL')
  assert.deepEqual(server.instants('cancel'), [0])
})

test('TXN-16 a CANCEL after the final response, or of a non-INVITE, gets 200 and changes nothing', () => {
  const invite = begin('INVITE')
  answer(invite, 200)
  assert.equal(receive('CANCEL'), 'absorbed')
  assert.equal(invite.state, 'accepted')
  const options = begin('OPTIONS', udp, { branch: 'z9hG4bKo' })
  assert.equal(receive('CANCEL', { branch: 'z9hG4bKo' }), 'absorbed')
  assert.equal(options.state, 'trying')
  assert.deepEqual(server.instants('cancel'), [])
  assert.equal(sent(200).length, 3)
})

test('TXN-16 a CANCEL of nothing is for the caller to answer with 481', () => {
  assert.equal(receive('CANCEL'), 'stray-cancel')
  assert.deepEqual(sent(481), [0])
  assert.deepEqual(server.instants('new'), [])
})

test('DIG-22 a CANCEL from another source finds nothing and is reported', () => {
  const invite = begin('INVITE')
  const others = [
    server.host.udp(5060, { ip: '198.51.100.9', port: 5060 }),
    server.host.udp(5060, { ip: CLIENT.ip, port: 5061 }),
    server.host.connect('tcp', 5060, CLIENT),
  ]
  for (const other of others) assert.equal(receive('CANCEL', {}, other), 'stray-cancel')
  assert.equal(invite.state, 'proceeding')
  assert.deepEqual(server.instants('cancel-from-another-source'), [0, 0, 0])
  assert.deepEqual(server.instants('cancel'), [])
  assert.equal(receive('CANCEL', {}, server.host.udp(5070, CLIENT)), 'absorbed', 'the same address is')
})

test('DIG-22 a CANCEL on a new connection is taken only when the old one is gone', () => {
  const first = server.host.connect('tls', 5061, { ip: CLIENT.ip, port: 40_000 })
  const second = server.host.connect('tls', 5061, { ip: CLIENT.ip, port: 40_001 })
  begin('INVITE', first)
  assert.equal(receive('CANCEL', {}, second), 'stray-cancel')
  first.close()
  assert.equal(receive('CANCEL', {}, second), 'absorbed')
})

test('TXN-20 a request of RFC 2543, without the cookie, is matched by the fields that it repeats', () => {
  for (const branch of ['', '1']) {
    const invite = begin('INVITE', udp, { branch, callId: `old${branch}` })
    assert.equal(receive('INVITE', { branch, callId: `old${branch}` }), 'absorbed')
    for (const different of [{ cseq: 2 }, { callId: 'new' }, { uri: 'sip:carol@example.test' }]) {
      const parts = { branch, callId: `old${branch}`, ...different }
      assert.equal(receive('INVITE', parts), 'new', JSON.stringify(different))
    }
    const request = readRequest(writeRequest('INVITE', { branch, callId: `old${branch}` }))
    server.layer.respond(invite, writeResponse(request, 486, { toTag: 'ours' }), 486)
    const ack = { branch, callId: `old${branch}` }
    assert.equal(receive('ACK', { ...ack, toTag: 'theirs' }), 'stray-ack')
    assert.equal(invite.state, 'completed')
    assert.equal(receive('ACK', { ...ack, toTag: 'ours' }), 'absorbed')
    assert.equal(invite.state, 'confirmed')
  }
})

test('TXN-20 a CANCEL of RFC 2543 finds its INVITE', () => {
  begin('INVITE', udp, { branch: '', callId: 'old' })
  assert.equal(receive('CANCEL', { branch: '', callId: 'old' }), 'absorbed')
  assert.deepEqual(server.instants('cancel'), [0])
})

test('a retransmission that overtakes a slow decision is not a second transaction', () => {
  const request = readRequest(writeRequest('REGISTER', { branch: 'z9hG4bKslow' }))
  const { layer } = server
  assert.equal(layer.receiveRequest(request, udp), 'new')
  assert.equal(layer.receiveRequest(request, udp), 'new')
  assert.equal(typeof layer.createServer(request, udp), 'object')
  assert.equal(layer.createServer(request, udp), 'exists')
  assert.equal(layer.counts.nonInviteServer, 1)
})

test('TXN-18 a UAS core learns that another copy of a request is being answered; in a dialog nothing is merged', () => {
  const parts = { callId: 'same' }
  const [first, copy, inDialog] = ['z9hG4bKa', 'z9hG4bKb', 'z9hG4bKc'].map(branch =>
    begin('REGISTER', udp, { ...parts, branch }),
  )
  assert.ok(first && copy && inDialog)
  const request = readRequest(writeRequest('REGISTER', { ...parts, branch: 'z9hG4bKa' }))
  assert.equal(server.layer.claim(first, request), 'claimed')
  assert.equal(server.layer.claim(first, request), 'claimed')
  assert.equal(server.layer.claim(copy, request), 'merged')
  const tagged = readRequest(writeRequest('REGISTER', { ...parts, branch: 'z9hG4bKc', toTag: 't' }))
  assert.equal(server.layer.claim(inDialog, tagged), 'claimed')
  answer(first, 200)
  clock.advance(32_000)
  assert.equal(server.layer.claim(copy, request), 'claimed', 'the first one is over')
})

test('closed, the layer forgets all transactions and their deadlines', () => {
  begin('INVITE')
  answer(begin('OPTIONS'), 200)
  server.request('INVITE', CLIENT)
  clock.advance(0)
  server.layer.close()
  assertNothingLeft(server)
  assert.equal(clock.deadlines.size, 0)
})
