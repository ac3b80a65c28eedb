import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { missing } from '../support/programs.ts'
import {
  ask,
  headerOf,
  headersOf,
  type SipPeer,
  statusOf,
  streamPeer,
  udpPeer,
  webSocketPeer,
} from '../support/sip-peer.ts'
import {
  answerTo,
  establish,
  inCall,
  isRequest,
  newDialog,
  registerOf,
  requestOf,
} from '../support/sip-requests.ts'
import { aorOf, OPEN, peersOfBoth, startWorkersEdge, type WorkersEdge } from '../support/workers.ts'

const USERS = 10

describe('two workers', { skip: missing('curl') }, () => {
  let server: WorkersEdge
  before(async () => {
    // The system knows nothing of branches then: who gets another's response hands it over.
    server = await startWorkersEdge(USERS, `${OPEN}\ndatagrams: {by: node}`)
  })
  after(() => server.edge.remove())

  const open: SipPeer[] = []
  afterEach(() => {
    for (const peer of open.splice(0)) peer.close()
  })
  const opened = async (peer: Promise<SipPeer>): Promise<SipPeer> => {
    open.push(await peer)
    return peer
  }
  const udp = (): Promise<SipPeer> => opened(udpPeer(server.port))
  const tcp = (): Promise<SipPeer> => opened(streamPeer(server.port))
  const ways: Readonly<Record<string, () => Promise<SipPeer>>> = {
    udp,
    tcp,
    tls: () => opened(streamPeer(server.tlsPort, 'work.test')),
    ws: () => opened(webSocketPeer(server.wsPort)),
  }
  for (const [transport, connect] of Object.entries(ways)) {
    it(`phones call each other over ${transport}, whichever worker has them`, async () => {
      const [first, second] = await peersOfBoth(2, connect)
      const phones = [...first, ...second]
      for (const [i, phone] of phones.entries()) await register(phone, i, transport)
      for (const [i, caller] of phones.entries()) {
        for (const [k, callee] of phones.entries()) if (i !== k) await callAndHangUp(caller, callee, i, k)
      }
      assert.equal(server.edge.metric('aspis_calls'), 0)
      assert.equal(server.edge.metric('aspis_responses_stray_total'), 0)
    })
  }

  it('a response goes to the worker of its transaction once, and one that is forged goes no further', async () => {
    const { edge } = server
    const [[caller], [callee]] = await peersOfBoth(1, udp)
    assert.ok(caller !== undefined && callee !== undefined)
    const handed = 'aspis_handed_over_total{kind="response"}'
    await register(callee, 1, 'udp')
    const before = edge.metric(handed)
    await callAndHangUp(caller, callee, 0, 1)
    const perCall = edge.metric(handed) - before
    assert.equal(perCall, 2, 'the 200 of the INVITE and that of the BYE')

    const invite = callee.received.find(text => text.startsWith('INVITE'))
    assert.ok(invite !== undefined)
    callee.send(answerTo(callee, invite, 200, 'callee').replace(/(branch=z9hG4bK.{8})..../, '$1ffff'))
    await callAndHangUp(caller, callee, 0, 1)
    assert.equal(edge.metric(handed) - before, 2 * perCall + 1)
    assert.equal(edge.metric('aspis_responses_stray_total'), 1)
  })

  it('a CANCEL finds its INVITE when a phone comes back by a connection of another worker (RFC 3261 §9.2)', async () => {
    const { edge } = server
    const [[caller], [again]] = await peersOfBoth(1, tcp)
    const callee = await udp()
    assert.ok(caller !== undefined && again !== undefined)
    await register(callee, 2, 'udp')
    const dialog = newDialog()
    const parts = { uri: aorOf(2), from: aorOf(0), to: aorOf(2), dialog, cseq: 1 }
    const contact = [`Contact: <sip:u0@${caller.host};transport=tcp>`]
    const text = requestOf(caller, { ...parts, method: 'INVITE', lines: contact })
    caller.send(text)
    const invite = await callee.next('INVITE', isRequest('INVITE', dialog.callId))
    callee.send(answerTo(callee, invite, 180, 'callee'))
    await caller.next('180', message => message.startsWith('SIP/2.0 180'))
    caller.close()
    const cancel = text
      .replace(/^INVITE/, 'CANCEL')
      .replace('1 INVITE', '1 CANCEL')
      .replace(/Contact: .*\r\n/, '')
    let answer = ''
    // The other worker may hear of the end of the first connection a moment later.
    for (let tries = 0; tries < 20 && statusOf(answer) !== 200; tries += 1) {
      again.send(cancel)
      answer = await again.next('an answer', message => message.includes('1 CANCEL'))
    }
    assert.equal(statusOf(answer), 200)
    await callee.next('CANCEL', isRequest('CANCEL', dialog.callId))
    assert.ok(edge.metric('aspis_handed_over_total{kind="sought"}') >= 1)
  })

  it('a CANCEL that nobody has an INVITE for is answered 481', async () => {
    const [[first], [second]] = await peersOfBoth(1, udp)
    for (const peer of [first, second]) {
      assert.ok(peer !== undefined)
      const dialog = newDialog()
      const stray = { method: 'CANCEL', uri: aorOf(2), from: aorOf(0), to: aorOf(2), dialog, cseq: 1 }
      assert.equal(statusOf(await ask(peer, requestOf(peer, stray))), 481)
    }
  })

  it('of two registrations of one user at two workers at once, none is lost', async () => {
    const [[first], [second]] = await peersOfBoth(1, udp)
    assert.ok(first !== undefined && second !== undefined)
    for (let round = 0; round < 20; round += 1) {
      const user = 3
      const asked: Promise<string>[] = [first, second].map((peer, i) =>
        ask(
          peer,
          registerOf(peer, aorOf(user), { contact: `<sip:r${round}p${i}@${peer.host}>;expires=600` }),
        ),
      )
      for (const answer of await Promise.all(asked)) assert.equal(statusOf(answer), 200, answer)
      const isThere = (contacts: string): boolean => [0, 1].every(i => contacts.includes(`r${round}p${i}@`))
      for (const peer of [first, second]) {
        let contacts = ''
        // A worker hears of what another one stored in the moment in which that one answers.
        for (let tries = 0; tries < 20 && !isThere(contacts); tries += 1) {
          contacts = headersOf(await ask(peer, fetchOf(peer, user)), 'Contact').join()
        }
        assert.ok(isThere(contacts), contacts)
      }
      await ask(first, removeAll(first, user))
    }
  })

  it('metrics are those of all processes together', async () => {
    const { edge } = server
    const kind = 'aspis_messages_received_total{kind="REGISTER"}'
    const before = edge.metric(kind)
    const [first, second] = await peersOfBoth(3, udp)
    for (const [i, peer] of [...first, ...second].entries()) await register(peer, 4 + i, 'udp')
    assert.equal(edge.metric(kind) - before, 12, 'each phone removes what was there, and registers')
    assert.equal(edge.metric('aspis_workers'), 2)
    const bindings = edge.metric('aspis_bindings')
    await register(first[0] ?? assert.fail(), 0, 'udp')
    assert.ok(edge.metric('aspis_bindings') - bindings <= 1, 'every process has every binding')
  })
})

