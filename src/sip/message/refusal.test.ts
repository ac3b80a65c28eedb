import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusalName, REFUSALS, refuse } from './refusal.ts'

test('refusals are names in kebab-case, one object each, with a status of a request or silence', () => {
  for (const [name, status] of Object.entries(REFUSALS)) {
    assert.match(name, /^[a-z]+(-[a-z]+)*$/)
    assert.ok(status === 0 || (status >= 400 && status < 600), name)
    assert.ok(isRefusalName(name))
    assert.deepEqual(refuse(name).error, { refusal: name, status })
    assert.equal(refuse(name), refuse(name))
  }
})
