import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCommand, originOf, writeRequest } from './base-commands.ts'
import { checkMessage, firstOf, numberOf, textOf } from './check.ts'
import { type DiameterMessage, decodeMessage } from './decode.ts'
import type { AvpPair } from './encode.ts'
import { type ServerRequest, ServerRequests } from './server-requests.ts'
import {
  readLocationInfo,
  readMultimediaAuth,
  readServerAssignment,
  readUserAuthorization,
} from './sip-answers.ts'
import { multimediaAuth, serverAssignment } from './sip-requests.ts'
import { CREDENTIALS, ORIGIN } from './test-messages.ts'
import { sipAnswer } from './test-server.ts'

const IDS = { hopByHop: 1, endToEnd: 2 }
const FROM: readonly AvpPair[] = [
  ['Origin-Host', 'dia.aaa.test'],
  ['Origin-Realm', 'aaa.test'],
]

function read(bytes: Buffer): DiameterMessage {
  const decoded = decodeMessage(bytes)
  if (!decoded.ok) assert.fail(decoded.error.fault)
  assert.equal(checkMessage(decoded.value)?.fault, undefined)
  return decoded.value
}

function mar(method: string): DiameterMessage {
  const credentials = { ...CREDENTIALS, method }
  return read(
    writeRequest('MA', IDS, [
      ['Session-Id', 's'],
      ...multimediaAuth(ORIGIN, { target: 'sip:alice@example.test', user: 'alice', credentials }),
    ]),
  )
}

function answer(resultCode: number, more: readonly AvpPair[] = []): DiameterMessage {
  return read(sipAnswer(mar('REGISTER'), resultCode, FROM, more))
}

const item = (...avps: AvpPair[]): AvpPair => [
  'SIP-Auth-Data-Item',
  [['SIP-Authentication-Scheme', 0], ...avps],
]
const challenge = (...avps: AvpPair[]): AvpPair =>
  item(['SIP-Authenticate', [['Digest-Realm', 'example.test'], ['Digest-Nonce', 'n'], ...avps]])

test('SIP-Server-URI stands in a MAR of the registrar alone; one credential is sent (DIA-06)', () => {
  assert.equal(textOf(mar('REGISTER').avps, 'SIP-Server-URI'), ORIGIN.serverUri)
  const invite = mar('INVITE')
  assert.equal(firstOf(invite.avps, 'SIP-Server-URI'), undefined)
  assert.equal(textOf(invite.avps, 'SIP-Method'), 'INVITE')
  assert.equal(textOf(invite.avps, 'User-Name'), 'alice')
  assert.equal(numberOf(invite.avps, 'SIP-Number-Auth-Items'), 1)
})

test('each result of a MAA has one meaning, and only 2001 and 2006 admit (DIA-08)', () => {
  const kinds = new Map<number, string>([
    [2001, 'right'],
    [2006, 'right'],
    [2008, 'wrong'],
    [1001, 'wrong'],
    [4001, 'wrong'],
    [4013, 'wrong'],
    [5032, 'unknown-user'],
    [5033, 'not-allowed'],
    [5003, 'not-allowed'],
    [5037, 'failed'],
    [5012, 'failed'],
    [2002, 'failed'],
    [2999, 'failed'],
    [0, 'failed'],
    [9001, 'failed'],
  ])
  for (const [code, kind] of kinds)
    assert.equal(readMultimediaAuth(answer(code), 'alice', 64).kind, kind, String(code))
})

test('Digest-HA1 in a MAA is for us to check with; one of another length is no answer (DIA-09)', () => {
  const ha1 = 'AB'.repeat(32)
  for (const code of [1001, 2001, 2008]) {
    const said = readMultimediaAuth(answer(code, [challenge(['Digest-HA1', ha1])]), 'alice', 64)
    assert.equal(said.kind === 'check-here' && said.ha1.reveal(), ha1.toLowerCase())
    assert.equal(
      readMultimediaAuth(answer(code, [challenge(['Digest-HA1', 'ab'])]), 'alice', 64).kind,
      'failed',
    )
  }
  assert.equal(
    readMultimediaAuth(answer(5032, [challenge(['Digest-HA1', ha1])]), 'alice', 64).kind,
    'unknown-user',
  )
})

test('an answer about another user admits nobody', () => {
  assert.equal(readMultimediaAuth(answer(2001, [['User-Name', 'mallory']]), 'alice', 64).kind, 'failed')
  assert.equal(readMultimediaAuth(answer(2001, [['User-Name', 'alice']]), 'alice', 64).kind, 'right')
})

test('the proof of the server is handed on when it is one', () => {
  const proof = (text: string): AvpPair => item(['SIP-Authentication-Info', [['Digest-Response-Auth', text]]])
  const good = readMultimediaAuth(answer(2001, [proof('AB'.repeat(32))]), 'alice', 64)
  assert.equal(good.kind === 'right' && good.rspauth, 'ab'.repeat(32))
  const bad = readMultimediaAuth(answer(2001, [proof('"x"')]), 'alice', 64)
  assert.equal(bad.kind === 'right' && bad.rspauth, undefined)
})

test('a registration is allowed by the results of RFC 4740 §8.2 alone', () => {
  for (const code of [2001, 2003, 2004, 2007]) assert.equal(readUserAuthorization(answer(code)), 'allowed')
  assert.equal(readUserAuthorization(answer(2005)), 'failed')
  assert.equal(readUserAuthorization(answer(5032)), 'unknown-user')
  assert.equal(readUserAuthorization(answer(5035)), 'not-allowed')
  assert.equal(readUserAuthorization(answer(5034)), 'not-registered')
})

