/**
 * Credentials that were captured, or that belong to somebody else: good for one request of one user to one place,
 * from where the user is, and for nothing else.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missing } from '../support/programs.ts'
import {
  answer,
  askProved,
  challengeOf,
  DOMAIN,
  type Proved,
  prove,
  proved,
  type RawUa,
  rawUa,
  register,
  registered,
  requestsAt,
  type Saying,
  say,
  token,
} from '../support/raw-ua.ts'
import { ask, headerOf, statusOf } from '../support/sip-peer.ts'

describe('credentials in other hands', { skip: missing('curl'), timeout: 90_000 }, () => {
  let server: FindingsEdge
  let alice: RawUa
  let bob: RawUa
  let mallory: RawUa
  const open: RawUa[] = []
  let arrivedBefore = 0

  before(async () => {
    const users = ['alice', 'bob', 'mallory'].map(name => ({ name, password: `correct horse of ${name}` }))
    server = await startFindingsEdge(users, ['detection: { mode: monitor }'])
    alice = await at('127.0.0.2', 'alice')
    bob = await at('127.0.0.3', 'bob')
    mallory = await at('127.0.0.66', 'mallory')
    for (const ua of [alice, bob, mallory]) await register(ua)
  })
  after(async () => {
    for (const ua of open) ua.peer.close()
    await server?.edge.remove()
  })
  beforeEach(() => {
    arrivedBefore = requestsAt(bob).length
  })

  async function at(ip: string, name: string): Promise<RawUa> {
    const ua = await rawUa(server.port, ip, name, `correct horse of ${name}`)
    open.push(ua)
    return ua
  }

  /** One more phone of a user, at an address that guessed nothing yet. */
  async function another(name: string): Promise<RawUa> {
    return await at(`127.0.1.${open.length}`, name)
  }

  /** Whoever has only a socket, at an address of his own. */
  async function thief(ip: string): Promise<RawUa> {
    const ua = await rawUa(server.port, ip, 'alice')
    open.push(ua)
    return ua
  }

  const home = `sip:${DOMAIN}`
  const toRegister = (): Saying => ({ method: 'REGISTER', uri: home, to: alice.aor })

  /** A request of alice that gets to bob, who answers it. */
  async function delivered(saying: Saying): Promise<Proved> {
    const callId = token()
    const asking = askProved(alice, { ...saying, callId })
    const arrived = await bob.peer.next(saying.method, text => text.includes(callId))
    bob.peer.send(answer(bob, arrived, 200, token()))
    const done = await asking
    assert.equal(statusOf(done.response), 200)
    arrivedBefore++
    return done
  }

  /** Nothing of what was tried reached bob: what came before this message was handled when it arrives. */
  async function bobGotNothing(): Promise<void> {
    const seen = arrivedBefore
    await delivered({ method: 'MESSAGE', uri: bob.aor })
    assert.equal(requestsAt(bob).length, seen + 1, requestsAt(bob).slice(seen).join('\n'))
  }

  async function isRefused(ua: RawUa, text: string): Promise<void> {
    const status = statusOf(await ask(ua.peer, text))
    assert.ok(status === 401 || status === 407 || status === 403, `${status} to ${text}`)
  }

  const credentials = (request: string): string =>
    request.split('\r\n').find(line => /^(Proxy-)?Authorization:/.test(line)) ?? ''

  test('a captured REGISTER sent again from another address registers nobody', async () => {
    const { sent } = await askProved(alice, toRegister())
    const elsewhere = await thief('127.0.0.99')
    await isRefused(elsewhere, sent.replaceAll(alice.peer.host, elsewhere.peer.host))
    assert.deepEqual(await registered(alice), [alice.contact])
  })

  test('captured credentials do not register another contact, nor under another Call-ID', async () => {
    const { sent } = await askProved(alice, toRegister())
    for (const ua of [await thief('127.0.0.2'), await thief('127.0.0.99')]) {
      const lines = [credentials(sent)]
      await isRefused(ua, say(ua, { ...toRegister(), cseq: 9, lines }))
      await isRefused(ua, say(ua, { ...toRegister(), cseq: 9, lines, contact: alice.contact }))
      const callId = headerOf(sent, 'Call-ID') ?? ''
      await isRefused(ua, say(ua, { ...toRegister(), cseq: 9, lines, callId }))
    }
    assert.deepEqual(await registered(alice), [alice.contact])
  })

  test('credentials that never arrived are of no use from another address', async () => {
    const challenge = await challengeOf(alice, toRegister())
    const caught = proved(alice, toRegister(), challenge)
    const elsewhere = await thief('127.0.0.99')
    await isRefused(elsewhere, say(elsewhere, { ...toRegister(), lines: [credentials(caught)] }))
    assert.deepEqual(await registered(alice), [alice.contact])
  })

  test('captured credentials of a call do not make a second call', async () => {
    const { sent } = await delivered({ method: 'MESSAGE', uri: bob.aor })
    for (const ip of ['127.0.0.2', '127.0.0.99']) {
      const ua = await thief(ip)
      await isRefused(ua, say(ua, { method: 'MESSAGE', uri: bob.aor, lines: [credentials(sent)] }))
    }
    await bobGotNothing()
  })

  test('credentials of one method do not serve another, even when they are fresh', async () => {
    for (const [made, used] of [
      ['INVITE', 'MESSAGE'],
      ['MESSAGE', 'INVITE'],
      ['MESSAGE', 'REFER'],
      ['OPTIONS', 'BYE'],
    ] as const) {
      const phone = await another('alice')
      const saying = { method: made, uri: bob.aor }
      const fresh = credentials(proved(phone, saying, await challengeOf(phone, saying)))
      await isRefused(phone, say(phone, { method: used, uri: bob.aor, lines: [fresh] }))
    }
    const { sent } = await delivered({ method: 'MESSAGE', uri: bob.aor })
    await isRefused(alice, say(alice, { method: 'INFO', uri: bob.aor, lines: [credentials(sent)] }))
    await bobGotNothing()
  })

  test('a digest for one Request-URI does not serve another', async () => {
    const phone = await another('alice')
    const saying = { method: 'MESSAGE', uri: mallory.aor }
    const fresh = credentials(proved(phone, saying, await challengeOf(phone, saying)))
    const renamed = fresh.replace(`uri="${mallory.aor}"`, `uri="${bob.aor}"`)
    assert.notEqual(renamed, fresh)
    for (const field of [fresh, renamed]) {
      await isRefused(phone, say(phone, { method: 'MESSAGE', uri: bob.aor, lines: [field] }))
    }
    await bobGotNothing()
  })

  test("a user's credentials do not speak with another user's From", async () => {
    for (const method of ['INVITE', 'MESSAGE', 'SUBSCRIBE', 'REFER']) {
      const { response } = await askProved(mallory, { method, uri: bob.aor, from: alice.aor })
      assert.equal(statusOf(response), 403, method)
    }
    await bobGotNothing()
  })

  test("a user's credentials do not register or remove another user's contact", async () => {
    for (const changes of [
      {},
      { contact: false as const },
      { lines: ['Expires: 0'], contact: alice.contact },
    ]) {
      const { response } = await askProved(mallory, { ...toRegister(), from: alice.aor, ...changes })
      assert.equal(statusOf(response), 403)
      assert.doesNotMatch(response, /^Contact:/m)
    }
    assert.deepEqual(await registered(alice), [alice.contact])
  })

  test('a nonce that was given to one address is of no use at another, even with the right password', async () => {
    const saying = { method: 'MESSAGE', uri: bob.aor }
    const challenge = await challengeOf(mallory, saying)
    const field = prove(challenge, { user: 'alice', password: alice.password, ...saying })
    await isRefused(alice, say(alice, { ...saying, lines: [field] }))
    await bobGotNothing()
  })

  test('a nonce that nobody here made, and a count that goes back, are refused', async () => {
    const saying = { method: 'MESSAGE', uri: bob.aor }
    const challenge = await challengeOf(alice, saying)
    const own = challenge.replace(/nonce="[^"]*"/, `nonce="${'A'.repeat(40)}"`)
    await isRefused(
      alice,
      say(alice, { ...saying, lines: [prove(own, { user: 'alice', password: alice.password, ...saying })] }),
    )
    const fields = [3, 1, 3].map(nc =>
      prove(challenge, { user: 'alice', password: alice.password, ...saying, nc }),
    )
    const [third = '', first = '', again = ''] = fields
    const sending = ask(alice.peer, say(alice, { ...saying, lines: [third] }))
    bob.peer.send(
      answer(bob, await bob.peer.next('MESSAGE', text => text.startsWith('MESSAGE')), 200, token()),
    )
    assert.equal(statusOf(await sending), 200)
    arrivedBefore++
    await isRefused(alice, say(alice, { ...saying, lines: [again] }))
    await isRefused(alice, say(alice, { ...saying, lines: [third] }))
    // A count that was overtaken on its way may still come, once (RFC 7616 §3.4).
    const late = say(alice, { ...saying, lines: [first] })
    alice.peer.send(late)
    await isRefused(alice, say(alice, { ...saying, lines: [first] }))
  })
})
