import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '../../../base/limits.ts'
import { AVPS, avpNames } from './avp-dictionary.ts'
import { capabilitiesOf, writeAnswer, writeRequest } from './base-commands.ts'
import { checkMessage, firstOf, textOf } from './check.ts'
import { COMMANDS, commandOf, GROUPS } from './commands.ts'
import { type DiameterMessage, decodeMessage, exampleAvp } from './decode.ts'
import { type AvpPair, encodeAvp, encodeMessage, readdressed } from './encode.ts'
import { multimediaAuth } from './sip-requests.ts'
import { CREDENTIALS, ORIGIN } from './test-messages.ts'

const IDS = { hopByHop: 0x01020304, endToEnd: 0xfffefdfc }
const HEADER = {
  isRequest: true,
  isProxiable: false,
  isError: false,
  isRetransmission: false,
  code: 280,
  applicationId: 0,
  ...IDS,
}

function decoded(bytes: Buffer): DiameterMessage {
  const read = decodeMessage(bytes)
  if (!read.ok) assert.fail(read.error.fault)
  return read.value
}

function faultOf(bytes: Buffer): string {
  const read = decodeMessage(bytes)
  return read.ok ? (checkMessage(read.value)?.fault ?? 'none') : read.error.fault
}

/** A watchdog request with one AVP written by hand behind what it needs. */
function withAvp(hex: string): Buffer {
  const avp = Buffer.from(hex, 'hex')
  const message = Buffer.concat([
    encodeMessage(HEADER, [
      ['Origin-Host', 'a.b'],
      ['Origin-Realm', 'b'],
    ]),
    avp,
  ])
  message.writeUIntBE(message.length, 1, 3)
  return message
}

test('a message is laid out octet by octet as RFC 6733 §3 and §4.1 draw it', () => {
  const bytes = encodeMessage(HEADER, [
    ['Origin-Host', 'a.example'],
    ['Product-Name', 'x'],
    ['Host-IP-Address', '192.0.2.1'],
    ['Host-IP-Address', '2001:db8::1'],
  ])
  assert.equal(
    bytes.toString('hex'),
    [
      '01000060',
      '80000118',
      '00000000',
      '01020304',
      'fffefdfc',
      '0000010840000011612e6578616d706c65000000',
      '0000010d0000000978000000',
      '000001014000000e0001c00002010000',
      '000001014000001a000220010db80000000000000000000000010000',
    ].join(''),
  )
})

test('what was written is read again, groups and all', () => {
  const avps = multimediaAuth(ORIGIN, {
    target: 'sip:alice@example.test',
    user: 'alice',
    credentials: CREDENTIALS,
  })
  const message = decoded(writeRequest('MA', IDS, [['Session-Id', 'e;1;1'], ...avps]))
  assert.deepEqual([message.code, message.applicationId, message.isProxiable], [286, 6, true])
  assert.deepEqual([message.hopByHop, message.endToEnd], [IDS.hopByHop, IDS.endToEnd])
  const item = firstOf(message.avps, 'SIP-Auth-Data-Item')
  const authorization = firstOf(item?.group ?? [], 'SIP-Authorization')
  assert.equal(textOf(authorization?.group ?? [], 'Digest-CNonce'), CREDENTIALS.cnonce)
  assert.equal(checkMessage(message), undefined)
})

test('a request for another peer has another hop and the T bit, and else the same octets (DIA-04)', () => {
  const first = writeRequest('LI', IDS, [])
  const second = readdressed(first, 7, true)
  assert.deepEqual([decodedHeader(second).hopByHop, decodedHeader(second).isRetransmission], [7, true])
  assert.equal(decodedHeader(second).endToEnd, IDS.endToEnd)
  assert.equal(decodedHeader(first).isRetransmission, false)
})

function decodedHeader(bytes: Buffer): DiameterMessage {
  return decoded(bytes)
}

