import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  capabilitiesOf,
  DISCONNECT_CAUSE,
  isCommand,
  originOf,
  writeAnswer,
  writeRequest,
} from './base-commands.ts'
import { numberOf, textOf } from './check.ts'
import { type DiameterMessage, decodeMessage } from './decode.ts'
import type { AvpPair } from './encode.ts'
import type { Peer } from './peer.ts'
import { PEER_STATES } from './peer-states.ts'
import { TestNetwork, type TestServer } from './test-network.ts'
import { honestServer } from './test-server.ts'

const IDENTITY = { host: 'dia.aaa.test', realm: 'aaa.test', stateId: 1 }
const IDS = { hopByHop: 77, endToEnd: 88 }

function network(host = 'edge.example.test'): { net: TestNetwork; server: TestServer; peer: Peer } {
  const net = new TestNetwork(['dia.aaa.test'], { host })
  const server = net.server()
  server.answer = honestServer(server.host)
  const [peer] = net.client.peers
  if (peer === undefined) throw new Error('no peer')
  return { net, server, peer }
}

function opened(): ReturnType<typeof network> {
  const all = network()
  all.net.client.start(all.net.nowMs)
  all.net.settle()
  assert.equal(all.peer.state, 'i-open')
  return all
}

const names = (messages: readonly DiameterMessage[]): string[] =>
  messages.map(message => `${message.code}${message.isRequest ? 'R' : 'A'}`)

function greeting(overrides: readonly AvpPair[] = capabilitiesOf(IDENTITY, '192.0.2.9')): DiameterMessage {
  const read = decodeMessage(writeRequest('CE', IDS, overrides))
  if (!read.ok) throw new Error(read.error.fault)
  return read.value
}

test('a peer is greeted by CER and used after CEA (DIA-02, RFC 6733 §5.3)', () => {
  const { net, server, peer } = opened()
  assert.deepEqual(names(server.got), ['257R'])
  assert.equal(peer.realm, 'aaa.test')
  assert.equal(peer.fitness, 2)
  assert.deepEqual(net.news, ['dia.aaa.test open'])
})

test('no common application, another identity, a bad result or a wrong first message: closed, and tried again (DIA-02)', () => {
  const capabilities = (host: string, application: number): AvpPair[] =>
    capabilitiesOf({ ...IDENTITY, host }, '192.0.2.9').map(pair =>
      pair[0] === 'Auth-Application-Id' ? [pair[0], application] : pair,
    )
  const cases: readonly (readonly [why: string, answer: (message: DiameterMessage) => Buffer])[] = [
    [
      'no-common-application dia.aaa.test',
      cer => writeAnswer(cer, [['Result-Code', 2001], ...capabilities('dia.aaa.test', 4)]),
    ],
    [
      'identity-wrong evil.test',
      cer => writeAnswer(cer, [['Result-Code', 2001], ...capabilities('evil.test', 6)]),
    ],
    ['refused 5010', cer => writeAnswer(cer, [['Result-Code', 5010], ...capabilities('dia.aaa.test', 6)])],
    ['refused', () => writeRequest('DW', IDS, originOf(IDENTITY))],
    ['refused avp-missing', cer => writeAnswer(cer, [['Result-Code', 2001]])],
  ]
  for (const [why, answer] of cases) {
    const { net, server, peer } = network()
    server.answer = answer
    net.client.start(net.nowMs)
    net.settle()
    assert.equal(peer.state, 'closed', why)
    assert.deepEqual(net.news, [`dia.aaa.test ${why}`])
    assert.equal(server.link, undefined)
    net.pass(1500)
    assert.equal(server.attempts, 2, why)
  }
})

test('a relay has every application (RFC 6733 §2.4)', () => {
  const { net, server, peer } = network()
  server.answer = cer =>
    writeAnswer(cer, [
      ['Result-Code', 2001],
      ...capabilitiesOf(IDENTITY, '192.0.2.9').map(
        (pair): AvpPair => (pair[0] === 'Auth-Application-Id' ? [pair[0], 0xffff_ffff] : pair),
      ),
    ])
  net.client.start(net.nowMs)
  net.settle()
  assert.equal(peer.state, 'i-open')
})

