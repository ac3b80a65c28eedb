import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../../base/limits.ts'
import { isCommand, writeAnswer } from './base-commands.ts'
import { textOf } from './check.ts'
import type { Asked } from './client.ts'
import type { DiameterMessage } from './decode.ts'
import { locationInfo } from './sip-requests.ts'
import { ORIGIN } from './test-messages.ts'
import { TestNetwork, type TestServer } from './test-network.ts'
import { honestServer, sipAnswer } from './test-server.ts'

const LOCATION = locationInfo(ORIGIN, 'sip:bob@example.test')

function network(hosts: readonly string[] = ['one.aaa.test', 'two.aaa.test']): TestNetwork {
  const net = new TestNetwork(hosts)
  for (const server of net.servers) server.answer = honestServer(server.host)
  net.client.start(net.nowMs)
  net.settle()
  return net
}

function ask(net: TestNetwork): { asked: Asked | undefined } {
  const outcome: { asked: Asked | undefined } = { asked: undefined }
  net.client.ask('LI', LOCATION, net.nowMs, asked => {
    assert.equal(outcome.asked, undefined, 'told twice')
    outcome.asked = asked
  })
  return outcome
}

const failureOf = ({ asked }: { asked: Asked | undefined }): string =>
  asked === undefined ? 'waiting' : asked.ok ? 'answered' : asked.error

const questionsOf = (server: TestServer): DiameterMessage[] =>
  server.got.filter(each => isCommand(each, 'LI'))

/** Answers everything of the base protocol, and questions as told. */
function mute(
  server: TestServer,
  answer: (message: DiameterMessage) => Buffer | undefined = () => undefined,
): void {
  const honest = honestServer(server.host)
  server.answer = message => (message.applicationId === 0 ? honest(message) : answer(message))
}

test('the first peer in order is asked, and its answer found by the hop-by-hop identifier (DIA-04)', () => {
  const net = network()
  const first = ask(net)
  const second = ask(net)
  net.settle()
  assert.equal(failureOf(first), 'answered')
  assert.equal(failureOf(second), 'answered')
  const [a, b] = questionsOf(net.server('one.aaa.test'))
  assert.notEqual(a?.hopByHop, b?.hopByHop)
  assert.notEqual(a?.endToEnd, b?.endToEnd)
  assert.notEqual(textOf(a?.avps ?? [], 'Session-Id'), textOf(b?.avps ?? [], 'Session-Id'))
  assert.deepEqual(questionsOf(net.server('two.aaa.test')), [])
  assert.equal(a?.isRetransmission, false)
})

test('when a connection breaks its requests go to the next peer, with T and the same end-to-end identifier (DIA-04)', () => {
  const net = network()
  const one = net.server('one.aaa.test')
  mute(one)
  const outcome = ask(net)
  net.settle()
  assert.equal(failureOf(outcome), 'waiting')
  net.cut(one)
  assert.equal(failureOf(outcome), 'answered')
  const [before] = questionsOf(one)
  const [after] = questionsOf(net.server('two.aaa.test'))
  assert.equal(after?.isRetransmission, true)
  assert.equal(after?.endToEnd, before?.endToEnd)
  assert.notEqual(after?.hopByHop, before?.hopByHop)
  assert.equal(textOf(after?.avps ?? [], 'Session-Id'), textOf(before?.avps ?? [], 'Session-Id'))
})

test('a peer that is slow is passed over after its time; all slow: timeout, never an answer (DIA-12)', () => {
  const net = network()
  for (const server of net.servers) mute(server)
  const outcome = ask(net)
  net.pass(2500)
  assert.equal(questionsOf(net.server('two.aaa.test'))[0]?.isRetransmission, true)
  assert.equal(failureOf(outcome), 'waiting')
  net.pass(2000)
  assert.equal(failureOf(outcome), 'timeout')
  assert.equal(net.client.pending, 0)
})