async function register(phone: SipPeer, user: number, transport: string): Promise<void> {
  await ask(phone, removeAll(phone, user))
  const contact = `<sip:x@${phone.host};transport=${transport}>;expires=600`
  const answer = await ask(phone, registerOf(phone, aorOf(user), { contact }))
  assert.equal(statusOf(answer), 200, answer)
}

/** Long enough that the answer is not larger by much, which a source that proved nothing is not sent. */
function fetchOf(phone: SipPeer, user: number): string {
  const { callId, fromTag } = newDialog()
  return registerOf(phone, aorOf(user), { dialog: { callId: `${'fetch-'.repeat(60)}${callId}`, fromTag } })
}

function removeAll(phone: SipPeer, user: number): string {
  return registerOf(phone, aorOf(user), { contact: '*\r\nExpires: 0' })
}

async function callAndHangUp(caller: SipPeer, callee: SipPeer, from: number, to: number): Promise<void> {
  const call = await establish(caller, callee, aorOf(from), aorOf(to))
  const bye = ask(caller, inCall(caller, call, 'BYE', aorOf(from), aorOf(to), 2))
  const arrived = await callee.next('BYE', isRequest('BYE', call.dialog.callId))
  assert.notEqual(headerOf(arrived, 'Via'), undefined)
  callee.send(answerTo(callee, arrived, 200, ''))
  assert.equal(statusOf(await bye), 200)
}