test('attempts to connect back off to the longest pause, and begin anew after success', () => {
  const { net, server } = network()
  server.isUp = false
  net.client.start(net.nowMs)
  net.pass(120_000)
  // 1, 2, 4, 8, 16, 30, 30 … s, each an eighth longer by chance.
  assert.equal(server.attempts, 8)
  server.isUp = true
  net.pass(40_000)
  net.cut(server)
  const before = server.attempts
  net.pass(1200)
  assert.equal(server.attempts, before + 1)
})

test('a CEA that does not come is not waited for (RFC 6733 §5.6 Timeout)', () => {
  const { net, server, peer } = network()
  server.answer = () => undefined
  net.client.start(net.nowMs)
  net.pass(9000)
  assert.equal(peer.state, 'wait-i-cea')
  net.pass(1500)
  assert.ok(net.news.includes('dia.aaa.test handshake-timeout'))
})

test('silence is asked by DWR; an answer keeps the peer in use (DIA-03, RFC 3539 §3.4.1)', () => {
  const { net, server, peer } = opened()
  net.pass(95_000)
  assert.deepEqual(names(server.got), ['257R', '280R', '280R', '280R'])
  assert.equal(peer.watchdogState, 'okay')
})

test('one watchdog unanswered: requests go elsewhere; two: the connection is closed; back: three answers until trusted (DIA-03)', () => {
  const { net, server, peer } = opened()
  const honest = server.answer
  server.answer = () => undefined
  net.pass(61_000)
  assert.equal(peer.watchdogState, 'suspect')
  assert.equal(peer.fitness, 0)
  net.pass(30_000)
  assert.ok(net.news.includes('dia.aaa.test watchdog-failed'))
  server.answer = honest
  net.pass(2000)
  assert.equal(peer.watchdogState, 'reopen')
  assert.equal(peer.fitness, 1)
  net.pass(61_000)
  assert.equal(peer.watchdogState, 'okay')
  assert.equal(peer.fitness, 2)
})

test('a late answer to the watchdog ends the suspicion', () => {
  const { net, server, peer } = opened()
  const honest = server.answer
  server.answer = () => undefined
  net.pass(61_000)
  assert.equal(peer.watchdogState, 'suspect')
  const dwr = server.got.at(-1)
  assert.ok(dwr !== undefined)
  server.link?.deliver(honest(dwr) ?? Buffer.alloc(0))
  assert.equal(peer.watchdogState, 'okay')
})

test('DWR of the peer is answered by DWA with its identifiers', () => {
  const { server } = opened()
  server.link?.deliver(writeRequest('DW', IDS, originOf(IDENTITY)))
  const dwa = server.got.at(-1)
  assert.deepEqual([dwa?.code, dwa?.isRequest, dwa?.hopByHop, dwa?.endToEnd], [280, false, 77, 88])
  assert.equal(numberOf(dwa?.avps ?? [], 'Result-Code'), 2001)
})

test('DPR of the peer is answered, and the peer closes; one that is busy is left alone for long (RFC 6733 §5.4)', () => {
  for (const [cause, soon] of [
    [DISCONNECT_CAUSE.rebooting, 2],
    [DISCONNECT_CAUSE.busy, 1],
  ] as const) {
    const { net, server, peer } = opened()
    server.link?.deliver(writeRequest('DP', IDS, [...originOf(IDENTITY), ['Disconnect-Cause', cause]]))
    assert.deepEqual(names(server.got).at(-1), '282A')
    assert.equal(peer.state, 'closing')
    assert.equal(peer.fitness, 0)
    net.cut(server)
    assert.equal(peer.state, 'closed')
    net.pass(20_000)
    assert.equal(server.attempts, soon)
    net.pass(400_000)
    assert.equal(peer.fitness, 2, 'a goodbye in due form is no failure')
  }
})

test('we leave by DPR, close after DPA, and do not come back', () => {
  const { net, server, peer } = opened()
  net.client.stop(DISCONNECT_CAUSE.rebooting, net.nowMs)
  assert.equal(peer.state, 'closing')
  net.settle()
  assert.equal(peer.state, 'closed')
  assert.equal(server.link, undefined)
  net.pass(600_000)
  assert.equal(server.attempts, 1)
})

