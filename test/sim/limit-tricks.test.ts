import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutsideAnswer } from '../../src/mechanisms/digest/index.ts'
import type { AaaPort } from '../../src/server/aaa/aaa.ts'
import { SimEdge, type SimEdgeOptions } from '../support/sim-edge.ts'
import { SimPhone, type SimRequest } from '../support/sim-phone.ts'

const CARRIER_IP = '198.51.100.5'

const LINES = [
  'trunks:',
  `  - {name: carrier, uri: "sip:${CARRIER_IP}", addresses: [${CARRIER_IP}], domains: [carrier.test]}`,
  'insecure:',
  '  - {allow: trunk-without-tls, trunk: carrier, because: a test of limits}',
  'rules:',
  '  - {name: numbers, from: own-users, to: ["+*"], via: carrier, allow: true}',
  'policy:',
  '  limits: [{calls: 1}]',
]

async function scene(options: SimEdgeOptions = {}) {
  const sim = await SimEdge.open({ lines: LINES, ...options })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const carrier = new SimPhone(sim, { ip: CARRIER_IP, domain: 'carrier.test' })
  const call = async (number: string, to = `sip:${number}@example.test`): Promise<SimRequest> => {
    const request = alice.call(`sip:${number}@example.test`, { to })
    await sim.run(100)
    return request
  }
  return { sim, alice, carrier, call }
}

test('PRX-05: a BYE goes to the gateway that has the call, and not to a phone that To names', async () => {
  const { sim, alice, carrier, call } = await scene()
  await alice.register()
  const up = await call('+4420', alice.aor)
  assert.equal(up.final?.status, 200)
  const bye = alice.send('BYE', alice.contact, {
    dialog: { ...up.dialog, cseq: up.dialog.cseq + 1 },
    authenticates: false,
  })
  await sim.run(100)
  assert.equal(alice.got('BYE').length, 0)
  assert.equal(carrier.got('BYE').length, 1)
  assert.equal(bye.final?.status, 200)
})

test('RFC 4028: what the caller says of a session timer frees nothing, as the gateway need not run one', async () => {
  const { sim, carrier, call } = await scene()
  const up = await call('+4420')
  const [got] = carrier.calls
  assert.ok(got)
  const { alice } = { alice: up.phone }
  alice.onReinvite = incoming => incoming.answer(200, [['Session-Expires', '90;refresher=uas']])
  const again = carrier.send('INVITE', got.dialog.remoteTarget, {
    dialog: got.dialog,
    headers: [['Contact', `<${carrier.contact}>`]],
  })
  await sim.run(200_000)
  assert.equal(again.final?.status, 200)
  assert.equal((await call('+4421')).final?.status, 480)
})

/** Servers beyond the process that answer when the test lets them. */
class Slow implements AaaPort {
  readonly isRemote = true
  readonly md5 = 'no'
  readonly locates = false
  waiting: ((answer: OutsideAnswer) => void)[] = []
  ask = (): Promise<OutsideAnswer> => new Promise(resolve => this.waiting.push(resolve))
  knows = (aor: string): boolean => aor === 'sip:alice@example.test'
  registering: AaaPort['registering'] = (context, register) => register(context)
  whereIs: AaaPort['whereIs'] = () => assert.fail('nobody is looked for')
  callBegan(): void {}
  callEnded(): void {}

  yes(): void {
    const answer = { kind: 'accepted', user: 'alice', grant: { aors: ['sip:alice@example.test'] } } as const
    for (const go of this.waiting.splice(0)) go(answer)
  }
}

test('a call that is given up while a server is asked about its caller holds no place', async () => {
  const aaa = new Slow()
  const { sim, call } = await scene({ aaa })
  const given = await call('+4420')
  given.cancel()
  await sim.run(100)
  aaa.yes()
  await sim.run(100)
  assert.equal(given.final?.status, 487)
  const next = await call('+4421')
  aaa.yes()
  await sim.run(100)
  assert.equal(next.final?.status, 200)
})

/** Accounts of our own, and who is charged. */
class Charged implements AaaPort {
  readonly isRemote = false
  readonly md5 = 'no'
  readonly locates = false
  readonly up = new Set<string>()
  begun = 0
  ask: AaaPort['ask'] = () => ({
    kind: 'accepted',
    user: 'alice',
    grant: { aors: ['sip:alice@example.test'] },
  })
  knows = (): boolean => false
  registering: AaaPort['registering'] = (context, register) => register(context)
  whereIs: AaaPort['whereIs'] = () => assert.fail('nobody is looked for')

  callBegan(dialog: string): void {
    this.begun += 1
    this.up.add(dialog)
  }

  callEnded(dialog: string): void {
    assert.ok(this.up.delete(dialog))
  }
}

test('RFC 2866: a BYE that the callee refuses, or of a dialog that it does not know, stops no charge', async () => {
  const aaa = new Charged()
  const { sim, carrier, alice, call } = await scene({ aaa })
  const up = await call('+4420')
  carrier.answerTo = () => 420
  up.within('BYE', { authenticates: false })
  await sim.run(100)
  carrier.answerTo = () => 481
  const other = { ...up.dialog, remoteTag: 'invented' }
  const stray = alice.send('BYE', up.dialog.remoteTarget, { dialog: other, authenticates: false })
  await sim.run(100)
  assert.equal(stray.final?.status, 481)
  assert.equal(aaa.up.size, 1)
  up.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.equal(aaa.up.size, 0)
})

test('RFC 2866: two calls of one Call-ID and tag are charged each, and end each', async () => {
  const aaa = new Charged()
  const { sim, carrier, alice } = await scene({ aaa, lines: LINES.slice(0, -2) })
  const call = async (): Promise<SimRequest> => {
    const request = alice.call('sip:+4420@example.test', { callId: 'again', fromTag: 'again' })
    await sim.run(100)
    return request
  }
  const first = await call()
  const second = await call()
  assert.deepEqual([first.final?.status, second.final?.status], [200, 200])
  assert.equal(carrier.calls.length, 2)
  assert.equal(aaa.begun, 2)
  first.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.equal(aaa.up.size, 1)
  second.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.equal(aaa.up.size, 0)
})

test('PRX-05: a BYE that is too large for the gateway to get frees nothing', async () => {
  const { sim, alice, carrier, call } = await scene()
  const up = await call('+4420')
  carrier.answerTo = request => (request.body.length > 1000 ? undefined : 200)
  up.within('BYE', {
    authenticates: false,
    body: 'x'.repeat(2000),
    headers: [['Content-Type', 'text/plain']],
  })
  await sim.run(40_000)
  assert.equal((await call('+4421')).final?.status, 480)
  assert.equal(alice.got('BYE').length, 0)
  up.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.equal((await call('+4422')).final?.status, 200)
})
