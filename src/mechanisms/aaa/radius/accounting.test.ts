import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountingAttributes, STATUS } from './accounting.ts'
import { ATTRIBUTE, first, MAX_VALUE_OCTETS } from './attributes.ts'

function userNameOf(user: string): Buffer {
  const facts = { status: STATUS.start, sessionId: 's', caller: '', callee: '', callId: 'c', happenedMs: 0 }
  return first(accountingAttributes({ ...facts, user }, 0), ATTRIBUTE.userName) ?? assert.fail('no User-Name')
}

test('RFC 2865 §5.1: a record names its user in UTF-8, as the question did, and never another one', () => {
  // Cut to their low octets these letters would read "alice".
  assert.equal(userNameOf('šŬũţť@example.test').toString('utf8'), 'šŬũţť@example.test')
  assert.equal(userNameOf('jürgen@example.test').toString('utf8'), 'jürgen@example.test')
})

test('a name that is too long is cut between its characters', () => {
  const name = userNameOf('é'.repeat(200))
  assert.equal(name.toString('utf8'), 'é'.repeat(126))
  assert.ok(name.length <= MAX_VALUE_OCTETS)
})
