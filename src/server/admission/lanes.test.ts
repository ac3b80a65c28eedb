import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PORT } from '../../net/batch-layout.ts'
import type { DatagramFlow } from '../../net/datagram-gate.ts'
import { newAddressWords, writeAddress } from '../../net/udp-address.ts'
import { FavouredNetworks } from './favoured.ts'
import { Lanes, type NotRead } from './lanes.ts'

const REQUEST = Buffer.from('REGISTER sip:example.test SIP/2.0\r\n\r\n')
const RESPONSE = Buffer.from('SIP/2.0 200 OK\r\n\r\n')

/** Lanes with a clock of their own, and somebody who sends. */
function stage() {
  const clock = { nowMs: 1000 }
  const reasons: NotRead[] = []
  const lanes = new Lanes({
    nowMs: () => clock.nowMs,
    isLowered: () => false,
    notRead: why => reasons.push(why),
  })
  const words = newAddressWords()
  const send = (
    ip: string,
    { port = 5060, octets = REQUEST, flow }: { port?: number; octets?: Buffer; flow?: DatagramFlow } = {},
  ): boolean => {
    writeAddress(ip, words)
    words[PORT] = port
    return !lanes.opens() || lanes.admits(words, 0, flow, octets, 0, octets.length)
  }
  const prove = (ip: string): void => {
    writeAddress(ip, words)
    lanes.proved(words, 0)
  }
  return { clock, lanes, send, prove, reasons }
}

const flowOf = (facts: { isProved?: boolean; isAsked?: boolean }): DatagramFlow => ({
  id: 1,
  transport: 'udp',
  local: { ip: '192.0.2.1', port: 5060 },
  remote: { ip: '192.0.2.7', port: 5060 },
  isReliable: false,
  isSecure: false,
  isOpen: true,
  peerIdentities: [],
  isProved: facts.isProved ?? false,
  isAsked: facts.isAsked ?? false,
  send: () => true,
  close: () => {},
})

