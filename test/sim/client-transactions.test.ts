import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Flow } from '../../src/base/flow.ts'
import { writeResponse } from '../../src/sip/message/write.ts'
import type { ClientTransaction } from '../../src/sip/transaction/client-transaction.ts'
import { SimClock } from './sim-clock.ts'
import { SimNetwork } from './sim-network.ts'
import { SimRandom } from './sim-random.ts'
import { assertNothingLeft, read, readRequest, TransactionHost } from './transaction-host.ts'

const SERVER = { ip: '192.0.2.2', port: 5060 }
const HOUR = 3_600_000
const RETRANSMISSIONS_A = [0, 500, 1500, 3500, 7500, 15_500, 31_500]
const RETRANSMISSIONS_E = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]

let clock: SimClock
let network: SimNetwork
let client: TransactionHost

beforeEach(() => {
  clock = new SimClock()
  network = new SimNetwork(clock, new SimRandom(1))
  client = new TransactionHost(network, '192.0.2.1')
})

/** Methods and instants of what was sent. */
function sent(method: string): number[] {
  return network.sent.filter(item => item.text.startsWith(`${method} `)).map(item => item.atMs)
}

/** A response to what a client transaction sent, from its server's address. */
function reply(transaction: ClientTransaction, status: number, from: Flow = flowFrom()): string {
  const request = network.sent.find(item => item.text.includes(transaction.branch))
  assert.ok(request)
  const text = writeResponse(readRequest(request.text), status, { toTag: `t${status}` })
  return client.receive(read(text), from)
}

function flowFrom(ip = SERVER.ip, port = SERVER.port): Flow {
  return client.host.udp(5060, { ip, port })
}

test('an INVITE without response is sent at T1 and doubling intervals, and times out at 64*T1', () => {
  client.request('INVITE', SERVER)
  clock.runOut(HOUR)
  assert.deepEqual(sent('INVITE'), RETRANSMISSIONS_A)
  assert.deepEqual(client.told, [{ what: 'timeout', atMs: 32_000 }])
  assertNothingLeft(client)
})

test('a non-INVITE without response is sent at intervals that grow up to T2, and times out at 64*T1', () => {
  client.request('OPTIONS', SERVER)
  clock.runOut(HOUR)
  assert.deepEqual(sent('OPTIONS'), RETRANSMISSIONS_E)
  assert.deepEqual(client.told, [{ what: 'timeout', atMs: 32_000 }])
  assertNothingLeft(client)
})

test('over a reliable transport a request is sent once, and times out at 64*T1', () => {
  for (const method of ['INVITE', 'OPTIONS']) {
    const flow = client.host.connect('tcp', 40_000, SERVER)
    client.request(method, flow)
    assert.deepEqual(sent(method), [clock.nowMs()])
    const startMs = clock.nowMs()
    clock.runOut(HOUR)
    assert.equal(sent(method).length, 1)
    assert.equal(client.told.at(-1)?.atMs, startMs + 32_000)
  }
  assertNothingLeft(client)
})

test('TXN-01 a provisional response stops the retransmission of an INVITE, and its time-out', () => {
  const invite = client.request('INVITE', SERVER)
  clock.runUntil(1600)
  assert.equal(reply(invite, 180), 'delivered')
  clock.advance(HOUR)
  assert.deepEqual(sent('INVITE'), [0, 500, 1500])
  assert.equal(invite.state, 'proceeding')
  assert.equal(reply(invite, 183), 'delivered')
})

test('TXN-09 a provisional response slows the retransmission of a non-INVITE down to T2', () => {
  const options = client.request('OPTIONS', SERVER)
  clock.runUntil(600)
  reply(options, 100)
  clock.runOut(HOUR)
  assert.deepEqual(sent('OPTIONS'), [0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500])
  assert.deepEqual(client.instants('timeout'), [32_000])
})

test('TXN-01 TXN-03 each 300-699 to an INVITE is acknowledged, the first is passed up, for 32 s', () => {
  const invite = client.request('INVITE', SERVER)
  assert.equal(reply(invite, 486), 'delivered')
  clock.advance(31_000)
  assert.equal(reply(invite, 486), 'absorbed')
  assert.deepEqual(sent('ACK'), [0, 31_000])
  assert.deepEqual(client.instants('486'), [0])
  clock.runOut(HOUR)
  assert.equal(clock.nowMs(), 32_000)
  assertNothingLeft(client)
  assert.equal(reply(invite, 486), 'stray')
})

test('timer D is at least 32 s, since T1 of the server is unknown', () => {
  const invite = client.request('INVITE', SERVER)
  reply(invite, 500)
  clock.runUntil(31_999)
  assert.equal(invite.state, 'completed')
  clock.runUntil(32_000)
  assert.equal(invite.state, 'terminated')
})

