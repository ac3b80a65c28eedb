import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datagram, pcapngFile, timed } from '../../../test/support/packets.ts'
import { sipRequest, sipResponse } from '../../../test/support/trace.ts'
import type { Address } from '../../base/flow.ts'
import { ServerFinder } from './find-servers.ts'

const SERVER = { ip: '192.0.2.2', port: 5060 }
const OTHER = { ip: '2001:db8::2', port: 5060 }

function found(packets: readonly Buffer[]): readonly string[] {
  const finder = new ServerFinder()
  finder.feed(pcapngFile(timed(packets)))
  return finder.found().map(({ ip, port }) => `${ip} ${port}`)
}

const phone = (n: number): Address => ({ ip: `198.51.100.${n}`, port: 40_000 + n })

test('the server is where most send to, on its own ports', () => {
  const packets = [1, 2, 3].map(n => datagram(phone(n), SERVER, sipRequest({ method: 'OPTIONS' }).text))
  packets.push(datagram(phone(1), phone(2), sipRequest().text))
  assert.deepEqual(found(packets), ['192.0.2.2 5060', '192.0.2.2 5061'])
})

test('a phone that is called by one proxy is no server, however often', () => {
  const invite = sipRequest()
  const onward = invite.text.replace('Via:', 'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKs\r\nVia:')
  const packets = [datagram(phone(1), SERVER, invite.text)]
  for (let i = 0; i < 9; i += 1) packets.push(datagram(SERVER, phone(2), onward))
  packets.push(datagram(SERVER, phone(1), sipResponse(invite, 200).text))
  assert.deepEqual(found(packets), ['192.0.2.2 5060', '192.0.2.2 5061'])
})

test('a second address that many send to is a server too', () => {
  const packets = [1, 2, 3, 4].map(n => datagram(phone(n), SERVER, sipRequest().text))
  for (const n of [1, 2, 3]) {
    packets.push(datagram({ ip: `2001:db8:${n}::1`, port: 5060 }, OTHER, sipRequest().text))
  }
  assert.ok(found(packets).includes('2001:db8::2 5060'))
})

test('where nobody is sent a request there is none', () => {
  assert.deepEqual(
    found([datagram(phone(1), SERVER, 'hello'), datagram(phone(1), SERVER, 'SIP/2.0 200 OK\r\n\r\n')]),
    [],
  )
})
