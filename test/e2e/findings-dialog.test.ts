/**
 * Requests that claim to belong to a dialog. A To tag is not a proof: whoever invents one, or brings a proof that is
 * not his, reaches nobody.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missing } from '../support/programs.ts'
import {
  askProved,
  type Call,
  call,
  type RawUa,
  rawUa,
  register,
  requestsAt,
  type Saying,
  say,
  token,
  uaOn,
} from '../support/raw-ua.ts'
import { ask, statusOf, streamPeer } from '../support/sip-peer.ts'

const METHODS = ['INVITE', 'BYE', 'MESSAGE', 'REFER', 'NOTIFY', 'INFO', 'UPDATE', 'SUBSCRIBE', 'PRACK', 'ACK']

describe('forged requests inside a dialog', { skip: missing('curl'), timeout: 90_000 }, () => {
  let server: FindingsEdge
  let alice: RawUa
  let bob: RawUa
  let carol: RawUa
  let mallory: RawUa
  let stranger: RawUa
  let theirs: Call
  const open: RawUa[] = []

  before(async () => {
    const names = ['alice', 'bob', 'carol', 'mallory']
    const users = names.map(name => ({ name, password: `correct horse of ${name}` }))
    server = await startFindingsEdge(users, ['detection: { mode: monitor }'])
    const at = async (ip: string, name: string): Promise<RawUa> => {
      const ua = await rawUa(server.port, ip, name, `correct horse of ${name}`)
      open.push(ua)
      return ua
    }
    alice = await at('127.0.0.2', 'alice')
    bob = await at('127.0.0.3', 'bob')
    carol = await at('127.0.0.4', 'carol')
    mallory = await at('127.0.0.66', 'mallory')
    stranger = await at('127.0.0.99', 'alice')
    for (const ua of [alice, bob, carol, mallory]) await register(ua)
    theirs = await call(alice, bob)
  })
  after(async () => {
    for (const ua of open) ua.peer.close()
    await server?.edge.remove()
  })

  /** Sends each method; whatever is answered is a refusal, and nothing reaches alice or bob. */
  async function reachesNobody(
    from: RawUa,
    forge: (method: string) => Saying,
    waiting: 'answer' | 'no answer' = 'answer',
  ): Promise<void> {
    const before = [alice, bob].map(ua => requestsAt(ua).length)
    for (const method of METHODS) {
      const text = say(from, { lines: linesFor(method), ...forge(method) })
      if (method === 'ACK' || waiting === 'no answer') from.peer.send(text)
      else {
        const status = statusOf(await ask(from.peer, text))
        assert.ok(status >= 400 && status < 500, `${method}: ${status}`)
      }
    }
    // What came before this request on the same socket has been handled when it arrives.
    for (const victim of [alice, bob]) {
      const callId = `barrier-${token()}`
      const asking = askProved(carol, { method: 'INFO', uri: victim.aor, callId })
      const arrived = await victim.peer.next('the barrier', text => text.includes(callId))
      victim.peer.send(answerOk(arrived))
      assert.equal(statusOf((await asking).response), 200)
    }
    const now = [alice, bob].map(ua => requestsAt(ua).length)
    assert.deepEqual(
      now,
      before.map(count => count + 1),
      requestsAt(bob).slice(before[1]).concat(requestsAt(alice).slice(before[0])).join('\n'),
    )
  }

  const invented = (method: string): Saying => ({ method, uri: bob.contact, to: bob.aor, toTag: token() })
  const us = (): string => `<sip:127.0.0.1:${server.port};lr>`

  test('the dialog itself works in both directions', async () => {
    const fromAlice = say(alice, { ...inside(theirs, alice, bob, 'caller'), method: 'INFO', cseq: 3 })
    const asked = ask(alice.peer, fromAlice)
    bob.peer.send(answerOk(await bob.peer.next('INFO', text => text.startsWith('INFO '))))
    assert.equal(statusOf(await asked), 200)
    const fromBob = say(bob, { ...inside(theirs, bob, alice, 'callee'), method: 'INFO', cseq: 1 })
    const back = ask(bob.peer, fromBob)
    alice.peer.send(answerOk(await alice.peer.next('INFO', text => text.startsWith('INFO '))))
    assert.equal(statusOf(await back), 200)
  })

  test('an invented To tag and a Route to us', async () => {
    await reachesNobody(stranger, method => ({ ...invented(method), routes: [us()] }))
  })

  test('an invented To tag without a Route, to the address-of-record and to the contact', async () => {
    await reachesNobody(stranger, invented)
    await reachesNobody(stranger, method => ({ ...invented(method), uri: bob.aor }))
  })

  test('an invented To tag and a Route to us over TCP', async () => {
    const tcp = uaOn(await streamPeer(server.port, undefined, '127.0.0.99'), 'alice')
    open.push(tcp)
    await reachesNobody(tcp, method => ({ ...invented(method), routes: [us()] }))
  })

  test('a Route that looks like a proof', async () => {
    const [real = ''] = theirs.callerRoutes
    const changed = real.replace(
      /sip:(.{12})(.)/,
      (_, start, char) => `sip:${start}${char === 'A' ? 'B' : 'A'}`,
    )
    assert.notEqual(changed, real)
    await reachesNobody(stranger, method => ({ ...invented(method), routes: [changed] }))
    await reachesNobody(stranger, method => ({
      ...invented(method),
      routes: [real.replace(/sip:[^@]*@/, `sip:${'A'.repeat(38)}@`)],
    }))
  })

  test('the true tags of a call that was overheard, without its proof', async () => {
    await reachesNobody(stranger, method => ({
      ...inside(theirs, alice, bob, 'caller'),
      method,
      routes: [us()],
      cseq: 9,
    }))
  })

  test('the true proof and tags of a call that was overheard, from another address', async () => {
    for (const from of [stranger, mallory]) {
      await reachesNobody(from, method => ({
        ...inside(theirs, alice, bob, 'caller'),
        from: alice.aor,
        method,
        cseq: 9,
      }))
      await reachesNobody(from, method => ({
        ...inside(theirs, bob, alice, 'callee'),
        from: bob.aor,
        method,
        cseq: 9,
      }))
    }
  })

  test('the proof of another call, which the sender has himself', async () => {
    const own = await call(mallory, carol)
    const intoTheirs = (method: string): Saying => ({
      ...inside(theirs, alice, bob, 'caller'),
      from: alice.aor,
      method,
      cseq: 9,
      routes: own.callerRoutes,
    })
    await reachesNobody(mallory, intoTheirs)
    await reachesNobody(mallory, method => ({
      ...invented(method),
      from: mallory.aor,
      routes: own.callerRoutes,
    }))
  })

  test('the proof of his own call leads to nobody but the other party', async () => {
    const own = await call(mallory, carol)
    for (const to of [carol, bob]) {
      await reachesNobody(
        mallory,
        method => ({
          ...inside(own, mallory, carol, 'caller'),
          method,
          cseq: 9,
          uri: bob.contact,
          to: to.aor,
        }),
        // Carol, who is the other party, may get it, and does not answer here.
        'no answer',
      )
    }
  })

  test('a party cannot speak as somebody else, nor to somebody else, inside its own call', async () => {
    const own = await call(mallory, bob)
    const mine = inside(own, mallory, bob, 'caller')
    await reachesNobody(mallory, method => ({ ...mine, method, cseq: 9, from: alice.aor }))
    await reachesNobody(mallory, method => ({ ...mine, method, cseq: 9, to: alice.aor, uri: alice.contact }))
  })

  test('a good password does not open the call of others, with or without its proof', async () => {
    const overheard = inside(theirs, alice, bob, 'caller')
    const changes = [{}, { from: mallory.aor }, { routes: [] }, { routes: [], from: mallory.aor }]
    const before = requestsAt(bob).length
    for (const uri of [bob.contact, bob.aor]) {
      for (const change of changes) {
        for (const method of ['BYE', 'INFO', 'INVITE', 'REFER']) {
          const saying = { ...overheard, ...change, uri, method, cseq: 20, lines: linesFor(method) }
          const { response } = await askProved(mallory, saying)
          assert.match(response, /^SIP\/2\.0 4/, `${method} ${uri}`)
        }
      }
    }
    assert.equal(requestsAt(bob).length, before)
  })

  test('a party of the call cannot send in the direction of the other', async () => {
    await reachesNobody(bob, method => ({
      ...inside(theirs, alice, bob, 'caller'),
      from: alice.aor,
      method,
      cseq: 9,
    }))
  })
})

/** What a party of the call says inside it. */
function inside(of: Call, from: RawUa, to: RawUa, party: 'caller' | 'callee'): Saying {
  const isCaller = party === 'caller'
  return {
    method: 'INFO',
    uri: to.contact,
    from: from.aor,
    to: to.aor,
    callId: of.callId,
    fromTag: isCaller ? of.callerTag : of.calleeTag,
    toTag: isCaller ? of.calleeTag : of.callerTag,
    routes: isCaller ? of.callerRoutes : of.calleeRoutes,
  }
}

function linesFor(method: string): readonly string[] {
  if (method === 'REFER')
    return ['Refer-To: <sip:premium@192.0.2.1>', 'Referred-By: <sip:alice@example.test>']
  if (method === 'NOTIFY') return ['Event: check-sync;reboot=true', 'Subscription-State: active']
  if (method === 'SUBSCRIBE') return ['Event: dialog', 'Expires: 600']
  if (method === 'PRACK') return ['RAck: 1 1 INVITE']
  return []
}

function answerOk(request: string): string {
  const lines = request.split('\r\n\r\n')[0]?.split('\r\n').slice(1) ?? []
  const kept = lines.filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
  return `${['SIP/2.0 200 OK', ...kept, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`
}