test('a bad header is named: version, length, bits (DIA-04)', () => {
  const good = encodeMessage(HEADER, [])
  const change = (at: number, octet: number): Buffer => {
    const bytes = Buffer.from(good)
    bytes[at] = octet
    return bytes
  }
  assert.equal(faultOf(change(0, 2)), 'version')
  assert.equal(faultOf(change(3, 24)), 'message-length')
  assert.equal(faultOf(good.subarray(0, 16)), 'message-length')
  assert.equal(faultOf(change(4, 0xa0)), 'header-bits')
  assert.equal(faultOf(change(4, 0x10)), 'header-bits')
})

test('a bad AVP is named with the result that RFC 6733 §7.1 gives, and sent back whole (DIA-04)', () => {
  const cases: readonly (readonly [hex: string, fault: string, result: number, failed: string])[] = [
    ['0000010840000007', 'avp-length', 5014, '000001084000000900000000'],
    ['00000108400000ff', 'avp-length', 5014, '000001084000000900000000'],
    ['0000ffff', 'avp-length', 5014, '0000ffff00000008'],
    ['00000116400000090a000000', 'avp-length', 5014, '000001164000000c00000000'],
    ['0000fffe400000080000fffe40000008', 'avp-unsupported', 5001, '0000fffe40000008'],
    ['00000116440000080a000000', 'avp-bits', 3009, '0000011644000008'],
    ['00000001400000 0ac328 0000'.replaceAll(' ', ''), 'avp-value', 5004, '000000014000000ac3280000'],
    ['0000011c4000000a00000000', 'avp-length', 5014, '0000011c40000008'],
  ]
  for (const [hex, fault, result, failed] of cases) {
    const read = decodeMessage(withAvp(hex))
    assert.ok(!read.ok, hex)
    assert.deepEqual(
      [read.error.fault, read.error.resultCode, read.error.failedAvp?.toString('hex')],
      [fault, result, failed],
    )
  }
})

test('an AVP that we do not know is passed over when it may be: no M bit, or of a vendor', () => {
  assert.equal(faultOf(withAvp('0000fffe00000008')), 'none')
  assert.equal(faultOf(withAvp('00000108 8000000c 000028af'.replaceAll(' ', ''))), 'none')
  assert.equal(faultOf(withAvp('00000108 c000000c 000028af'.replaceAll(' ', ''))), 'avp-unsupported')
})

test('groups in groups end somewhere, and so does the number of AVPs (DIA-12)', () => {
  let nested: AvpPair = ['Proxy-Info', []]
  for (let i = 0; i < LIMITS.maxDiameterGroupDepth; i += 1) nested = ['Proxy-Info', [nested]]
  assert.equal(decodeMessage(encodeMessage(HEADER, [nested])).ok, false)
  const many: AvpPair[] = Array.from({ length: LIMITS.maxDiameterAvps + 1 }, () => ['Class', Buffer.alloc(0)])
  assert.equal(decodeMessage(encodeMessage(HEADER, many)).ok, false)
  assert.equal(decodeMessage(encodeMessage(HEADER, many.slice(1))).ok, true)
})

