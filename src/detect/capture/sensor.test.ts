import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sipRequest, sipResponse } from '../../../test/support/trace.ts'
import type { Address } from '../../base/flow.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { detector } from '../detector.ts'
import { Engine } from '../engine.ts'
import { Observer } from '../observer.ts'
import type { Sighting } from '../sighting.ts'
import { CaptureSensor } from './sensor.ts'
import { ServerAddresses } from './servers.ts'

const SERVER = { ip: '192.0.2.2', port: 5060 }
const PHONE = { ip: '192.0.2.1', port: 5060 }
const CALLEE = { ip: '192.0.2.9', port: 5062 }
const STRANGER = { ip: '198.51.100.7', port: 5060 }

/** A capture being told, and what the detectors were told. */
class Wire {
  readonly told: string[] = []
  readonly sensor: CaptureSensor
  readonly engine: Engine
  #nowMs = 1000

  constructor() {
    const watch = (seen: Sighting): unknown => this.told.push(wordsOf(seen))
    const spy = detector({
      ...{ id: 'spy', title: '', class: 'spec', threats: [], isSpoofable: false, score: 1, evasion: '' },
      thresholds: {},
      start: () => ({
        ...{ request: watch, answer: watch, response: watch, malformed: watch, credentials: watch },
        ...{ registration: watch, call: watch, doubt: watch },
      }),
    })
    this.engine = new Engine({
      ...{ detectors: [spy], settings: {}, hashKey: new Uint8Array(16), wallMs: atMs => atMs },
      ...{ known: { trunkOf: () => undefined, isAllowed: () => false }, onFinding: () => {} },
      onDisabled: (_id, error) => {
        throw error
      },
    })
    this.sensor = new CaptureSensor(new Observer(this.engine), new ServerAddresses([SERVER]))
  }

  pass(ms: number): void {
    this.#nowMs += ms
  }

