import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type EdgeProcess, startEdgeProcess } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { ask, freePorts, type SipPeer, statusOf, streamPeer, udpPeer } from '../support/sip-peer.ts'
import { answerTo, establish, inCall, isRequest, registerOf } from '../support/sip-requests.ts'

const DOMAIN = 'work.test'
const PHONES = 8

/** What is under test is which process does what, so that requests need no password here. */
describe('two workers', { skip: missing('curl') }, () => {
  let edge: EdgeProcess
  let port = 0
  let tlsPort = 0

  before(async () => {
    const [sip = 0, tls = 0, adminPort = 0] = await freePorts(3)
    port = sip
    tlsPort = tls
    edge = await startEdgeProcess({
      domain: DOMAIN,
      adminPort,
      users: Array.from({ length: PHONES }, (_, i) => ({ name: `u${i}`, password: 'pw' })),
      yaml: `domains: [${DOMAIN}]
workers: 2
listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}, tls://127.0.0.1:${tlsPort}]
insecure:
  - allow: unauthenticated-requests
    methods: [REGISTER, INVITE]
    because: the processes are under test`,
    })
  })
  after(() => edge.remove())

  const way: Readonly<Record<string, () => Promise<SipPeer>>> = {
    udp: () => udpPeer(port),
    tcp: () => streamPeer(port),
    tls: () => streamPeer(tlsPort, DOMAIN),
  }
  for (const [transport, connect] of Object.entries(way)) {
    it(`phones call each other over ${transport}, whichever worker has them`, async () => {
      const phones = await Promise.all(Array.from({ length: PHONES }, connect))
      try {
        for (const [i, phone] of phones.entries()) await register(phone, aor(i), transport)
        for (let i = 0; i < PHONES; i += 1) {
          for (let k = 0; k < PHONES; k += 1) if (i !== k) await callAndHangUp(phones, i, k)
        }
        assert.equal(edge.metric('aspis_calls'), 0)
        assert.equal(edge.metric('aspis_responses_stray_total'), 0)
      } finally {
        for (const phone of phones) phone.close()
      }
    })
  }
})

function aor(i: number): string {
  return `sip:u${i}@${DOMAIN}`
}

async function register(phone: SipPeer, of: string, transport: string): Promise<void> {
  const contact = `<sip:x@${phone.host};transport=${transport}>;expires=600`
  const answer = await ask(phone, registerOf(phone, of, { contact }))
  assert.equal(statusOf(answer), 200, answer)
}

async function callAndHangUp(phones: readonly SipPeer[], i: number, k: number): Promise<void> {
  const [caller, callee] = [phones[i], phones[k]]
  assert.ok(caller !== undefined && callee !== undefined)
  const call = await establish(caller, callee, aor(i), aor(k))
  const bye = ask(caller, inCall(caller, call, 'BYE', aor(i), aor(k), 2))
  const arrived = await callee.next('BYE', isRequest('BYE', call.dialog.callId))
  callee.send(answerTo(callee, arrived, 200, ''))
  assert.equal(statusOf(await bye), 200)
}