/** The n-th address of many. */
const stranger = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`

describe('lanes before parsing', () => {
  test('F24: while there is time, nobody is looked at, and an office of 1,000 phones is heard wholly', () => {
    const { clock, send, reasons } = stage()
    for (let phone = 0; phone < 5000; phone += 1) {
      clock.nowMs += 20
      assert.equal(send('198.51.100.7', { port: 10_000 + (phone % 1000) }), true)
    }
    assert.deepEqual(reasons, [])
  })

  test('S1 F02: 10,000 forged sources take no more than their part of the time, and proved flows are all heard', () => {
    const { clock, lanes, send } = stage()
    lanes.strain(0.25)
    const flow = flowOf({ isProved: true })
    const seconds = 10
    let heard = 0
    let proved = 0
    for (let n = 0; n < seconds * 50_000; n += 1) {
      clock.nowMs += 0.02
      if (send(stranger(n % 10_000))) heard += 1
      if (n % 2500 === 0 && send('192.0.2.7', { flow })) proved += 1
    }
    assert.equal(proved, seconds * 20)
    const most = (0.25 * 1000 * seconds + 100) / lanes.costMs
    assert.ok(heard <= most && heard > most / 8, `${heard} of ${most}`)
  })

  test('an honest newcomer is heard while 10,000 forged sources send 5 a second each', () => {
    const { clock, lanes, send } = stage()
    lanes.strain(0.25)
    const flood = { n: 0 }
    const passMs = (ms: number): void => {
      for (let each = 0; each < ms * 50; each += 1) {
        clock.nowMs += 0.02
        flood.n += 1
        send(stranger(flood.n % 10_000))
      }
    }
    passMs(4000)
    // Timer E of REGISTER: 0, 0.5, 1.5, 3.5 s (RFC 3261 §17.1.2.2); the second request begins anew.
    let isChallenged = false
    for (const waitMs of [0, 500, 1000, 2000]) {
      passMs(waitMs)
      isChallenged ||= send('203.0.113.5')
    }
    let isIn = false
    for (const waitMs of [20, 500, 1000, 2000]) {
      passMs(waitMs)
      isIn ||= send('203.0.113.5')
    }
    assert.deepEqual([isChallenged, isIn], [true, true])
  })

  test('an address at which somebody logged in comes before all strangers, within a bound', () => {
    const { clock, lanes, send, prove } = stage()
    prove('198.51.100.7')
    lanes.strain(0.25)
    for (let n = 0; n < 100_000; n += 1) {
      clock.nowMs += 0.02
      send(stranger(n))
    }
    let heard = 0
    for (let phone = 0; phone < 300; phone += 1) {
      clock.nowMs += 20
      for (let n = 0; n < 1000; n += 1) send(stranger(phone * 1000 + n))
      if (send('198.51.100.7', { port: 20_000 + phone })) heard += 1
    }
    assert.equal(heard, 300)
    // Who forges that address has its bound, and then what others leave.
    const got = { forged: 0, others: 0 }
    for (let n = 0; n < 50_000; n += 1) {
      clock.nowMs += 0.02
      if (send('198.51.100.7', { port: 1 + (n % 60_000) })) got.forged += 1
      if (n % 10 === 0 && send(stranger(n * 7919))) got.others += 1
    }
    assert.ok(got.others > 4500 && got.forged < 10_000, JSON.stringify(got))
  })

  test('one network cannot have the time of all others', () => {
    const { clock, lanes, send } = stage()
    lanes.strain(0.25)
    const heard = { one: 0, others: 0 }
    for (let n = 0; n < 100_000; n += 1) {
      clock.nowMs += 0.02
      if (send(`203.0.113.${n & 255}`)) heard.one += 1
      if (n % 10 === 0 && send(stranger(n * 7919))) heard.others += 1
    }
    assert.ok(heard.others > 9000, JSON.stringify(heard))
  })

  test('F05: responses to nothing, and what is no SIP, are not read while strained; answers to our requests are', () => {
    const { lanes, send, reasons } = stage()
    lanes.strain(0.25)
    assert.equal(send('203.0.113.5', { octets: RESPONSE }), false)
    assert.equal(send('203.0.113.5', { octets: RESPONSE, flow: flowOf({}) }), false)
    assert.equal(send('203.0.113.5', { octets: RESPONSE, flow: flowOf({ isAsked: true }) }), true)
    assert.equal(send('203.0.113.5', { octets: Buffer.from('\xff\xfe junk, and more', 'latin1') }), false)
    assert.deepEqual(reasons, ['stray-response', 'stray-response', 'no-sip'])
  })

  test('F22 S5: who forges address and port of a phone spends the budget of that flow and no other', () => {
    const { clock, lanes, send } = stage()
    lanes.strain(0.25)
    const flow = flowOf({ isProved: true })
    let heard = 0
    for (let n = 0; n < 100_000; n += 1) {
      clock.nowMs += 0.02
      if (send('192.0.2.7', { flow })) heard += 1
    }
    assert.ok(heard < 20_000, String(heard))
    assert.equal(send('192.0.2.8', { flow }), true)
  })

  test('F25: a neighbour known by address is heard whatever it sends', () => {
    const { lanes, send } = stage()
    lanes.favoured = new FavouredNetworks(['203.0.113.0/24', '2001:db8:7::/48'])
    lanes.strain(0.02)
    for (let n = 0; n < 5000; n += 1) {
      assert.equal(send('203.0.113.9'), true)
      assert.equal(send('2001:db8:7:1::9'), true)
    }
    let heard = 0
    for (let n = 0; n < 5000; n += 1) if (send('2001:db8:8:1::9')) heard += 1
    assert.ok(heard < 1000)
  })

  test('S3: a million sources leave the tables as large as one does', () => {
    const { clock, lanes, send } = stage()
    lanes.strain(0.25)
    send(stranger(1))
    const { bytes } = lanes
    for (let n = 0; n < 1_000_000; n += 1) {
      clock.nowMs += 0.02
      send(stranger(n))
    }
    assert.equal(lanes.bytes, bytes)
    assert.ok(bytes < 8 * 1024 * 1024, String(bytes))
  })
})
