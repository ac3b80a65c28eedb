import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SipKey } from '../../base/sip-hash.ts'
import { type FlowName, flowKeyOf, ipOfFlowKey, makeFlowToken, readFlowToken } from './flow-token.ts'

const keyOf = (octet: number): SipKey => new SipKey(Buffer.alloc(16, octet))
const secrets = { current: keyOf(1), previous: undefined, node: 7, ttlSeconds: 3600 }
const flow: FlowName = {
  transport: 'tls',
  local: { ip: '192.0.2.1', port: 5061 },
  remote: { ip: '198.51.100.9', port: 40123 },
  streamId: 77,
}
const nowMs = 1_800_000_000_000

test('OUT-02: a flow token gives back the flow that it was made of, and its node', () => {
  const arbitraryAddress = fc.record(
    {
      ip: fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::7', 'fe80::1:2:3:4')),
      port: fc.nat(65535),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(
      fc.record({
        transport: fc.constantFrom('udp', 'tcp', 'tls', 'ws', 'wss'),
        local: arbitraryAddress,
        remote: arbitraryAddress,
        streamId: fc.nat(2 ** 40),
      }),
      name => {
        const read = readFlowToken(makeFlowToken(name, secrets, nowMs), secrets, nowMs)
        assert.deepEqual(read, { ok: true, value: { ...name, node: 7 } })
      },
    ),
  )
})

test('OUT-03: a token with any character changed, added or removed is tampered', () => {
  const token = makeFlowToken(flow, secrets, nowMs)
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === 'A' ? 'B' : 'A'
    for (const forged of [
      token.slice(0, i) + other + token.slice(i + 1),
      token.slice(0, i) + token.slice(i + 1),
      `${token.slice(0, i)}.${token.slice(i)}`,
    ]) {
      assert.deepEqual(readFlowToken(forged, secrets, nowMs), { ok: false, error: 'tampered' }, forged)
    }
  }
})

test('OUT-03: a token of another key is tampered, and no text throws', () => {
  const stranger = { ...secrets, current: keyOf(9) }
  const forged = makeFlowToken(flow, stranger, nowMs)
  assert.deepEqual(readFlowToken(forged, secrets, nowMs), { ok: false, error: 'tampered' })
  fc.assert(
    fc.property(fc.string(), text => {
      assert.equal(readFlowToken(text, secrets, nowMs).ok, false)
    }),
  )
})

test('OUT-02: a token of the previous key is believed, one of the key before it is not', () => {
  const old = makeFlowToken(flow, secrets, nowMs)
  const rotated = { ...secrets, current: keyOf(2), previous: secrets.current }
  assert.equal(readFlowToken(old, rotated, nowMs).ok, true)
  const twice = { ...secrets, current: keyOf(3), previous: rotated.current }
  assert.equal(readFlowToken(old, twice, nowMs).ok, false)
})

test('OUT-02: a token ends with its time', () => {
  const token = makeFlowToken(flow, secrets, nowMs)
  assert.equal(readFlowToken(token, secrets, nowMs + 3_600_000).ok, true)
  assert.deepEqual(readFlowToken(token, secrets, nowMs + 3_601_000), { ok: false, error: 'expired' })
})

test('OUT-02: flows that differ in one thing only have different tokens', () => {
  const tokens = [
    flow,
    { ...flow, transport: 'tcp' as const },
    { ...flow, streamId: 78 },
    { ...flow, local: { ...flow.local, port: 5062 } },
    { ...flow, remote: { ...flow.remote, ip: '198.51.100.8' } },
  ].map(name => makeFlowToken(name, secrets, nowMs))
  assert.equal(new Set(tokens).size, tokens.length)
})

test('a flow token is a user part as it stands', () => {
  assert.match(makeFlowToken(flow, secrets, nowMs), /^[A-Za-z0-9_-]+$/)
})

test('a flow key names transport and address, and its address can be read back', () => {
  assert.equal(flowKeyOf('udp', { ip: '192.0.2.7', port: 5060 }), 'udp:192.0.2.7:5060')
  assert.equal(ipOfFlowKey('udp:192.0.2.7:5060'), '192.0.2.7')
  assert.equal(ipOfFlowKey(flowKeyOf('tls', { ip: '2001:db8::1', port: 5061 })), '2001:db8::1')
  assert.equal(ipOfFlowKey('nonsense'), '')
})