test('TXN-01 TXN-02 each 2xx to an INVITE is passed up until timer M, without ACK; others are not', () => {
  const invite = client.request('INVITE', SERVER)
  clock.runUntil(100)
  assert.equal(reply(invite, 200), 'delivered')
  clock.advance(31_000)
  assert.equal(reply(invite, 202), 'delivered')
  for (const status of [180, 486]) assert.equal(reply(invite, status), 'absorbed')
  assert.deepEqual(sent('ACK'), [])
  clock.runOut(HOUR)
  assert.equal(clock.nowMs(), 32_100)
  assert.equal(reply(invite, 200), 'stray')
  assertNothingLeft(client)
})

test('over a reliable transport a client transaction with a final response ends at once, but not before timer M', () => {
  const flow = client.host.connect('tls', 40_000, SERVER)
  const refused = client.request('INVITE', flow)
  reply(refused, 404, flow)
  const options = client.request('OPTIONS', flow)
  reply(options, 200, flow)
  assertNothingLeft(client)
  assert.equal(sent('ACK').length, 1)
  const accepted = client.request('INVITE', flow)
  reply(accepted, 200, flow)
  assert.equal(accepted.state, 'accepted')
  clock.runOut(HOUR)
  assert.equal(clock.nowMs(), 32_000)
})

test('TXN-09 a final response to a non-INVITE is passed up once, and its copies absorbed for T4', () => {
  const options = client.request('OPTIONS', SERVER)
  clock.runUntil(600)
  reply(options, 200)
  clock.runUntil(5599)
  assert.equal(reply(options, 200), 'absorbed')
  assert.equal(reply(options, 404), 'absorbed')
  assert.deepEqual(client.instants('200'), [600])
  clock.runOut(HOUR)
  assert.equal(clock.nowMs(), 5600)
  assert.deepEqual(sent('OPTIONS'), [0, 500])
  assertNothingLeft(client)
})

test('TXN-13 a response is matched by branch and method of CSeq, both', () => {
  const invite = client.request('INVITE', SERVER, { branch: 'z9hG4bKsame' })
  const options = client.request('OPTIONS', SERVER, { branch: 'z9hG4bKsame' })
  const texts = network.sent.map(item => item.text)
  const toOptions = writeResponse(readRequest(texts[1] ?? ''), 200)
  assert.equal(client.receive(read(toOptions), flowFrom()), 'delivered')
  assert.equal(options.state, 'completed')
  assert.equal(invite.state, 'calling')
  assert.equal(client.receive(read(toOptions.replace('z9hG4bKsame', 'z9hG4bKother')), flowFrom()), 'stray')
})

test('TXN-13 a branch that differs from ours behind its random bits matches nothing', () => {
  const ours = 'z9hG4bK00000123456789abcdef.0123456789abcdef'
  client.request('OPTIONS', SERVER, { branch: ours })
  const response = writeResponse(readRequest(network.sent[0]?.text ?? ''), 200)
  for (const other of [
    'z9hG4bK00000123456789abcdef.0123456789abcdee',
    'z9hG4bK00010123456789abcdef.0123456789abcdef',
  ])
    assert.equal(client.receive(read(response.replace(ours, other)), flowFrom()), 'stray')
  assert.equal(client.receive(read(response.replace('1 OPTIONS', '1 INFO')), flowFrom()), 'stray')
  assert.equal(client.receive(read(response), flowFrom()), 'delivered')
})

test('TXN-15 a response without transaction, or without branch, goes nowhere', () => {
  const response = writeResponse(readRequest(clientText('INVITE')), 200)
  assert.equal(client.receive(read(response), flowFrom()), 'stray')
  assert.equal(client.receive(read(response.replace(';branch=z9hG4bKx', '')), flowFrom()), 'stray')
  assert.deepEqual(client.told, [])
})

function clientText(method: string): string {
  const transaction = client.request(method, SERVER, { branch: 'z9hG4bKx' })
  client.layer.close()
  assert.equal(transaction.state, 'terminated')
  return network.sent.at(-1)?.text ?? ''
}

test('TXN-21 a response from where the request was not sent is dropped and reported', () => {
  const invite = client.request('INVITE', SERVER)
  assert.equal(reply(invite, 200, flowFrom('198.51.100.9')), 'stray')
  assert.equal(invite.state, 'calling')
  assert.deepEqual(client.instants('response-from-another-source'), [0])
  assert.equal(
    reply(invite, 180, flowFrom(SERVER.ip, 49_152)),
    'delivered',
    'another port is the same element',
  )
})

