import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pooledRandom, random32, randomHex64 } from './random-pool.ts'

test('chance is handed out once, over many fillings of the pool', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 20_000; i++) seen.add(randomHex64())
  for (let i = 0; i < 20_000; i++) seen.add(pooledRandom(8).toString('hex'))
  assert.equal(seen.size, 40_000)
})

test('every bit of a number and of octets is set about half of the time', () => {
  const ones = new Array<number>(32).fill(0)
  const ofOctets = new Array<number>(56).fill(0)
  const count = 4000
  for (let i = 0; i < count; i++) {
    const word = random32()
    assert.ok(Number.isInteger(word) && word >= 0 && word < 2 ** 32)
    for (const [bit] of ones.entries()) ones[bit] = (ones[bit] ?? 0) + ((word >>> bit) & 1)
    const octets = pooledRandom(7)
    assert.equal(octets.length, 7)
    for (const [bit] of ofOctets.entries())
      ofOctets[bit] = (ofOctets[bit] ?? 0) + (((octets[bit >> 3] ?? 0) >> (bit & 7)) & 1)
  }
  // Eight standard deviations: once in 10^15 runs.
  const bound = 8 * Math.sqrt(count / 4)
  for (const each of [...ones, ...ofOctets]) assert.ok(Math.abs(each - count / 2) < bound, `${each}`)
})

test('64 bits are sixteen lower-case hexadecimal digits', () => {
  for (let i = 0; i < 100; i++) assert.match(randomHex64(), /^[0-9a-f]{16}$/)
})
