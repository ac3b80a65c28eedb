import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilitiesOf, writeRequest } from './base-commands.ts'
import { checkMessage } from './check.ts'
import { decodeMessage } from './decode.ts'
import type { AvpPair } from './encode.ts'
import { DiameterFramer } from './framer.ts'
import { ServerRequests } from './server-requests.ts'
import { readMultimediaAuth, readServerAssignment } from './sip-answers.ts'
import { locationInfo, multimediaAuth, serverAssignment, userAuthorization } from './sip-requests.ts'
import { CREDENTIALS, ORIGIN } from './test-messages.ts'
import { TestNetwork } from './test-network.ts'
import { honestServer } from './test-server.ts'

/** How many inputs; a million is for the hour when there is time: ASPIS_DIAMETER_MUTATIONS=1000000. */
const INPUTS = Number(process.env.ASPIS_DIAMETER_MUTATIONS ?? 100_000)

const IDS = { hopByHop: 1, endToEnd: 2 }
const ASKED = { aor: 'sip:alice@example.test', user: 'alice', type: 1 }

function seeds(): Buffer[] {
  const session = [['Session-Id', 'edge.example.test;1;1'] as const]
  const target = { target: ASKED.aor, user: ASKED.user, credentials: CREDENTIALS }
  return [
    writeRequest('CE', IDS, capabilitiesOf(ORIGIN.identity, '2001:db8::1')),
    writeRequest('UA', IDS, [...session, ...userAuthorization(ORIGIN, ASKED)]),
    writeRequest('MA', IDS, [...session, ...multimediaAuth(ORIGIN, target)]),
    writeRequest('SA', IDS, [...session, ...serverAssignment(ORIGIN, ASKED, ['a', 'b'])]),
    writeRequest('LI', IDS, [...session, ...locationInfo(ORIGIN, ASKED.aor)]),
  ]
}

/** Small, fast, and the same in every run. */
function chanceFrom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * below)
  }
}

/** Cuts, grows, overwrites, and lies in length fields, as a broken or hostile peer would. */
function mutate(seed: Buffer, chance: (below: number) => number): Buffer {
  let bytes = Buffer.from(seed)
  for (let changes = 1 + chance(4); changes > 0; changes -= 1) {
    const at = chance(bytes.length)
    switch (chance(6)) {
      case 0:
        bytes[at] = chance(256)
        break
      case 1:
        bytes = bytes.subarray(0, Math.max(4, at & ~3))
        break
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at & ~3),
          Buffer.alloc(4 * chance(8)),
          bytes.subarray(at & ~3),
        ])
        break
      case 3:
        bytes = Buffer.concat([bytes, bytes.subarray(at & ~3)])
        break
      case 4:
        if (at + 3 <= bytes.length) bytes.writeUIntBE(chance(2) === 0 ? 0xffffff : chance(64), at, 3)
        break
      default:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << chance(8))
    }
    if (bytes.length === 0) return Buffer.alloc(4)
  }
  // Most peers that lie lie about what is inside.
  if (chance(4) !== 0 && bytes.length >= 4 && bytes.length < 0xffffff) bytes.writeUIntBE(bytes.length, 1, 3)
  return bytes
}

test(`${INPUTS} mutated messages: each is read or refused with a name, none throws (DIA-12)`, () => {
  const chance = chanceFrom(20_060_901)
  const sources = seeds()
  let good = 0
  let refused = 0
  for (let i = 0; i < INPUTS; i += 1) {
    const bytes = mutate(sources[chance(sources.length)] ?? Buffer.alloc(4), chance)
    const read = decodeMessage(bytes)
    if (!read.ok) {
      assert.match(read.error.fault, /^[a-z-]+$/)
      assert.ok(read.error.resultCode >= 3000)
      refused += 1
      continue
    }
    if (checkMessage(read.value) === undefined) good += 1
    readMultimediaAuth(read.value, 'alice', 64)
    readServerAssignment(read.value)
  }
  assert.ok(good > INPUTS / 1000 && refused > INPUTS / 10, `${good} good, ${refused} refused`)
})

test('an open connection survives what a peer may send: each message is answered, passed over, or ends it (DIA-12)', () => {
  const chance = chanceFrom(4_740)
  const origin: readonly AvpPair[] = [
    ['Origin-Host', 'dia.aaa.test'],
    ['Origin-Realm', 'aaa.test'],
  ]
  const sip: readonly AvpPair[] = [
    ['Session-Id', 's'],
    ['Auth-Application-Id', 6],
    ['Auth-Session-State', 1],
    ...origin,
  ]
  const reason: AvpPair = ['SIP-Deregistration-Reason', [['SIP-Reason-Code', 0]]]
  const messages = [
    writeRequest('DW', IDS, origin),
    writeRequest('RT', IDS, [
      ...sip,
      ['Destination-Host', 'edge.example.test'],
      reason,
      ['User-Name', 'alice'],
    ]),
    writeRequest('PP', IDS, [...sip, ['Destination-Realm', 'example.test'], ['User-Name', 'alice']]),
    ...seeds(),
  ]
  const net = new TestNetwork(['dia.aaa.test'])
  const server = net.server()
  server.answer = honestServer(server.host)
  net.client.start(net.nowMs)
  net.settle()
  const requests = new ServerRequests(ORIGIN.identity)
  let done = 0
  for (let i = 0; i < INPUTS / 10; i += 1) {
    if (server.link === undefined) net.pass(400_000)
    net.client.ask('LI', locationInfo(ORIGIN, 'sip:a@b'), net.nowMs, () => {
      done += 1
    })
    const [question] = server.got.slice(-1)
    const bytes = mutate(messages[chance(messages.length)] ?? Buffer.alloc(4), chance)
    if (chance(2) === 0 && bytes.length >= 20) bytes.writeUInt32BE(question?.hopByHop ?? 0, 12)
    // What the framer would not let through does not come this far.
    if (bytes.length >= 20 && bytes.length % 4 === 0 && bytes[0] === 1) server.link?.deliver(bytes)
    for (const request of net.requested.splice(0)) requests.answer(request, 'aaa.test', () => 2001)
    net.settle()
    server.got.length = 0
  }
  net.pass(10_000)
  assert.equal(net.client.pending, 0)
  assert.ok(done >= INPUTS / 10)
})

test('a stream is cut into the same messages whatever its pieces are', () => {
  const chance = chanceFrom(7)
  const messages = seeds()
  const stream = Buffer.concat(messages)
  for (let round = 0; round < 200; round += 1) {
    const framer = new DiameterFramer()
    const found: Buffer[] = []
    for (let at = 0; at < stream.length; ) {
      const length = 1 + chance(round < 20 ? 3 : 400)
      const chunk = Buffer.from(stream.subarray(at, at + length))
      const { messages: whole, broken } = framer.feed(chunk)
      assert.equal(broken, undefined)
      found.push(...whole)
      chunk.fill(0xff)
      at += length
    }
    assert.deepEqual(found, messages)
    assert.equal(framer.heldBytes, 0)
  }
})

test('a stream whose next length cannot be is broken at once, and holds nothing', () => {
  const cases = [
    ['02000014', 'version'],
    ['01000010', 'message-length'],
    ['01000016', 'message-length'],
    ['01ffffff', 'message-length'],
    ['01fffffc', 'message-length'],
  ] as const
  for (const [head, fault] of cases) {
    const framer = new DiameterFramer()
    assert.equal(framer.feed(Buffer.from(head, 'hex')).broken, fault, head)
    assert.equal(framer.heldBytes, 0)
    assert.deepEqual(framer.feed(Buffer.alloc(20)), { messages: [], broken: undefined })
  }
})
