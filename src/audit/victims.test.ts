import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleAttack, sampleAudit } from '../../test/support/audit-report.ts'
import type { Target } from './target.ts'
import { Victims } from './victims.ts'

const guessing = sampleAttack('guessing', 'high', { threats: ['password-guessing'] })
const other = sampleAttack('other', 'high')

const withUsers = (users: string): Target => ({
  ...sampleAudit().target,
  accounts: [...users].map(user => ({ user, password: user })),
})
const usersOf = ({ accounts }: Target): string => accounts.map(({ user }) => user).join('')

test('each attack that guesses finds another account at the end, the honest ones stay; others see no change', () => {
  const victims = new Victims()
  const target = withUsers('abcdef')
  const seen = [guessing, guessing, other, guessing, guessing].map(each =>
    usersOf(victims.targetOf(each, target)),
  )
  assert.deepEqual(seen, ['abcdef', 'abcefd', 'abcdef', 'abcfde', 'abcdef'])
})

test('with four accounts or fewer there is nothing to choose', () => {
  const victims = new Victims()
  for (const users of ['a', 'abc', 'abcd'])
    for (const each of [guessing, guessing])
      assert.equal(usersOf(victims.targetOf(each, withUsers(users))), users)
})
