import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../base/limits.ts'
import { parseNetwork } from '../../base/network.ts'
import { type Ban, Bans } from './bans.ts'

const WALL_MS = 1_800_000_000_000

function ground() {
  const time = { nowMs: 5000, wallMs: WALL_MS }
  const bans = new Bans({ nowMs: () => time.nowMs, wallMs: () => time.wallMs })
  const told: string[] = []
  bans.listen({
    onAdded: (ban, remainingMs) => told.push(`+${ban.network.text} ${remainingMs}`),
    onRemoved: (ban, why) => told.push(`-${ban.network.text} ${why}`),
  })
  return { time, bans, told }
}

function ban(text: string, endsMs: number, by: Ban['by'] = 'detection'): Ban {
  const network = parseNetwork(text)
  assert.ok(network !== undefined, text)
  return { network, id: 'x', why: 'guessed', by, findings: ['f1'], beganMs: WALL_MS, endsMs, inKernel: true }
}

test('a banned address is refused until its ban ends, and nobody else is', () => {
  const { time, bans, told } = ground()
  assert.ok(!bans.refuses('192.0.2.7'))
  assert.ok(bans.add(ban('192.0.2.7', WALL_MS + 60_000)))
  assert.ok(bans.refuses('192.0.2.7'))
  assert.ok(!bans.refuses('192.0.2.8'))
  time.nowMs += 59_999
  bans.tick()
  assert.ok(bans.refuses('192.0.2.7'))
  assert.equal(bans.banOf('192.0.2.7')?.refused, 2)
  time.nowMs += 1
  bans.tick()
  assert.ok(!bans.refuses('192.0.2.7'))
  assert.equal(bans.refused, 2)
  assert.deepEqual(told, ['+192.0.2.7 60000', '-192.0.2.7 ended'])
})

test('a wall clock that is set back makes no ban longer', () => {
  const { time, bans } = ground()
  bans.add(ban('192.0.2.7', WALL_MS + 60_000))
  time.wallMs -= 3_600_000
  time.nowMs += 60_000
  bans.tick()
  assert.equal(bans.size, 0)
})

test('a ban that is over when it comes is none', () => {
  const { bans } = ground()
  assert.ok(!bans.add(ban('192.0.2.7', WALL_MS)))
  assert.equal(bans.size, 0)
})

test('an IPv6 address is banned with its /64, and a network with all that is in it', () => {
  const { bans } = ground()
  bans.add(ban('2001:db8:0:1::7', WALL_MS + 60_000))
  bans.add(ban('198.51.100.0/24', WALL_MS + 60_000))
  assert.ok(bans.refuses('2001:db8:0:1:ffff::9'))
  assert.ok(!bans.refuses('2001:db8:0:2::7'))
  assert.ok(bans.refuses('198.51.100.200'))
})

test('a longer ban takes the place of a shorter one, and a removed one is gone', () => {
  const { time, bans, told } = ground()
  const longer = ban('192.0.2.7', WALL_MS + 120_000)
  bans.add(ban('192.0.2.7', WALL_MS + 60_000))
  bans.add(longer)
  time.nowMs += 60_000
  bans.tick()
  assert.ok(bans.refuses('192.0.2.7'))
  assert.ok(bans.remove(longer.network))
  assert.ok(!bans.remove(longer.network))
  assert.ok(!bans.refuses('192.0.2.7'))
  assert.deepEqual(told, ['+192.0.2.7 60000', '+192.0.2.7 120000', '-192.0.2.7 removed'])
})

test('a full table lets the oldest go, but not what an operator wrote', () => {
  const { bans } = ground()
  bans.add(ban('203.0.113.1', WALL_MS + 60_000, 'operator'))
  for (let at = 0; at < LIMITS.maxBans; at += 1)
    bans.add(ban(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, WALL_MS + 60_000))
  assert.equal(bans.size, LIMITS.maxBans)
  assert.ok(bans.refuses('203.0.113.1'))
  assert.ok(!bans.refuses('10.0.0.0'))
  assert.ok(bans.refuses('10.0.0.1'))
})

test('who listens later is told of the bans that there are', () => {
  const { time, bans } = ground()
  bans.add(ban('192.0.2.7', WALL_MS + 60_000))
  time.nowMs += 20_000
  const told: number[] = []
  bans.listen({ onAdded: (_ban, remainingMs) => told.push(remainingMs), onRemoved: () => assert.fail() })
  assert.deepEqual(told, [40_000])
})