test('every command is refused without each AVP that it needs, and with one twice that may come once (DIA-04)', () => {
  const value = (name: keyof typeof AVPS): AvpPair[1] => {
    const group = GROUPS[name]
    if (group !== undefined)
      return [...group.one, ...(group.oneOrMore ?? [])].map((each): AvpPair => [each, value(each)])
    const type = AVPS[name].type
    if (name === 'Auth-Application-Id') return 6
    if (type === 'address') return '192.0.2.1'
    if (type === 'octets') return Buffer.from('x')
    return type === 'identity' || type === 'uri' || type === 'utf8' ? 'x' : 1
  }
  let looked = 0
  for (const name of ['CE', 'DP', 'DW', 'LI', 'MA', 'PP', 'RT', 'SA', 'UA'] as const) {
    const { request, answer, ...head } = { ...commandOf(name), request: COMMANDS[name].request }
    for (const [rules, isRequest] of [
      [commandOf(name).request, true],
      [answer, false],
    ] as const) {
      const first = rules.first === undefined ? [] : [rules.first]
      const needed = [...first, ...rules.one, ...(rules.oneOrMore ?? [])]
      const pairs = needed.map((each): AvpPair => [each, value(each)])
      const header = { ...HEADER, ...head, isRequest, isProxiable: head.isProxiable }
      assert.equal(faultOf(encodeMessage(header, pairs)), 'none', name)
      for (const [i, each] of needed.entries()) {
        assert.equal(faultOf(encodeMessage(header, pairs.toSpliced(i, 1))), 'avp-missing', `${name} ${each}`)
        const twice = faultOf(encodeMessage(header, [...pairs, pairs[i] ?? ['Class', Buffer.alloc(0)]]))
        assert.equal(twice, rules.oneOrMore?.includes(each) ? 'none' : 'avp-too-often', `${name} ${each}`)
        looked += 1
      }
      if (first.length > 0)
        assert.equal(faultOf(encodeMessage(header, pairs.toReversed())), 'avp-not-first', name)
    }
  }
  assert.ok(looked > 100)
})

test('an application other than that of the command is refused, in the header and in the AVP (DIA-02)', () => {
  const avps: readonly AvpPair[] = [
    ['Session-Id', 'e;1;1'],
    ...multimediaAuth(ORIGIN, { target: 'sip:a@b', user: 'a', credentials: CREDENTIALS }),
  ]
  const header = { ...HEADER, code: 286, isProxiable: true }
  assert.equal(faultOf(encodeMessage({ ...header, applicationId: 0 }, avps)), 'application-wrong')
  const foreign = avps.map(
    ([name, value]): AvpPair => (name === 'Auth-Application-Id' ? [name, 4] : [name, value]),
  )
  assert.equal(faultOf(encodeMessage({ ...header, applicationId: 6 }, foreign)), 'application-wrong')
})

test('what stands in Failed-AVP is not judged: it is wrong by its purpose (RFC 6733 §7.5)', () => {
  const request = decoded(writeRequest('DW', IDS, []))
  const answer = writeAnswer(
    request,
    [
      ['Result-Code', 5014],
      ['Origin-Host', 'a.b'],
      ['Origin-Realm', 'b'],
      ['Failed-AVP', Buffer.from('00000108400000ff', 'hex')],
    ],
    { isError: false },
  )
  assert.equal(faultOf(answer), 'none')
})

test('the example of a missing AVP is well formed for every AVP', () => {
  for (const name of avpNames()) {
    const { code, isOptional } = { isOptional: false, ...AVPS[name] }
    const example = exampleAvp(name)
    assert.deepEqual(
      [example.readUInt32BE(0), example.length % 4, example[4]],
      [code, 0, isOptional ? 0 : 0x40],
    )
  }
})

test('our own mistake throws: a value that its AVP cannot hold', () => {
  assert.throws(() => encodeAvp(['Result-Code', 'x']), { code: 'ERR_ASPIS_DIAMETER_AVP' })
  assert.throws(() => encodeAvp(['Result-Code', -1]), { code: 'ERR_ASPIS_DIAMETER_AVP' })
  assert.throws(() => encodeAvp(['Host-IP-Address', 'nowhere']), { code: 'ERR_ASPIS_DIAMETER_AVP' })
})

test('text of any length is padded and read again as it was', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), text => {
      const latin1 = Buffer.from(text, 'utf8').toString('latin1')
      const bytes = encodeMessage(HEADER, [['User-Name', latin1]])
      assert.equal(bytes.length % 4, 0)
      assert.equal(textOf(decoded(bytes).avps, 'User-Name'), latin1)
    }),
  )
})

test('capabilities name us and the SIP application, and are a good CER (DIA-02)', () => {
  const cer = decoded(writeRequest('CE', IDS, capabilitiesOf(ORIGIN.identity, '127.0.0.1')))
  assert.equal(checkMessage(cer), undefined)
  assert.equal(firstOf(cer.avps, 'Auth-Application-Id')?.data.readUInt32BE(0), 6)
})
