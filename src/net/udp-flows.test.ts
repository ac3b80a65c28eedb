import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LOCAL, PORT, REMOTE } from './batch-layout.ts'
import { addressText, newAddressWords, writeAddress } from './udp-address.ts'
import { UdpFlows } from './udp-flows.ts'

const LOCAL_ADDRESS = { ip: '127.0.0.1', port: 5060 }

function flowsOf(maxFlows: number, ip = LOCAL_ADDRESS.ip): UdpFlows {
  return new UdpFlows({ ...LOCAL_ADDRESS, ip }, maxFlows, () => true)
}

test('a flood of forged sources does not push out flows that proved to receive', () => {
  const flows = flowsOf(100)
  const proved = flows.of('192.0.2.1', 5060)
  const stranger = flows.of('192.0.2.2', 5060)
  proved.isProved = true
  for (let port = 1; port <= 1000; port += 1) flows.of('198.51.100.1', port)
  assert.equal(flows.of('192.0.2.1', 5060), proved)
  assert.equal(flows.of('192.0.2.1', 5060).isProved, true)
  assert.notEqual(flows.of('192.0.2.2', 5060), stranger)
  assert.ok(flows.size <= 100)
})

test('sources that proved to receive leave places to strangers, and push out the oldest of their like', () => {
  const flows = flowsOf(8)
  const proved = Array.from({ length: 20 }, (_, host) => {
    const flow = flows.of(`192.0.2.${host + 1}`, 5060)
    flow.isProved = true
    return flow
  })
  const isThere = proved.map(flow => flows.of(flow.remote.ip, 5060) === flow)
  assert.deepEqual(isThere.slice(-6), [true, true, true, true, true, true])
  assert.equal(isThere.slice(0, 10).includes(true), false)
  const stranger = flows.of('198.51.100.1', 5060)
  assert.equal(flows.of('198.51.100.1', 5060), stranger)
  assert.equal(flows.size, 8)
})

test('a flow that was pushed out comes back with its proof', () => {
  const flows = flowsOf(8)
  const late = flows.of('192.0.2.1', 5060)
  for (let port = 1; port <= 100; port += 1) flows.of('198.51.100.1', port)
  late.isProved = false
  assert.notEqual(flows.of('192.0.2.1', 5060), late)
  for (let port = 1; port <= 100; port += 1) flows.of('198.51.100.1', port)
  late.isProved = true
  assert.equal(flows.of('192.0.2.1', 5060), late)
  // What lost its proof is a stranger again.
  late.isProved = false
  for (let port = 1; port <= 100; port += 1) flows.of('198.51.100.1', port)
  assert.notEqual(flows.of('192.0.2.1', 5060), late)
})

test('the same source by two of our addresses is two flows, and what is sent first joins what comes', () => {
  const flows = flowsOf(1000, '0.0.0.0')
  const words = newAddressWords()
  words[PORT] = 5060
  writeAddress('192.0.2.1', words)
  const sent = flows.of('192.0.2.1', 5060)
  words[LOCAL] = 0x0a00_0001
  assert.equal(flows.find(words, 0, true), sent)
  words[LOCAL] = 0x0a00_0002
  assert.equal(flows.find(words, 0, true), undefined)
  const other = flows.add(words, 0)
  assert.notEqual(other, sent)
  assert.equal(flows.find(words, 0, true), other)
  const outgoing = newAddressWords()
  other.address(outgoing, 0)
  assert.deepEqual([outgoing[REMOTE], outgoing[LOCAL], outgoing[PORT]], [words[REMOTE], 0x0a00_0002, 5060])
})

test('every address is its own flow, and its text is read back as the same address', () => {
  const flows = { ipv4: flowsOf(131_072), ipv6: flowsOf(131_072, '::1') }
  const check = (kind: 'ipv4' | 'ipv6', ip: string, port: number): void => {
    const flow = flows[kind].of(ip, port)
    assert.equal(flow, flows[kind].of(flow.remote.ip, port))
    assert.equal(flow.remote.port, port)
    const words = newAddressWords()
    writeAddress(ip, words)
    const [a = 0, b = 0, c = 0, d = 0] = words.subarray(REMOTE, REMOTE + 4)
    assert.equal(addressText(a, b, c, d, kind === 'ipv6'), flow.remote.ip)
    assert.notEqual(flow, flows[kind].of(ip, port === 1 ? 2 : 1))
  }
  const port = fc.integer({ min: 1, max: 65_535 })
  fc.assert(fc.property(fc.ipV4(), port, (ip, at) => check('ipv4', ip, at)))
  // An IPv4 address inside an IPv6 one has a text of its own, and never comes in on a socket for IPv6.
  const ipV6 = fc.ipV6().filter(ip => !ip.includes('.') && !/^(?:0*:)*:?(?:0*:)*ffff:/i.test(ip))
  fc.assert(fc.property(ipV6, port, (ip, at) => check('ipv6', ip, at)))
  assert.equal(flows.ipv4.of('192.0.2.1', 1).remote.ip, '192.0.2.1')
  assert.equal(flows.ipv6.of('2001:DB8:0::1', 1).remote.ip, '2001:db8::1')
})

test('strangers fill half of the table and no more, and the newest of them are there', () => {
  const flows = flowsOf(64)
  for (let port = 1; port <= 5000; port += 1) flows.of('198.51.100.1', port)
  assert.equal(flows.size, 32)
  const newest = flows.of('198.51.100.2', 5060)
  assert.equal(flows.of('198.51.100.2', 5060), newest)
  assert.equal(flows.size, 32)
  for (let host = 1; host <= 200; host += 1) flows.of(`192.0.2.${host}`, 5060).isProved = true
  assert.ok(flows.size > 32 && flows.size <= 64, `${flows.size} flows`)
})
