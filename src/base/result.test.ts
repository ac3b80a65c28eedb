import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failed, ok, type Result } from './result.ts'

test('a success carries its value, a failure its error', () => {
  const results: Result<number, string>[] = [ok(7), failed('too late')]
  assert.deepEqual(
    results.map(result => (result.ok ? result.value : result.error)),
    [7, 'too late'],
  )
})