test('too busy, undeliverable and loop: the next peer is asked, without T (RFC 6733 §3, §7.1.3)', () => {
  for (const result of [3002, 3004, 3005]) {
    const net = network()
    mute(net.server('one.aaa.test'), message =>
      writeAnswer(
        message,
        [
          ['Session-Id', textOf(message.avps, 'Session-Id') ?? ''],
          ['Origin-Host', 'one.aaa.test'],
          ['Origin-Realm', 'aaa.test'],
          ['Result-Code', result],
        ],
        { isError: true },
      ),
    )
    const outcome = ask(net)
    net.settle()
    assert.equal(failureOf(outcome), 'answered')
    assert.equal(questionsOf(net.server('two.aaa.test'))[0]?.isRetransmission, false)
  }
})

test('a redirect is not followed: the request has failed (DIA-12)', () => {
  const net = network(['one.aaa.test'])
  mute(net.server(), message =>
    writeAnswer(
      message,
      [
        ['Origin-Host', 'one.aaa.test'],
        ['Origin-Realm', 'aaa.test'],
        ['Result-Code', 3006],
      ],
      { isError: true },
    ),
  )
  const outcome = ask(net)
  net.settle()
  assert.equal(failureOf(outcome), 'not-delivered')
})

test('an answer with another identifier, session, command or from another peer is passed over and counted (DIA-04)', () => {
  const net = network()
  const [one, two] = net.servers
  assert.ok(one !== undefined && two !== undefined)
  mute(one)
  const outcome = ask(net)
  net.settle()
  const [question] = questionsOf(one)
  assert.ok(question !== undefined)
  const origin = [
    ['Origin-Host', 'one.aaa.test'],
    ['Origin-Realm', 'aaa.test'],
  ] as const
  const good = sipAnswer(question, 2001, origin, [])
  const other = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good)
    change(bytes)
    return bytes
  }
  one.link?.deliver(other(bytes => bytes.writeUInt32BE(1, 12)))
  one.link?.deliver(other(bytes => bytes.writeUInt32BE(1, 16)))
  one.link?.deliver(other(bytes => bytes.writeUIntBE(287, 5, 3)))
  one.link?.deliver(other(bytes => bytes.write('x', 28)))
  two.link?.deliver(good)
  assert.equal(failureOf(outcome), 'waiting')
  assert.equal(net.refused.filter(why => why === 'answer-unmatched').length, 5)
  one.link?.deliver(good)
  assert.equal(failureOf(outcome), 'answered')
  one.link?.deliver(good)
  assert.equal(net.refused.filter(why => why === 'answer-unmatched').length, 6)
})

test('an answer that is malformed fails its request at once, and is counted (DIA-12)', () => {
  const net = network(['one.aaa.test'])
  mute(net.server(), message =>
    writeAnswer(message, [['Session-Id', textOf(message.avps, 'Session-Id') ?? '']]),
  )
  const outcome = ask(net)
  net.settle()
  assert.equal(failureOf(outcome), 'unusable-answer')
  assert.deepEqual(net.refused, ['avp-missing'])
})

test('with no peer open, and with too many waiting, a request fails at once (DIA-12)', () => {
  const net = network(['one.aaa.test'])
  mute(net.server())
  const outcomes = Array.from({ length: LIMITS.maxDiameterPending }, () => ask(net))
  assert.equal(failureOf(ask(net)), 'too-many-pending')
  net.settle()
  net.server().isUp = false
  net.cut(net.server())
  assert.ok(outcomes.every(outcome => failureOf(outcome) === 'not-delivered'))
  assert.equal(failureOf(ask(net)), 'no-peer')
})

test('a peer that came back serves while there is no other, before it has proved itself', () => {
  const net = network(['one.aaa.test'])
  net.cut(net.server())
  net.pass(1500)
  assert.equal(net.client.peers[0]?.watchdogState, 'reopen')
  const outcome = ask(net)
  net.settle()
  assert.equal(failureOf(outcome), 'answered')
})

test('what waits when we stop has failed', () => {
  const net = network()
  mute(net.server('one.aaa.test'))
  const outcome = ask(net)
  net.client.stop(0, net.nowMs)
  assert.equal(failureOf(outcome), 'stopped')
})
