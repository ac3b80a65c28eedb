import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseVia } from '../../src/sip/headers/via.ts'
import { offersLoss, printFeedback, readFeedback } from '../../src/sip/proxy/overload-control.ts'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import { rawRequest, SimStranger } from '../support/sim-stranger.ts'

const CARRIER_IP = '198.51.100.5'
const LINES = [
  'trunks:',
  `  - {name: carrier, uri: "sip:${CARRIER_IP}", addresses: [${CARRIER_IP}], domains: [carrier.test]}`,
  'insecure:',
  '  - {allow: trunk-without-tls, trunk: carrier, because: a test of addresses}',
  'rules:',
  '  - {name: out, from: own-users, to: "+44*", via: carrier, allow: true}',
]

const topVia = (text: string) => {
  const [, value = ''] = /\r\nv(?:ia)?\s*:\s*([^\r\n]*)/i.exec(text) ?? []
  const via = parseVia(value.split(', ')[0] ?? '')
  assert.ok(via.ok, value)
  return via.value
}

/** An edge with a neighbour that does what `answer` says with an INVITE. */
async function scene(answer: (invite: string) => string | undefined = () => undefined) {
  const sim = await SimEdge.open({ hasAdmission: true, lines: LINES })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await alice.register()
  await bob.register()
  const carrier = new SimStranger(sim, CARRIER_IP)
  carrier.onText = (text, flow) => {
    const response = text.startsWith('INVITE') ? answer(text) : undefined
    if (response !== undefined) flow.send(response)
  }
  return { sim, alice, bob, carrier }
}

/** A response with what a neighbour asks for in our Via. */
function busy(invite: string, sequence: number, lossPercent: number, validityMs = 5000): string {
  const feedback = printFeedback({ lossPercent, validityMs, sequence })
  const fields = ['From', 'Call-ID', 'CSeq'].map(
    name => new RegExp(`\\r\\n${name}: [^\\r]*`).exec(invite)?.[0] ?? '',
  )
  const vias = [...invite.matchAll(/\r\nVia: [^\r]*/g)].map(([via]) => via)
  const first = (vias[0] ?? '').replace(';oc;oc-algo="loss"', feedback)
  const to = /\r\nTo: [^\r]*/.exec(invite)?.[0] ?? ''
  return `SIP/2.0 486 Busy Here${first}${vias.slice(1).join('')}${fields.join('')}${to};tag=c\r\nContent-Length: 0\r\n\r\n`
}

describe('overload control with neighbours (RFC 7339)', () => {
  test('§5.2: every response to a neighbour that offers it says what we ask for, with numbers that grow', async () => {
    const { sim, carrier } = await scene()
    const Via = `SIP/2.0/UDP ${CARRIER_IP}:5060;rport;branch=z9hG4bKoc1;oc;oc-algo="loss,A"`
    const invite = (branch: string) =>
      rawRequest('INVITE', 'sip:bob@example.test', {
        Via: Via.replace('oc1', branch),
        From: '<sip:x@carrier.test>;tag=1',
        'Call-ID': branch,
      })
    await carrier.send(invite('calm'))
    await sim.run(100)
    assert.ok(carrier.texts.length >= 2)
    for (const text of carrier.texts) {
      assert.equal(readFeedback(topVia(text))?.lossPercent, 0)
      assert.equal(topVia(text).params.get('oc-validity'), '0')
    }
    const calm = readFeedback(topVia(carrier.texts[0] ?? ''))?.sequence ?? 0
    assert.ok(sim.admission?.neighbours)
    sim.admission.neighbours.demand(30)
    carrier.texts.length = 0
    await carrier.send(invite('busy'))
    await sim.run(100)
    for (const text of carrier.texts) {
      const feedback = readFeedback(topVia(text))
      assert.equal(feedback?.lossPercent, 30)
      assert.ok((feedback?.sequence ?? 0) > calm)
    }
  })

  test('§5.6: the next hop sees nothing of it, and strangers are neither told nor heard', async () => {
    const { sim, bob, carrier } = await scene()
    const stranger = new SimStranger(sim, '203.0.113.66')
    const Via = 'SIP/2.0/UDP 198.51.100.5:5060;rport;branch=z9hG4bKoc2;oc;oc-algo="loss"'
    const fields = { Via, From: '<sip:x@carrier.test>;tag=1' }
    await carrier.send(rawRequest('INVITE', 'sip:bob@example.test', fields))
    await sim.run(100)
    assert.doesNotMatch(bob.got('INVITE')[0]?.text ?? 'oc=', /;oc/)
    await stranger.send(
      rawRequest('INVITE', 'sip:bob@example.test', {
        ...fields,
        Via: Via.replace('oc2', 'oc3'),
        Subject: 'x'.repeat(600),
      }),
    )
    assert.equal(stranger.texts.length, 1)
    assert.doesNotMatch(stranger.texts[0] ?? 'oc=', /oc=|oc-seq/)
  })

  test('§5.5: what a neighbour asks for is done, for as long as it said, and calls for help still go', async () => {
    let sequence = Date.now()
    const { sim, alice, carrier } = await scene(invite => busy(invite, sequence++, 80))
    const first = alice.call('sip:+4420@example.test')
    await sim.run(100)
    assert.equal(first.final?.status, 486)
    assert.equal(offersLoss(topVia(carrier.texts[0] ?? '')), true)
    carrier.texts.length = 0
    const calls = Array.from({ length: 20 }, () => alice.call('sip:+4420@example.test'))
    await sim.run(100)
    assert.equal(carrier.texts.length, 0)
    for (const call of calls) {
      assert.ok((call.final?.status ?? 0) >= 500, String(call.statuses))
      assert.equal(call.final?.has(35), false)
    }
    assert.equal(sim.count('requests_left_out_total'), 20)
    await sim.run(5000)
    const later = alice.call('sip:+4420@example.test')
    await sim.run(100)
    assert.equal(later.final?.status, 486)
    await sim.runOut()
  })

  test('§5.4: an answer that is older than what is known changes nothing', async () => {
    const asked = [90, 0]
    const sequences = [2_000_000_000_500, 2_000_000_000_400]
    const { sim, alice } = await scene(invite =>
      busy(invite, sequences.shift() ?? 0, asked.shift() ?? 0, 60_000),
    )
    const [one, two] = [alice.call('sip:+4420@example.test'), alice.call('sip:+4421@example.test')]
    await sim.run(100)
    assert.deepEqual([one.final?.status, two.final?.status], [486, 486])
    const third = alice.call('sip:+4422@example.test')
    await sim.run(100)
    assert.ok((third.final?.status ?? 0) >= 500)
  })

  test('who is no neighbour is not obeyed, whatever he writes', async () => {
    const { sim, alice, bob } = await scene()
    bob.onInvite = call => {
      const text = call
        .write(486)
        .replace(
          /(\r\nVia: [^\r]*)/,
          `$1${printFeedback({ lossPercent: 100, validityMs: 9000, sequence: 9e12 })}`,
        )
      bob.hop.flow?.send(text)
      call.answer(486)
    }
    for (let n = 0; n < 3; n += 1) {
      alice.call('sip:bob@example.test')
      await sim.run(100)
    }
    assert.equal(bob.got('INVITE').length, 3)
    assert.equal(sim.count('requests_left_out_total'), 0)
    await sim.runOut()
  })
})