test('a DPA that does not come is not waited for', () => {
  const { net, server, peer } = opened()
  server.answer = () => undefined
  net.client.stop(0, net.nowMs)
  net.pass(11_000)
  assert.equal(peer.state, 'closed')
})

test('a malformed request is answered with its result and the AVP that is wrong; the connection stays (DIA-04)', () => {
  const { server, peer } = opened()
  const bad = writeRequest('DW', IDS, [...originOf(IDENTITY), ['Origin-State-Id', 1]])
  bad.writeUIntBE(0xff, bad.length - 7, 3)
  server.link?.deliver(bad)
  const answer = server.got.at(-1)
  assert.deepEqual([answer?.isRequest, answer?.isError, answer?.hopByHop], [false, true, 77])
  assert.equal(numberOf(answer?.avps ?? [], 'Result-Code'), 5014)
  assert.equal(textOf(answer?.avps ?? [], 'Error-Message'), 'avp-length')
  assert.equal(peer.state, 'i-open')
})

test('an unknown command is answered with 3001, and a CER on an open connection with 5012', () => {
  const { server } = opened()
  const unknown = writeRequest('DW', IDS, originOf(IDENTITY))
  unknown.writeUIntBE(999, 5, 3)
  server.link?.deliver(unknown)
  assert.equal(numberOf(server.got.at(-1)?.avps ?? [], 'Result-Code'), 3001)
  server.link?.deliver(writeRequest('CE', IDS, capabilitiesOf(IDENTITY, '192.0.2.9')))
  assert.equal(numberOf(server.got.at(-1)?.avps ?? [], 'Result-Code'), 5012)
})

test('a connection that the peer opens is greeted back; a second one is rejected (RFC 6733 §5.6)', () => {
  const { net, server, peer } = network()
  const link = net.linkTo(server, peer)
  peer.accept(link, greeting(), net.nowMs)
  assert.equal(peer.state, 'r-open')
  assert.deepEqual(names(server.got), ['257A'])
  const second = net.linkTo(server, peer)
  peer.accept(second, greeting(), net.nowMs)
  assert.deepEqual([second.isOpen, link.isOpen], [false, true])
})

test('a CER of another host or without our application is answered with 3010 or 5010, and closed (DIA-02)', () => {
  for (const [host, application, result] of [
    ['evil.test', 6, 3010],
    ['dia.aaa.test', 4, 5010],
  ] as const) {
    const { net, server, peer } = network()
    const link = net.linkTo(server, peer)
    const avps = capabilitiesOf({ ...IDENTITY, host }, '192.0.2.9').map(
      (pair): AvpPair => (pair[0] === 'Auth-Application-Id' ? [pair[0], application] : pair),
    )
    peer.accept(link, greeting(avps), net.nowMs)
    assert.equal(numberOf(server.got.at(-1)?.avps ?? [], 'Result-Code'), result)
    assert.deepEqual([link.isOpen, peer.state], [false, 'closed'])
  }
})

test('of two connections at once the one of the name that comes first in the alphabet stays (RFC 6733 §5.6.4)', () => {
  for (const [ours, winner] of [
    ['zzz.example.test', 'r-open'],
    ['aaa.example.test', 'i-open'],
  ] as const) {
    const { net, server, peer } = network(ours)
    const honest = server.answer
    server.answer = () => undefined
    net.client.start(net.nowMs)
    net.settle()
    const theirs = net.linkTo(server, peer)
    const own = server.link
    peer.accept(theirs, greeting(), net.nowMs)
    const cer = server.got.find(message => message.isRequest && isCommand(message, 'CE'))
    if (peer.state === 'wait-returns' && cer !== undefined) own?.deliver(honest(cer) ?? Buffer.alloc(0))
    assert.equal(peer.state, winner)
    assert.deepEqual([own?.isOpen, theirs.isOpen], winner === 'r-open' ? [false, true] : [true, false])
  }
})

test('every state of the table but closed knows how to end, and each step leads to a state', () => {
  for (const [state, steps] of Object.entries(PEER_STATES)) {
    for (const step of Object.values(steps)) assert.ok(step[0] in PEER_STATES)
    if (state !== 'closed') assert.ok('Stop' in steps || 'Timeout' in steps, state)
  }
})
