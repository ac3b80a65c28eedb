/**
 * One datagram that forks into itself: two users, each with two contacts, each contact leading to the other user
 * (RFC 5393 §3). Without a bound 2^71 messages come of it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missing } from '../support/programs.ts'
import {
  ackOf,
  askProved,
  DOMAIN,
  type RawUa,
  rawUa,
  registered,
  type Saying,
  say,
  token,
} from '../support/raw-ua.ts'
import { headerOf, headersOf, type SipPeer, statusOf } from '../support/sip-peer.ts'

describe('a datagram that forks into itself', { skip: missing('curl'), timeout: 90_000 }, () => {
  let server: FindingsEdge
  const open: RawUa[] = []

  before(async () => {
    const users = ['alice', 'bob'].map(name => ({ name, password: `correct horse of ${name}` }))
    // The attack is allowed what a trunk or an open server would allow it: no credentials on the way round.
    server = await startFindingsEdge(users, [
      'insecure: [{ allow: unauthenticated-requests, methods: [INVITE], because: a test of what forking does }]',
    ])
  })
  after(async () => {
    for (const ua of open) ua.peer.close()
    await server?.edge.remove()
  })

  async function at(ip: string, name: string): Promise<RawUa> {
    const ua = await rawUa(server.port, ip, name, `correct horse of ${name}`)
    open.push(ua)
    return ua
  }

  const toRegister = (ua: RawUa, contact: string): Saying => ({
    method: 'REGISTER',
    uri: `sip:${DOMAIN}`,
    to: ua.aor,
    contact,
  })

  test('the registrar takes no contact that leads back to the server, however it is written', async () => {
    const alice = await at('127.0.0.2', 'alice')
    const { port } = server
    for (const contact of [
      `sip:bob@${DOMAIN}`,
      `sip:bob@${DOMAIN};unique=1`,
      `sip:bob@${DOMAIN.toUpperCase()}`,
      `sip:bob@${DOMAIN}.`,
      `sip:bob@127.0.0.1:${port}`,
      `sip:bob@127.0.0.1:${port};unique=1`,
      `sip:bob@127.0.0.1:${port};transport=tcp`,
      `sip:bob@127.0.0.2;maddr=127.0.0.1:${port}`,
      `sip:bob@127.0.0.2:${port};maddr=127.0.0.1`,
      `sip:bob@127.0.0.2:${port};maddr=${DOMAIN}`,
      `sip:bob@[::ffff:127.0.0.1]:${port}`,
      `sip:bob@[::ffff:7f00:1]:${port}`,
      `sips:bob@${DOMAIN}`,
      'sip:alice@example.test;again',
    ]) {
      const { response } = await askProved(alice, toRegister(alice, contact))
      assert.ok(statusOf(response) >= 400 && statusOf(response) < 500, `${contact}: ${statusOf(response)}`)
    }
    assert.deepEqual(await registered(alice), [])
  })

  for (const { how, mark, maxInvites, maxMessages } of [
    { how: 'that keep the Request-URI: the loop ends it', mark: '', maxInvites: 6, maxMessages: 200 },
    {
      how: 'that make each Request-URI a new one: Max-Breadth ends it (RFC 5393 §5.3.3)',
      mark: ';unique=',
      maxInvites: 50,
      maxMessages: 200,
    },
  ]) {
    test(`two contacts each at mirrors ${how}`, async t => {
      const [left, right] = [await at('127.0.0.11', 'alice'), await at('127.0.0.12', 'bob')]
      const others = { alice: 'bob', bob: 'alice' }
      for (const mirror of [left, right]) {
        for (const user of ['alice', 'bob'] as const) {
          const ua = {
            ...mirror,
            name: user,
            password: `correct horse of ${user}`,
            aor: `sip:${user}@${DOMAIN}`,
          }
          const contact = `sip:${others[user]}@${mirror.peer.host}`
          const { response } = await askProved(ua, toRegister(ua, contact))
          assert.equal(statusOf(response), 200, response)
        }
      }
      const before = [left, right].map(({ peer }) => peer.received.length)
      const stop = [left, right].map(({ peer }) => mirrorAll(peer, mark))
      const attacker = await at('127.0.0.99', 'stranger')
      const saying = { method: 'INVITE', uri: `sip:alice@${DOMAIN}` }
      const text = say(attacker, saying)
      attacker.peer.send(text)
      const final = await attacker.peer.next('the end of it', each => /^SIP\/2\.0 [3-6]/.test(each), 30_000)
      attacker.peer.send(ackOf(attacker, saying, final))
      const received = [left, right].map(({ peer }, i) => peer.received.length - (before[i] ?? 0))
      const invites = [left, right].flatMap(({ peer }) =>
        peer.received.filter(each => each.startsWith('INVITE ')),
      )
      // Everything that the server sent, responses and retransmissions too.
      const total = received.reduce((sum, each) => sum + each, attacker.peer.received.length)
      for (const end of stop) end()
      for (const ua of [left, right]) {
        const lines = ['Contact: *', 'Expires: 0']
        const gone = await askProved(ua, { ...toRegister(ua, ''), contact: false, lines })
        assert.equal(statusOf(gone.response), 200)
      }
      t.diagnostic(`${total} messages, ${invites.length} of them INVITE, ended with ${statusOf(final)}`)
      assert.ok(invites.length >= 2, 'it forked at least once')
      assert.ok(invites.length <= maxInvites, `${invites.length} INVITEs`)
      assert.ok(total < maxMessages, `${total} messages`)
    })
  }
})

/**
 * A proxy that sends every INVITE back to the server it came from, for the user of its Request-URI; honest in all but
 * that. Responses go back the way they came.
 * @param mark parameter that makes each Request-URI a new one
 */
