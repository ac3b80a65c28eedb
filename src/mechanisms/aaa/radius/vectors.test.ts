import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '../../../base/secret.ts'
import { ATTRIBUTE, type Attribute, CODE, number32, octets } from './attributes.ts'
import { readAnswer, signRequest, UNSIGNED } from './authenticators.ts'
import { judgeDigest } from './digest-attributes.ts'
import { readPacket, writePacket } from './packet.ts'

/** RFC 5090 §6, first example: an INVITE. */
const SECRET = new Secret('secret')
const ours: Attribute[] = [
  { type: ATTRIBUTE.nasIpAddress, value: Buffer.from([192, 0, 2, 38]) },
  number32(ATTRIBUTE.nasPort, 5),
  octets(ATTRIBUTE.userName, '12345678'),
  octets(ATTRIBUTE.digestMethod, 'INVITE'),
  octets(ATTRIBUTE.digestUri, 'sip:97226491335@example.com'),
]
const digest: Attribute[] = [
  octets(ATTRIBUTE.digestRealm, 'example.com'),
  octets(ATTRIBUTE.digestQop, 'auth'),
  octets(ATTRIBUTE.digestAlgorithm, 'MD5'),
  octets(ATTRIBUTE.digestCnonce, '56593a80'),
  octets(ATTRIBUTE.digestNonce, '3bada1a0'),
  octets(ATTRIBUTE.digestNonceCount, '00000001'),
  octets(ATTRIBUTE.digestResponse, '756933f735fcd93f90a4bbdd5467f263'),
  octets(ATTRIBUTE.digestUsername, '12345678'),
  octets(ATTRIBUTE.sipAor, 'sip:12345678@example.com'),
]

function request(identifier: number, attributes: readonly Attribute[]): Buffer {
  const authenticator = Buffer.from(`f5e55840e324aa49d216d9dbd06980${identifier.toString(16)}`, 'hex')
  const packet = writePacket(CODE.accessRequest, identifier, authenticator, [...attributes, UNSIGNED])
  assert.ok(packet !== undefined)
  signRequest(packet, SECRET)
  return packet
}

/** An answer as the server of the example made it, with authenticators computed here. */
function answer(code: number, to: Buffer, attributes: readonly Attribute[]): Buffer {
  const packet = writePacket(code, to[1] ?? 0, to.subarray(4, 20), [...attributes, UNSIGNED])
  assert.ok(packet !== undefined)
  createHmac('md5', 'secret')
    .update(packet)
    .digest()
    .copy(packet, packet.length - 16)
  createHash('md5').update(packet).update('secret').digest().copy(packet, 4)
  return packet
}

const asked = (packet: Buffer) => ({
  code: CODE.accessRequest,
  identifier: packet[1] ?? 0,
  authenticator: packet.subarray(4, 20),
})
const last16 = (packet: Buffer): string => packet.subarray(-16).toString('hex')
const authenticator = (packet: Buffer): string => packet.subarray(4, 20).toString('hex')

test('RAD-14: the four packets of the example of RFC 5090 come out octet by octet', () => {
  const first = request(0x7c, ours)
  assert.equal(first.length, 97)
  assert.equal(last16(first), '7600d5b0bdc33987a60d5c6167b28b3b')

  const challenge = answer(CODE.accessChallenge, first, [
    octets(ATTRIBUTE.digestNonce, '3bada1a0'),
    octets(ATTRIBUTE.digestRealm, 'example.com'),
    octets(ATTRIBUTE.digestQop, 'auth'),
    octets(ATTRIBUTE.digestAlgorithm, 'MD5'),
  ])
  assert.equal(challenge.length, 72)
  assert.equal(authenticator(challenge), 'ebe20199c26efead69bf8ab0e786ca4d')
  assert.equal(last16(challenge), '5da18ed3bbc9513dcbde0a37f51b7de3')

  const second = request(0x7d, [...ours, ...digest])
  assert.equal(second.length, 221)
  assert.equal(last16(second), 'b6c7f7f8d11ef261a26933d234561a60')

  const accept = answer(CODE.accessAccept, second, [
    octets(ATTRIBUTE.digestResponseAuth, 'f847de948d12285f8f4199e366f1af21'),
  ])
  assert.equal(accept.length, 72)
  assert.equal(authenticator(accept), 'ffdd74d6470d21cb6fc4d6056be245d2')
  assert.equal(last16(accept), '7b76e2f10a7067af601938bf13b0a62e')

  for (const [reply, to] of [
    [challenge, first],
    [accept, second],
  ] as const) {
    const read = readAnswer(reply, asked(to), SECRET, true)
    assert.ok(read.ok, read.ok ? '' : read.error)
  }
})

test('RAD-14: the digest of the example is right, and its proof is taken over', () => {
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const ha1 = md5('12345678:example.com:secret')
  const keyed = (ha2: string): string => md5(`${ha1}:3bada1a0:00000001:56593a80:auth:${ha2}`)
  assert.equal(keyed(md5('INVITE:sip:97226491335@example.com')), '756933f735fcd93f90a4bbdd5467f263')
  const rspauth = keyed(md5(':sip:97226491335@example.com'))
  const second = request(0x7d, [...ours, ...digest])
  const read = readPacket(answer(CODE.accessAccept, second, [octets(ATTRIBUTE.digestResponseAuth, rspauth)]))
  assert.ok(read.ok)
  const facts = {
    user: '12345678',
    username: '12345678',
    realm: 'example.com',
    method: 'INVITE',
    uri: 'sip:97226491335@example.com',
    algorithm: 'MD5',
    qop: 'auth',
    nonce: '3bada1a0',
    nc: '00000001',
    cnonce: '56593a80',
    opaque: undefined,
    response: '756933f735fcd93f90a4bbdd5467f263',
    bodyHash: undefined,
    aor: 'sip:12345678@example.com',
  }
  assert.deepEqual(judgeDigest(read.value, facts, false), {
    kind: 'accepted',
    rspauth: 'f847de948d12285f8f4199e366f1af21',
    ha1: undefined,
    aors: [],
    classes: [],
  })
  // RAD-06: with auth-int the server cannot know the body of our response.
  assert.deepEqual(judgeDigest(read.value, { ...facts, qop: 'auth-int' }, false), {
    kind: 'rejected',
    why: 'auth-int-proof',
  })
})
