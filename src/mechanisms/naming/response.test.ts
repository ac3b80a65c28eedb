import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AskDns, DnsRecord } from '../../base/dns-records.ts'
import { printAddress } from '../../base/flow.ts'
import { parseVia } from '../../sip/headers/via.ts'
import { locateResponse } from './response.ts'
import type { LocatePolicy } from './target.ts'

const policy: LocatePolicy = {
  transports: ['tls', 'tcp', 'udp'],
  families: [4],
  nowMs: 0,
  random: bytes => Buffer.alloc(bytes),
}
const zone: Readonly<Record<string, readonly DnsRecord[]>> = {
  '_sips._tcp.client.example SRV': [
    { type: 'SRV', priority: 0, weight: 0, port: 5071, target: 'a.client.example' },
  ],
  '_sip._tcp.client.example SRV': [
    { type: 'SRV', priority: 0, weight: 0, port: 5070, target: 'a.client.example' },
  ],
  'a.client.example A': [{ type: 'A', address: '192.0.2.1' }],
  'client.example A': [{ type: 'A', address: '192.0.2.2' }],
}
const ask: AskDns = (name, type) => {
  const records = zone[`${name} ${type}`]
  return records === undefined ? { kind: 'none' } : { kind: 'records', records, isLocal: false }
}

function places(value: string): readonly string[] | string {
  const via = parseVia(value)
  assert.ok(via.ok)
  const result = locateResponse(via.value, policy, ask)
  assert.ok(!(result instanceof Promise))
  return result.ok ? result.value.hops.map(hop => `${hop.transport} ${printAddress(hop)}`) : result.error
}

describe('where a response goes when its flow is gone (RFC 3261 §18.2.2, RFC 3263 §5)', () => {
  it('over UDP to the source, by rport where there is one', () => {
    const via = 'SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1;received=192.0.2.9'
    assert.equal(places(via)[0], 'udp 192.0.2.9:5062')
    assert.equal(places(`${via};rport=40000`)[0], 'udp 192.0.2.9:40000')
  })

  it('over a stream to the source at the port of sent-by, never at the port that it came from', () => {
    const via = 'SIP/2.0/TCP 10.0.0.1;branch=z9hG4bK1;received=192.0.2.9;rport=40000'
    assert.equal(places(via)[0], 'tcp 192.0.2.9:5060')
  })

  it('to a name without port by SRV of the transport of the Via, TLS by _sips', () => {
    assert.deepEqual(places('SIP/2.0/TLS client.example;branch=z9hG4bK1'), ['tls 192.0.2.1:5071'])
    assert.deepEqual(places('SIP/2.0/TCP client.example;branch=z9hG4bK1'), ['tcp 192.0.2.1:5070'])
  })

  it('to a name with port by its addresses', () => {
    const via = 'SIP/2.0/TCP client.example:5080;branch=z9hG4bK1;received=192.0.2.9'
    assert.deepEqual(places(via), ['tcp 192.0.2.9:5080', 'tcp 192.0.2.2:5080'])
  })

  it('not to the maddr that a stranger wrote', () => {
    const via = 'SIP/2.0/UDP client.example:5080;branch=z9hG4bK1;maddr=192.0.2.66;received=192.0.2.9'
    assert.deepEqual(places(via), ['udp 192.0.2.9:5080', 'udp 192.0.2.2:5080'])
  })

  it('nowhere for a WebSocket, which only the client opens', () => {
    assert.equal(places('SIP/2.0/WSS x.invalid;branch=z9hG4bK1'), 'transport-unsupported')
  })
})
