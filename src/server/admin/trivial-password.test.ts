import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trivialPassword } from './trivial-password.ts'

test('C16: what a guesser tries first is known by why he tries it', () => {
  for (const [user, password] of [
    ['alice', 'alice'],
    ['alice', 'Alice2026'],
    ['alice', 'ecila'],
    ['1001', '1001'],
    ['1001', '10011001'],
    ['1001', '12345678'],
    ['bob', 'password'],
    ['bob', 'Password1!'],
    ['bob', 'changeme'],
    ['bob', '0000000000'],
  ] as const) {
    assert.notEqual(trivialPassword(user, password), undefined, password)
  }
})

test('what took a thought is not', () => {
  for (const [user, password] of [
    ['alice', 'correct horse of alice'],
    ['alice', 'correct-horse-7'],
    ['1001', '481516234200'],
    ['bob', 'passwords are hard'],
  ] as const) {
    assert.equal(trivialPassword(user, password), undefined, password)
  }
})