  say(from: Address, to: Address, text: string): void {
    this.#nowMs += 1
    const ends = { sourceIp: from.ip, sourcePort: from.port, destinationIp: to.ip, destinationPort: to.port }
    this.sensor.datagram(Buffer.from(text, 'latin1'), ends, this.#nowMs)
  }

  /** A request to the server, and its answer. */
  ask(request: SipRequest, status: number, lines: readonly string[] = [], from: Address = PHONE): void {
    this.say(from, SERVER, request.text)
    this.answer(request, status, lines, from)
  }

  answer(request: SipRequest, status: number, lines: readonly string[] = [], to: Address = PHONE): void {
    const { text } = sipResponse(request, status)
    this.say(
      SERVER,
      to,
      [...text.split('\r\n').slice(0, -3), ...lines, 'Content-Length: 0', '', ''].join('\r\n'),
    )
  }

  /** What was told since the last time. */
  take(): readonly string[] {
    return this.told.splice(0)
  }
}

function wordsOf(seen: Sighting): string {
  switch (seen.kind) {
    case 'request':
      return `request ${seen.request.method}`
    case 'answer':
      return `answer ${seen.status}${seen.isOwn ? ' own' : ''}`
    case 'response':
      return `response ${seen.response.status}${seen.isStray ? ' stray' : ''}`
    case 'malformed':
      return `malformed ${seen.refusal}`
    case 'credentials':
      return seen.isAccepted
        ? `accepted ${seen.user}@${seen.realm}`
        : `refused ${seen.why}${seen.isNonceOurs ? ' of our nonce' : ''}`
    case 'registration':
      return `registered ${seen.account}`
    case 'call':
      return `call ${seen.phase} ${seen.call.account}`
    case 'doubt':
      return `doubt ${seen.doubt}`
    default:
      return seen.kind
  }
}

const challenge = (nonce: string, more = ''): string =>
  `WWW-Authenticate: Digest realm="example.test", nonce="${nonce}", algorithm=SHA-256, qop="auth"${more}`

const proxyChallenge = (nonce: string): string => `Proxy-${challenge(nonce).slice(4)}`

const credentials = (nonce: string, nc = '00000001', user = 'alice'): string =>
  `Authorization: Digest username="${user}", realm="example.test", nonce="${nonce}", uri="sip:example.test", response="aa", algorithm=SHA-256, qop=auth, nc=${nc}, cnonce="c"`

const register = (...lines: readonly string[]): SipRequest =>
  sipRequest({
    method: 'REGISTER',
    uri: 'sip:example.test',
    to: 'sip:alice@example.test',
    lines: ['Contact: <sip:alice@192.0.2.1>', ...lines],
  })

test('a registration is a request, a challenge, credentials that were accepted, and a binding', () => {
  const wire = new Wire()
  wire.ask(register(), 401, [challenge('n1')])
  assert.deepEqual(wire.take(), ['request REGISTER', 'answer 401 own'])
  wire.ask(register(credentials('n1')), 200)
  assert.deepEqual(wire.take(), [
    'request REGISTER',
    'accepted alice@example.test',
    'answer 200 own',
    'registered alice@example.test',
  ])
})

test('a wrong password is told as such, and proves that its source receives', () => {
  const wire = new Wire()
  wire.ask(register(), 401, [challenge('n1')])
  assert.equal(wire.engine.sourceOf(PHONE.ip).isProved, false)
  wire.take()
  wire.ask(register(credentials('n1')), 401, [challenge('n2')])
  assert.deepEqual(wire.take(), [
    'request REGISTER',
    'refused wrong-credentials of our nonce',
    'answer 401 own',
  ])
  assert.equal(wire.engine.sourceOf(PHONE.ip).isProved, true)
})

test('refused credentials have the reasons of the digest mechanism', () => {
  const why = (
    first: readonly string[],
    request: SipRequest,
    status: number,
    lines: readonly string[],
  ): string => {
    const wire = new Wire()
    wire.ask(register(), 401, first)
    wire.ask(register(credentials('n1')), 200)
    wire.take()
    wire.ask(request, status, lines)
    return wire.take().find(each => /^(refused|accepted)/.test(each)) ?? ''
  }
  const stale = challenge('n9', ', stale=true')
  const given = [challenge('n1')]
  const cases: readonly (readonly [string, SipRequest, number, string])[] = [
    ['refused nonce-altered', register(credentials('made-up')), 401, challenge('n9')],
    ['refused nonce-expired of our nonce', register(credentials('n1', '00000002')), 401, stale],
    ['refused nonce-expired of our nonce', register(credentials('of-before')), 401, stale],
    ['refused nonce-replayed of our nonce', register(credentials('n1')), 401, stale],
    ['refused qop-missing', register(credentials('n1').replace('qop=auth, ', '')), 401, challenge('n9')],
    ['refused uri-mismatch', register(credentials('n1').replace('uri="sip:', 'uri="sip:x.')), 403, ''],
    [
      '',
      register('Authorization: Digest username="", nonce="", response="", realm="example.test"'),
      401,
      challenge('n9'),
    ],
    ['', register(credentials('n1').replace('example.test"', 'other.test"')), 401, challenge('n9')],
    ['', register(credentials('n1')), 503, 'Retry-After: 3'],
  ]
  for (const [wanted, request, status, line] of cases) {
    assert.equal(why(given, request, status, [line || 'X: y']), wanted)
  }
})

test('a nonce that comes from another address than it was given to is known', () => {
  const wire = new Wire()
  wire.ask(register(), 401, [challenge('n1')])
  wire.take()
  wire.ask(register(credentials('n1')), 401, [challenge('n2', ', stale=true')], STRANGER)
  assert.ok(wire.take().includes('refused nonce-of-other-source'))
  assert.equal(wire.engine.sourceOf(STRANGER.ip).isProved, false)
})

test('who guessed and is put off is guessing', () => {
  const wire = new Wire()
  wire.ask(register(), 401, [challenge('n1')])
  wire.ask(register(credentials('n1')), 401, [challenge('n2')])
  wire.take()
  wire.ask(register(credentials('n2')), 503, ['Retry-After: 3'])
  assert.deepEqual(wire.take(), ['request REGISTER', 'refused guessing of our nonce', 'answer 503 own'])
})

test('silence to credentials is a refusal beside a refusal that was seen, and nothing by itself', () => {
  for (const isKnown of [true, false]) {
    const wire = new Wire()
    wire.ask(register(), 401, [challenge('n1')])
    if (isKnown) wire.ask(register(credentials('n1')), 401, [challenge('n2')])
    wire.say(PHONE, SERVER, register(credentials('n1', '00000002')).text)
    wire.take()
    wire.pass(2000)
    wire.say(STRANGER, SERVER, sipRequest({ method: 'OPTIONS' }).text)
    const refused = isKnown ? ['refused wrong-credentials of our nonce'] : []
    assert.deepEqual(wire.take(), [...refused, 'request OPTIONS'])
  }
})

test('a refusal that is seen later explains the silence of before', () => {
  const wire = new Wire()
  wire.ask(register(), 401, [challenge('n1')])
  wire.say(PHONE, SERVER, register(credentials('n1')).text)
  wire.pass(2000)
  wire.say(STRANGER, SERVER, sipRequest({ method: 'OPTIONS' }).text)
  wire.ask(register(credentials('n1', '00000002')), 401, [challenge('n2')])
  wire.take()
  wire.say(STRANGER, SERVER, sipRequest({ method: 'OPTIONS' }).text)
  assert.deepEqual(wire.take(), ['refused wrong-credentials of our nonce', 'request OPTIONS'])
})

test('retransmissions are requests and no answers; a challenge keeps nothing and is given again', () => {
  const wire = new Wire()
  const first = register()
  wire.ask(first, 401, [challenge('n1')])
  wire.take()
  wire.ask(first, 401, [challenge('n1')])
  assert.deepEqual(wire.take(), ['request REGISTER', 'answer 401 own'])
  const second = register(credentials('n1'))
  wire.ask(second, 200)
  wire.take()
  wire.ask(second, 200)
  wire.answer(second, 200)
  assert.deepEqual(wire.take(), ['request REGISTER'])
})

/** The same request as the server sends it on: its own Via on top, the source in the one below. */
function forwarded(request: SipRequest, branch = 'z9hG4bKserver'): string {
  return request.text.replace(
    'Via: SIP/2.0/UDP 192.0.2.1:5060',
    `Via: SIP/2.0/UDP 192.0.2.2;branch=${branch}\r\nVia: SIP/2.0/UDP 192.0.2.1:5060`,
  )
}

function responseOf(requestText: string, status: number): string {
  const lines = requestText.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq):/.test(line))
  const tagged = lines.map(line =>
    line.startsWith('To:') && !line.includes('tag=') ? `${line};tag=callee` : line,
  )
  return [`SIP/2.0 ${status} Reason`, ...tagged, 'Content-Length: 0', '', ''].join('\r\n')
}

