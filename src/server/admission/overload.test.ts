import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EDGE_IP, SimEdge } from '../../../test/support/sim-edge.ts'
import { rawRequest, SimStranger } from '../../../test/support/sim-stranger.ts'
import type { Flow } from '../../base/flow.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { Overload, type RequestClass } from './overload.ts'

const read = (text: string): SipRequest => {
  const parsed = parseMessage(text, true)
  assert.ok(parsed.ok && parsed.value.kind === 'request')
  return parsed.value
}

const requests = (method: string, count: number, uri = 'sip:bob@example.test'): SipRequest[] =>
  Array.from({ length: count }, (_, n) => read(rawRequest(method, uri, { 'Call-ID': `call-${n}` })))

/** Flows of every kind, and what was refused. */
async function stage(pressure: number) {
  const sim = await SimEdge.open()
  const host = sim.network.host('203.0.113.66', () => {})
  const udp = (isProved: boolean): Flow => {
    const flow = host.udp(5060 + (isProved ? 1 : 0), { ip: EDGE_IP, port: 5060 })
    flow.isProved = isProved
    return flow
  }
  const [stranger, known, trunk] = [udp(false), udp(true), new SimStranger(sim, '203.0.113.77')]
  const connection = trunk.connect('tcp')
  const counted: RequestClass[] = []
  const overload = new Overload({
    trunkOf: flow => (flow === connection ? { isTrusted: true } : undefined),
    isLoggedIn: () => false,
    takesPart: () => false,
    shed: kind => counted.push(kind),
  })
  overload.pressure = pressure
  return { overload, stranger, known, trunk: connection, counted }
}

describe('classes of requests under overload', () => {
  test('RFC 7339 §5.10.1: strangers go first, then new requests of known flows, then their registrations', async () => {
    const { overload, stranger, known } = await stage(0)
    const [invite] = requests('INVITE', 1)
    const [register] = requests('REGISTER', 1, 'sip:example.test')
    assert.ok(invite && register)
    const kinds = [
      overload.classOf(register, stranger),
      overload.classOf(invite, known),
      overload.classOf(register, known),
    ]
    assert.deepEqual(kinds, [0, 1, 2])
  })

  test('what belongs to a call that is up, and calls for help, are never refused', async () => {
    const { overload, stranger, known, trunk } = await stage(3)
    for (const flow of [stranger, known])
      for (const request of [
        ...requests('BYE', 1),
        ...requests('ACK', 1),
        ...requests('CANCEL', 1),
        read(rawRequest('INVITE', 'sip:bob@example.test', { To: '<sip:bob@example.test>;tag=1' })),
        ...requests('INVITE', 1, 'urn:service:sos'),
        ...requests('INVITE', 1, 'URN:service:sos.fire'),
      ])
        assert.equal(overload.refuses(request, flow), undefined, request.method)
    const preferred = read(rawRequest('INVITE', 'sip:bob@example.test', { 'Resource-Priority': 'ets.0' }))
    assert.equal(overload.refuses(preferred, trunk), undefined)
    assert.notEqual(overload.refuses(preferred, known), undefined)
    assert.notEqual(
      overload.refuses(requests('INVITE', 1, 'urn:service:sosumi')[0] ?? preferred, known),
      undefined,
    )
  })

  test('a class is refused in part, and a request and its retransmission have one fate', async () => {
    const { overload, known } = await stage(1.3)
    const all = requests('INVITE', 1000)
    const refused = all.filter(request => overload.refuses(request, known) !== undefined)
    assert.ok(refused.length > 200 && refused.length < 400, String(refused.length))
    for (const request of refused) assert.notEqual(overload.refuses(request, known), undefined)
  })

  test('S4: strangers hear nothing, a phone is told when to come back, a neighbour is not', async () => {
    const { overload, stranger, known, trunk, counted } = await stage(3)
    const [request] = requests('INVITE', 1)
    assert.ok(request)
    assert.deepEqual(overload.refuses(request, stranger), { kind: 'drop', why: 'overload' })
    const told = overload.refuses(request, known)
    assert.ok(told?.kind === 'reply' && told.status === 503)
    const seconds = Number(told.headers?.[0]?.[1])
    assert.ok(seconds >= 5 && seconds <= 20)
    const neighbour = overload.refuses(request, trunk)
    assert.ok(neighbour?.kind === 'reply' && neighbour.headers === undefined)
    assert.deepEqual(counted, [0, 1, 1])
  })
})
