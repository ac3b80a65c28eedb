import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UdpFlows } from './udp-flows.ts'

test('a flood of forged sources does not push out flows that proved to receive', () => {
  const flows = new UdpFlows({ ip: '127.0.0.1', port: 5060 }, 100, () => true)
  const proved = flows.of('192.0.2.1', 5060)
  const stranger = flows.of('192.0.2.2', 5060)
  proved.isProved = true
  for (let port = 1; port <= 1000; port += 1) flows.of('198.51.100.1', port)
  assert.equal(flows.of('192.0.2.1', 5060), proved)
  assert.equal(flows.of('192.0.2.1', 5060).isProved, true)
  assert.notEqual(flows.of('192.0.2.2', 5060), stranger)
  assert.ok(flows.size <= 100)
})