function withoutTopVia(text: string): string {
  return text.replace(/Via:[^\r]*\r\n/, '')
}

test('a call is followed over the server: what it forwards is accepted, what others answer is not its own', () => {
  const wire = new Wire()
  const parts = { method: 'INVITE', callId: 'call', fromTag: 'caller' } as const
  wire.ask(sipRequest(parts), 407, [proxyChallenge('p1')])
  assert.deepEqual(wire.take(), ['request INVITE', 'answer 407 own'])
  const invite = sipRequest({ ...parts, cseq: 2, lines: [`Proxy-${credentials('p1')}`] })
  const onward = forwarded(invite)
  wire.say(PHONE, SERVER, invite.text)
  wire.answer(invite, 100)
  wire.say(SERVER, CALLEE, onward)
  assert.deepEqual(wire.take(), [
    'request INVITE',
    'accepted alice@example.test',
    'call began alice@example.test',
  ])
  for (const status of [180, 200]) {
    const response = responseOf(onward, status)
    wire.say(CALLEE, SERVER, response)
    wire.say(SERVER, PHONE, withoutTopVia(response))
  }
  assert.deepEqual(
    wire.take().map(each => each.replace(' alice@example.test', '')),
    ['response 180', 'call ringing', 'response 200', 'answer 200', 'call answered'],
  )
  const dialog = { callId: 'call', fromTag: 'caller', toTag: 'callee' } as const
  wire.say(PHONE, SERVER, sipRequest({ ...dialog, method: 'ACK', cseq: 2 }).text)
  assert.deepEqual(wire.take(), ['request ACK', 'call acknowledged alice@example.test'])
  const bye = sipRequest({ ...dialog, method: 'BYE', cseq: 3 })
  const byeOnward = forwarded(bye, 'z9hG4bKbye')
  wire.say(PHONE, SERVER, bye.text)
  wire.say(SERVER, CALLEE, byeOnward)
  wire.say(CALLEE, SERVER, responseOf(byeOnward, 200))
  wire.say(SERVER, PHONE, withoutTopVia(responseOf(byeOnward, 200)))
  assert.deepEqual(wire.take(), [
    'request BYE',
    'response 200',
    'answer 200',
    'call ended alice@example.test',
  ])
})