function mirrorAll(peer: SipPeer, mark: string): () => void {
  let isOn = true
  const branches = new Map<string, string>()
  const reflect = (message: string): void => {
    if (message.startsWith('INVITE ')) peer.send(reflected(message, peer, mark, branches))
    else if (/^SIP\/2\.0 [2-6]/.test(message)) {
      const branch = /branch=([^;\r\n]+)/.exec(message)?.[1] ?? ''
      const sent = branches.get(branch)
      if (sent === undefined) return
      const uri = sent.split(' ')[1] ?? ''
      peer.send(acknowledged(sent, uri, message))
      peer.send(message.replace(/^Via: [^\r\n]*\r\n/m, ''))
    }
  }
  const loop = async (): Promise<void> => {
    while (isOn) {
      const message = await peer.next('anything', () => true, 60_000).catch(() => undefined)
      if (message === undefined) return
      reflect(message)
    }
  }
  void loop()
  return () => {
    isOn = false
  }
}

function reflected(invite: string, peer: SipPeer, mark: string, branches: Map<string, string>): string {
  const user = /^INVITE sip:([^@;]*)/.exec(invite)?.[1] ?? ''
  const branch = `z9hG4bK${token()}`
  const uri = `sip:${user}@${DOMAIN}${mark === '' ? '' : mark + token()}`
  const hops = Number(headerOf(invite, 'Max-Forwards')) - 1
  const text = invite
    .replace(/^INVITE \S+/, `INVITE ${uri}`)
    .replace(/^Via:/m, () => `Via: SIP/2.0/UDP ${peer.host};branch=${branch};rport\r\nVia:`)
    .replace(/^Max-Forwards: \d+/m, `Max-Forwards: ${hops}`)
  branches.set(branch, text)
  return text
}

/** The ACK that a proxy owes the response (RFC 3261 §17.1.1.3). */
function acknowledged(invite: string, uri: string, response: string): string {
  return [
    `ACK ${uri} SIP/2.0`,
    `Via: ${headersOf(invite, 'Via')[0]}`,
    'Max-Forwards: 70',
    `From: ${headerOf(invite, 'From')}`,
    `To: ${headerOf(response, 'To')}`,
    `Call-ID: ${headerOf(invite, 'Call-ID')}`,
    `CSeq: ${headerOf(invite, 'CSeq')?.split(' ')[0]} ACK`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}