test('a response to a request sent over TLS is not taken from UDP', () => {
  const flow = client.host.connect('tls', 40_000, SERVER)
  const options = client.request('OPTIONS', flow)
  assert.equal(reply(options, 200), 'stray')
  assert.deepEqual(client.instants('response-from-another-source'), [0])
  assert.equal(reply(options, 200, flow), 'delivered')
})

test('one IPv6 address written in two ways is one source', () => {
  const options = client.request('OPTIONS', { ip: '2001:DB8:0::2', port: 5060 })
  assert.equal(reply(options, 200, flowFrom('2001:db8::2')), 'delivered')
})

test('TRN-08 a UAC drops a response with more than one Via; a proxy does not', () => {
  const options = client.request('OPTIONS', SERVER)
  const text = writeResponse(readRequest(network.sent[0]?.text ?? ''), 200)
  const twoVias = text.replace('Via: ', 'Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKup\r\nVia: ')
  const swapped = twoVias.replace(/(Via: [^\r]*)\r\n(Via: [^\r]*)\r\n/, '$2\r\n$1\r\n')
  assert.equal(client.receive(read(swapped), flowFrom()), 'stray')
  client.isUac = false
  assert.equal(client.receive(read(swapped), flowFrom()), 'delivered')
  assert.equal(options.state, 'completed')
})

test('TXN-17 a CANCEL waits for a provisional response, goes once, and to where the INVITE went', () => {
  const invite = client.request('INVITE', SERVER)
  client.layer.cancel(invite)
  clock.runUntil(700)
  assert.deepEqual(sent('CANCEL'), [])
  reply(invite, 100)
  client.layer.cancel(invite)
  reply(invite, 180)
  assert.deepEqual(sent('CANCEL'), [700])
  const cancel = network.sent.find(item => item.text.startsWith('CANCEL '))
  assert.deepEqual(cancel?.to, SERVER)
  assert.deepEqual(client.layer.counts.nonInviteClient, 1)
})

test('TXN-17 a CANCEL goes at once after a provisional response, and not after a final one', () => {
  const ringing = client.request('INVITE', SERVER)
  reply(ringing, 180)
  client.layer.cancel(ringing, 'SIP;cause=200')
  assert.deepEqual(sent('CANCEL'), [0])
  assert.match(network.sent.at(-1)?.text ?? '', /\r\nReason: SIP;cause=200\r\n/)
  const answered = client.request('INVITE', SERVER)
  reply(answered, 200)
  client.layer.cancel(answered)
  assert.deepEqual(sent('CANCEL'), [0])
})

test('an INVITE whose CANCEL brings no final response ends 64*T1 later', () => {
  const invite = client.request('INVITE', SERVER)
  reply(invite, 180)
  clock.runUntil(10_000)
  client.layer.cancel(invite)
  clock.runOut(HOUR)
  assert.deepEqual(client.instants('timeout'), [42_000])
  assertNothingLeft(client)
})

test('the ACK, the CANCEL and every retransmission go to the place of the INVITE (LOC-06)', () => {
  const invite = client.request('INVITE', SERVER)
  clock.runUntil(600)
  reply(invite, 180)
  client.layer.cancel(invite)
  reply(invite, 487)
  const kinds = network.sent.map(item => item.text.slice(0, item.text.indexOf(' ')))
  assert.deepEqual(kinds, ['INVITE', 'INVITE', 'CANCEL', 'ACK'])
  for (const item of network.sent) assert.deepEqual(item.to, SERVER)
})

test('a request that cannot be sent ends its transaction, and the user holds it before it hears of that', () => {
  client.isBroken = true
  for (const method of ['INVITE', 'OPTIONS']) {
    const transaction = client.request(method, SERVER)
    assert.notEqual(transaction.state, 'terminated')
    clock.advance(0)
    assert.equal(transaction.state, 'terminated')
  }
  assert.deepEqual(client.instants('transport error'), [0, 0])
  assertNothingLeft(client)
})

test('an ACK that cannot be sent ends the transaction; the user has its outcome already', () => {
  const invite = client.request('INVITE', SERVER)
  client.isBroken = true
  reply(invite, 486)
  clock.advance(0)
  assert.equal(invite.state, 'terminated')
  assert.deepEqual(
    client.told.map(item => item.what),
    ['486'],
  )
})

test('a branch used twice is a mistake of ours', () => {
  client.request('INVITE', SERVER, { branch: 'z9hG4bKtwice' })
  assert.throws(() => client.request('INVITE', SERVER, { branch: 'z9hG4bKtwice' }), {
    code: 'ERR_ASPIS_BRANCH_REUSED',
  })
})