test('a final response that nobody gave the server is its own, forwarded or not', () => {
  const wire = new Wire()
  const invite = sipRequest({ method: 'INVITE' })
  wire.say(PHONE, SERVER, invite.text)
  wire.say(SERVER, CALLEE, forwarded(invite))
  wire.answer(invite, 408)
  assert.ok(wire.take().includes('answer 408 own'))
})

test('a response from where the request was not sent is doubted, and stray', () => {
  const wire = new Wire()
  const invite = sipRequest({ method: 'INVITE' })
  wire.say(PHONE, SERVER, invite.text)
  wire.say(SERVER, CALLEE, forwarded(invite))
  wire.take()
  wire.say(STRANGER, SERVER, responseOf(forwarded(invite), 486))
  wire.say(STRANGER, SERVER, responseOf(forwarded(invite, 'z9hG4bKmade-up'), 486))
  assert.deepEqual(wire.take(), [
    'doubt response-from-another-source',
    'response 486 stray',
    'response 486 stray',
  ])
})

test('what is malformed is told when it comes to the server, and what others say to others is not read', () => {
  const wire = new Wire()
  const { text } = sipRequest({ method: 'OPTIONS' })
  wire.say(STRANGER, SERVER, text.replace(/^Call-ID.*\r\n/m, ''))
  wire.say(SERVER, STRANGER, 'nonsense')
  wire.say(STRANGER, SERVER, '\r\n\r\n')
  wire.say(STRANGER, SERVER, '\0\x01\0\0binding')
  wire.say(STRANGER, PHONE, text)
  assert.deepEqual(wire.take(), ['malformed missing-header'])
  const { malformed, keepAlives, stun, requests } = wire.sensor.counts
  assert.deepEqual(
    { malformed, keepAlives, stun, requests },
    { malformed: 1, keepAlives: 1, stun: 1, requests: 0 },
  )
})

test('who has a connection is proved', () => {
  const wire = new Wire()
  const { ip, port } = STRANGER
  const ends = { sourceIp: ip, sourcePort: port, destinationIp: SERVER.ip, destinationPort: SERVER.port }
  wire.sensor.message(sipRequest({ method: 'OPTIONS' }).text, ends, 1001)
  assert.equal(wire.engine.sourceOf(ip).isProved, true)
  assert.deepEqual(wire.take(), ['request OPTIONS'])
})

test('a connection that the server opened is its own: by its address, and on one host by Via', () => {
  for (const host of [CALLEE.ip, SERVER.ip]) {
    const wire = new Wire()
    const own = { ip: SERVER.ip, port: 40_000 }
    const callee = { ip: host, port: 5070 }
    const say = (from: Address, to: Address, text: string): void => {
      const ends = {
        sourceIp: from.ip,
        sourcePort: from.port,
        destinationIp: to.ip,
        destinationPort: to.port,
      }
      wire.sensor.message(text, ends, 1001)
    }
    const onward = forwarded(sipRequest())
    say(own, callee, onward)
    say(callee, own, responseOf(onward, 180))
    assert.deepEqual(wire.take(), ['response 180'])
    say({ ip: SERVER.ip, port: 40_001 }, callee, sipRequest().text)
    assert.equal(wire.sensor.counts.past, host === SERVER.ip ? 1 : 0)
  }
})
