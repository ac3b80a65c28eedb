import assert from 'node:assert/strict'
import { test } from 'node:test'
import { banSet, changeLines, openingLines } from './kernel-rules.ts'

const plan = {
  listeners: [
    { transport: 'udp', address: { ip: '0.0.0.0', port: 5060 } },
    { transport: 'tls', address: { ip: '2001:db8::1', port: 5061 } },
  ],
  known: ['192.0.2.0/24', '2001:db8:1::/48'],
  strangersPerSecond: 2000,
  maxFlows: 100,
  maxBans: 10,
} as const

/** Rules of a chain, in order. */
function chain(lines: readonly string[], name: string): string[] {
  const start = `add rule inet t ${name} `
  return lines.filter(line => line.startsWith(start)).map(line => line.slice(start.length))
}

test('only packets to our own ports are looked at, and none of this machine', () => {
  assert.deepEqual(chain(openingLines('t', plan), 'input'), [
    'iif lo accept',
    'meta nfproto ipv4 udp dport 5060 jump ours',
    'ip6 daddr 2001:db8::1 tcp dport 5061 jump ours',
  ])
})

test('the known pass first, then who logged in, then the banned are dropped, then strangers are bounded', () => {
  const rules = chain(openingLines('t', plan), 'ours')
  const at = (part: string): number => rules.findIndex(rule => rule.includes(part))
  const order = [
    '@known4',
    '@verified4',
    '@known6',
    '@verified6',
    'jump bans',
    '@strangers4',
    'over 2000/second',
  ]
  const places = order.map(at)
  assert.ok(!places.includes(-1), rules.join('\n'))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
})

test('strangers are not bounded where nobody has to log in', () => {
  const rules = chain(openingLines('t', { ...plan, strangersPerSecond: undefined }), 'ours')
  assert.equal(rules.filter(rule => rule.includes('limit')).length, 0)
})

test('an element gets its new time whether it is there or not', () => {
  const changes = [
    { set: 'banned4', key: '192.0.2.7', seconds: 60 },
    { set: 'banned4', key: '192.0.2.8', seconds: undefined },
  ]
  assert.deepEqual(changeLines('t', changes), [
    'add element inet t banned4 { 192.0.2.7, 192.0.2.8 }; delete element inet t banned4 { 192.0.2.7, 192.0.2.8 }' +
      '; add element inet t banned4 { 192.0.2.7 timeout 60s }',
  ])
})

test('many changes are cut into commands of bounded length', () => {
  const changes = Array.from({ length: 1201 }, (_, i) => ({
    set: 'verified4',
    key: `192.0.2.1 . ${i}`,
    seconds: 9,
  }))
  assert.equal(changeLines('t', changes).length, 3)
})

test('networks of one size are one look-up, with the mask of that size', () => {
  assert.match(banSet('t', 4, 12, 10)[1] ?? '', /ip saddr & 255\.240\.0\.0 @banned4_12 /)
  assert.match(banSet('t', 6, 64, 10)[1] ?? '', /ip6 saddr & ffff:ffff:ffff:ffff:0:0:0:0 @banned6 /)
})
