import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { missing } from '../support/programs.ts'
import { prove, type Saying, say, token, uaOn } from '../support/raw-ua.ts'
import { ask, headerOf, type SipPeer, statusOf, udpPeer } from '../support/sip-peer.ts'
import { aorOf, DOMAIN, peersOfBoth, startWorkersEdge, until, type WorkersEdge } from '../support/workers.ts'

const FREE_FAILURES = 4

describe('passwords at two workers', { skip: missing('curl') }, () => {
  let server: WorkersEdge
  before(async () => {
    server = await startWorkersEdge(3)
  })
  after(() => server.edge.remove())
  const open: SipPeer[] = []
  afterEach(() => {
    for (const peer of open.splice(0)) peer.close()
  })
  const udp = async (): Promise<SipPeer> => {
    const peer = await udpPeer(server.port)
    open.push(peer)
    return peer
  }
  const failures = (reason: string): number =>
    server.edge.metric(`aspis_authentication_failures_total{reason="${reason}"}`)

  it('credentials that were used at one worker are good at no other, nor again at the same (DIG-16)', async () => {
    const [[phone, near], [far]] = await peersOfBoth(2, udp)
    assert.ok(phone && near && far)
    const asked = await challenge(phone, 0)
    const field = prove(asked, { user: 'u0', password: 'pw', method: 'REGISTER', uri: `sip:${DOMAIN}` })
    assert.equal(statusOf(await ask(phone, register(phone, 0, field))), 200)

    const atOther = await ask(far, register(far, 0, field))
    assert.equal(statusOf(atOther), 401)
    assert.match(headerOf(atOther, 'WWW-Authenticate') ?? '', /stale=true/)
    assert.equal(failures('nonce-of-other-node'), 1)
    const atSame = await ask(near, register(near, 0, field))
    assert.equal(statusOf(atSame), 401)
    assert.equal(failures('nonce-replayed'), 1)

    // A count that was never used is no better at a worker that did not make the nonce.
    const next = prove(asked, { user: 'u0', password: 'pw', method: 'REGISTER', uri: `sip:${DOMAIN}`, nc: 2 })
    assert.equal(statusOf(await ask(far, register(far, 0, next))), 401)
    assert.equal(failures('nonce-of-other-node'), 2)
  })

  it('a phone that comes to the other worker is challenged once more, and then goes on', async () => {
    const [[phone], [moved]] = await peersOfBoth(1, udp)
    assert.ok(phone && moved)
    const proving = { user: 'u1', password: 'pw', method: 'REGISTER', uri: `sip:${DOMAIN}` }
    const first = await ask(moved, register(moved, 1, prove(await challenge(phone, 1), proving)))
    assert.equal(statusOf(first), 401)
    assert.equal(statusOf(await ask(moved, register(moved, 1, prove(first, proving)))), 200)
  })

  it('wrong passwords at one worker count at the other: guesses do not double with the workers (DIG-32)', async () => {
    const [guessing, [other]] = await peersOfBoth(FREE_FAILURES, udp)
    assert.ok(other)
    const wrong = { user: 'u2', password: 'no', method: 'REGISTER', uri: `sip:${DOMAIN}` }
    const challenges = await Promise.all([...guessing, other].map(peer => challenge(peer, 2)))
    const before = failures('wrong-credentials')
    for (const [i, peer] of guessing.entries()) {
      await ask(peer, register(peer, 2, prove(challenges[i] ?? '', wrong)))
    }
    assert.equal(failures('wrong-credentials') - before, FREE_FAILURES)
    other.send(register(other, 2, prove(challenges[FREE_FAILURES] ?? '', wrong)))
    await until(() => failures('guessing') === 1, 'a guess that is not looked at')
    assert.equal(failures('wrong-credentials') - before, FREE_FAILURES)
  })
})

function sayingOf(user: number): Saying {
  return { method: 'REGISTER', uri: `sip:${DOMAIN}`, from: aorOf(user), to: aorOf(user), callId: token() }
}

/** Large enough that a stranger is sent a challenge. */
async function challenge(peer: SipPeer, user: number): Promise<string> {
  const answer = await ask(peer, say(uaOn(peer, `u${user}`), sayingOf(user)))
  assert.equal(statusOf(answer), 401, answer)
  return answer
}

function register(peer: SipPeer, user: number, field: string): string {
  return say(uaOn(peer, `u${user}`), { ...sayingOf(user), lines: [field] })
}