test('an assignment brings the profile with it', () => {
  const sar = read(
    writeRequest('SA', IDS, [
      ['Session-Id', 's'],
      ...serverAssignment(ORIGIN, { aor: 'sip:alice@example.test', user: 'alice', type: 1 }, [
        'aors.example.test',
      ]),
    ]),
  )
  assert.ok(isCommand(sar, 'SA'))
  const profile: AvpPair = [
    'SIP-User-Data',
    [
      ['SIP-User-Data-Type', 'aors.example.test'],
      ['SIP-User-Data-Contents', Buffer.from('x')],
    ],
  ]
  const good = readServerAssignment(read(sipAnswer(sar, 2001, FROM, [profile])))
  assert.deepEqual(good.userData, [{ type: 'aors.example.test', contents: Buffer.from('x') }])
  assert.deepEqual(readServerAssignment(read(sipAnswer(sar, 5036, FROM, [profile]))), {
    isAssigned: false,
    resultCode: 5036,
    userData: [],
  })
})

test('a location is a server, nobody, or nothing to rely on (DIA-08)', () => {
  const served = readLocationInfo(answer(2001, [['SIP-Server-URI', 'sip:two.example.test']]))
  assert.deepEqual(served, { kind: 'served-by', serverUri: 'sip:two.example.test' })
  assert.equal(readLocationInfo(answer(2005)).kind, 'not-registered')
  assert.equal(readLocationInfo(answer(5034)).kind, 'not-registered')
  assert.equal(readLocationInfo(answer(5032)).kind, 'unknown-user')
  assert.equal(readLocationInfo(answer(5012)).kind, 'failed')
})

function rtr(more: readonly AvpPair[], endToEnd = 2): DiameterMessage {
  return read(
    writeRequest('RT', { hopByHop: 9, endToEnd }, [
      ['Session-Id', 's'],
      ['Auth-Application-Id', 6],
      ['Auth-Session-State', 1],
      ['SIP-Deregistration-Reason', [['SIP-Reason-Code', 0]]],
      ...more,
    ]),
  )
}

const TO_US: AvpPair = ['Destination-Host', 'edge.example.test']

function answered(
  request: DiameterMessage,
  does: ServerRequest[] = [],
  requests = new ServerRequests(ORIGIN.identity),
) {
  const bytes = requests.answer(request, 'aaa.test', asked => {
    does.push(asked)
    return 2001
  })
  assert.ok(!(bytes instanceof Promise))
  return read(bytes)
}

test('RTR names who is not registered any more, and is answered by RTA (DIA-10)', () => {
  const does: ServerRequest[] = []
  const rta = answered(
    rtr([...FROM, TO_US, ['User-Name', 'alice'], ['SIP-AOR', 'sip:a@b'], ['SIP-AOR', 'sip:c@d']]),
    does,
  )
  assert.deepEqual(does, [
    { kind: 'terminate-registration', user: 'alice', aors: ['sip:a@b', 'sip:c@d'], reason: 0 },
  ])
  assert.deepEqual(
    [rta.code, rta.isRequest, rta.hopByHop, numberOf(rta.avps, 'Result-Code')],
    [287, false, 9, 2001],
  )
})

test('RTR from another realm, for another host, or that passed us before does nothing (DIA-10, DIA-11)', () => {
  const cases: readonly (readonly [readonly AvpPair[], number])[] = [
    [[['Origin-Host', 'x.evil.test'], ['Origin-Realm', 'evil.test'], TO_US], 5003],
    [[...FROM, ['Destination-Host', 'other.example.test']], 3002],
    [[...FROM, TO_US, ['Destination-Realm', 'other.test']], 3003],
    [[...FROM, TO_US, ['Route-Record', 'EDGE.example.test']], 3005],
  ]
  for (const [avps, result] of cases) {
    const does: ServerRequest[] = []
    const rta = answered(rtr(avps), does)
    assert.deepEqual(does, [])
    assert.equal(numberOf(rta.avps, 'Result-Code'), result)
    assert.equal(rta.isError, result < 4000)
  }
})

test('a request that comes twice is done once and answered alike (RFC 6733 §3)', () => {
  const does: ServerRequest[] = []
  const requests = new ServerRequests(ORIGIN.identity)
  const request = rtr([...FROM, TO_US, ['User-Name', 'alice']])
  answered(request, does, requests)
  const again = answered({ ...request, hopByHop: 33, isRetransmission: true }, does, requests)
  assert.deepEqual([does.length, again.hopByHop, numberOf(again.avps, 'Result-Code')], [1, 33, 2001])
  answered(rtr([...FROM, TO_US, ['User-Name', 'alice']], 3), does, requests)
  assert.equal(does.length, 2)
})

test('PPR brings a new profile; Proxy-Info goes back as it came (RFC 6733 §6.2)', () => {
  const does: ServerRequest[] = []
  const proxy: AvpPair = [
    'Proxy-Info',
    [
      ['Proxy-Host', 'proxy.aaa.test'],
      ['Proxy-State', Buffer.from('state')],
    ],
  ]
  const ppr = read(
    writeRequest('PP', IDS, [
      ['Session-Id', 's'],
      ['Auth-Application-Id', 6],
      ['Auth-Session-State', 1],
      ...originOf({ host: 'dia.aaa.test', realm: 'aaa.test', stateId: 0 }),
      ['Destination-Realm', 'example.test'],
      ['User-Name', 'alice'],
      proxy,
    ]),
  )
  const ppa = answered(ppr, does)
  assert.deepEqual(does, [{ kind: 'push-profile', user: 'alice', userData: [] }])
  assert.deepEqual(firstOf(ppa.avps, 'Proxy-Info')?.whole, firstOf(ppr.avps, 'Proxy-Info')?.whole)
})
