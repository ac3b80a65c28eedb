import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from './options.ts'

test('without arguments everything is measured, five rounds of it, over every transport', () => {
  const options = readOptions([])
  assert.equal(options.verb, 'all')
  assert.equal(options.reps, 5)
  assert.deepEqual(options.transports, ['udp', 'tcp', 'tls'])
  assert.equal(options.isTenthToo, true)
})

test('quick is once, over UDP, without the low rate; what is asked for comes back', () => {
  const options = readOptions(['pairs', '--quick'])
  assert.equal(options.reps, 1)
  assert.deepEqual(options.transports, ['udp'])
  assert.equal(options.isTenthToo, false)
  assert.equal(readOptions(['--quick', '--tenth']).isTenthToo, true)
  assert.equal(readOptions(['--no-tenth']).isTenthToo, false)
})

test('what is unknown is named', () => {
  assert.throws(() => readOptions(['--workloads', 'a,z']), /workloads: z is none of a, b/)
  assert.throws(() => readOptions(['everything']), /what to measure/)
  assert.throws(() => readOptions(['--reps', '0']), /whole number from 1/)
  assert.throws(() => readOptions(['pairs', 'micro']), /one thing at a time/)
})
