/**
 * A flood that a process of this machine makes, faster than the server can answer: phones that are registered go on
 * calling, one that is new gets in, and all is as ever when it is over.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { withoutNative } from '../support/datagrams.ts'
import { ROOT } from '../support/edge-process.ts'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missing } from '../support/programs.ts'
import {
  ackOf,
  answer,
  DOMAIN,
  proved,
  type RawUa,
  rawUa,
  register,
  type Saying,
  say,
  token,
} from '../support/raw-ua.ts'
import { ask, headerOf, headersOf, statusOf } from '../support/sip-peer.ts'

const SOURCES = 32
const CALLS = 10
/** A request is sent again each half second, for so long. */
const PATIENCE_MS = 20_000

describe('a flood of strangers', { skip: withoutNative || missing('curl'), timeout: 240_000 }, () => {
  let server: FindingsEdge
  let flood: ChildProcess | undefined
  const open: RawUa[] = []

  before(async () => {
    const users = ['alice', 'bob', 'carol'].map(name => ({ name, password: `correct horse of ${name}` }))
    server = await startFindingsEdge(users)
  })
  after(async () => {
    flood?.kill()
    for (const ua of open) ua.peer.close()
    await server?.edge.remove()
  })

  async function at(ip: string, name: string): Promise<RawUa> {
    const ua = await rawUa(server.port, ip, name, `correct horse of ${name}`)
    open.push(ua)
    return ua
  }

  /** First without credentials, then with them, as phones do. */
  async function askTwice(ua: RawUa, saying: Saying): Promise<string> {
    const whole = { callId: token(), fromTag: token(), ...saying }
    const challenge = await ask(ua.peer, say(ua, whole), PATIENCE_MS)
    assert.ok([401, 407].includes(statusOf(challenge)), challenge)
    if (saying.method === 'INVITE') ua.peer.send(ackOf(ua, whole, challenge))
    return await ask(ua.peer, proved(ua, whole, challenge), PATIENCE_MS)
  }

  /** A whole call, from INVITE to BYE. */
  async function call(caller: RawUa, callee: RawUa): Promise<void> {
    const [callId, fromTag, toTag] = [token(), token(), token()]
    const answered = callee.peer
      .next('INVITE', text => text.startsWith('INVITE ') && text.includes(callId), PATIENCE_MS)
      .then(invite => callee.peer.send(answer(callee, invite, 200, toTag)))
    const response = await askTwice(caller, { method: 'INVITE', uri: callee.aor, callId, fromTag })
    await answered
    assert.equal(statusOf(response), 200, response)
    const routes = headersOf(response, 'Record-Route').reverse()
    const inside = { uri: callee.contact, to: callee.aor, callId, fromTag, routes, toTag: tagOf(response) }
    caller.peer.send(say(caller, { ...inside, method: 'ACK', cseq: 2 }))
    const ended = callee.peer
      .next('BYE', text => text.startsWith('BYE ') && text.includes(callId), PATIENCE_MS)
      .then(bye => callee.peer.send(answer(callee, bye, 200, toTag)))
    assert.equal(
      statusOf(await ask(caller.peer, say(caller, { ...inside, method: 'BYE', cseq: 3 }), PATIENCE_MS)),
      200,
    )
    await ended
  }

  async function until(what: string, is: () => boolean): Promise<void> {
    for (let looked = 0; looked < 300; looked += 1) {
      if (is()) return
      await sleep(100)
    }
    assert.fail(what)
  }

  test('S1 F02: registered phones call, a new one gets in, nobody of them is banned, and it passes', async () => {
    const [alice, bob] = [await at('127.0.0.2', 'alice'), await at('127.0.0.3', 'bob')]
    await register(alice)
    await register(bob)
    await until('it is strained by two logins', () => server.edge.metric('aspis_strained') === 0)
    const flooder = [join(ROOT, 'test/support/flooder.ts'), String(server.port), String(SOURCES)]
    flood = spawn(process.execPath, flooder, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (flood.stdout) await once(flood.stdout, 'data')
    await until('it is not strained', () => server.edge.metric('aspis_strained') === 1)

    for (let count = 0; count < CALLS; count += 1) await call(alice, bob)
    const carol = await at('127.0.0.4', 'carol')
    const admitted = await askTwice(carol, { method: 'REGISTER', uri: `sip:${DOMAIN}`, to: carol.aor })
    assert.equal(statusOf(admitted), 200, admitted)
    await call(carol, bob)
    const notRead = 'aspis_datagrams_not_read_total{reason="stranger-over-budget"}'
    assert.ok(server.edge.metric(notRead) > 0)

    flood.stdin?.end()
    await once(flood, 'close')
    await until('it does not pass', () => server.edge.metric('aspis_strained') === 0)
    await call(bob, alice)
    assert.equal(server.edge.process.exitCode, null)
    assert.match(server.edge.output(), /"strained"/)
  })
})

function tagOf(response: string): string {
  return /;tag=([^;>\r]+)/.exec(headerOf(response, 'To') ?? '')?.[1] ?? ''
}
