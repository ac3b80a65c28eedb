import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserCaller } from '../pipeline/caller.ts'
import { parseUri } from '../sip/uri/uri.ts'
import type { RuleConfig } from './config/config.ts'
import { decideOutward } from './outward.ts'

const alice: UserCaller = { kind: 'user', user: 'alice', domain: 'example.test', aors: [] }

const prefix = (allow: boolean, digits: string): RuleConfig => ({
  name: `${allow ? 'allow' : 'deny'} ${digits}`,
  from: { kind: 'own-users' },
  to: { kind: 'prefix', prefix: digits },
  allow,
  via: 'carrier',
})

const RULES = [prefix(false, '0900'), prefix(false, '+900'), prefix(true, '0'), prefix(true, '+')]

function ruleFor(uri: string): string {
  const parsed = parseUri(uri)
  assert.ok(parsed.ok, uri)
  return decideOutward(RULES, alice, parsed.value).rule
}

test('PRX-05: a number is the same however it is written, so that no spelling passes by the rule that denies it', () => {
  for (const user of [
    '0900123',
    '0-900-123',
    '(0900)123',
    '%30900123',
    '0%39%300123',
    '0%2D900123',
    '0%2e900',
  ]) {
    assert.equal(ruleFor(`sip:${user}@example.test`), 'deny 0900', user)
  }
  for (const user of ['+900123', '%2B900123', '%2b900123', '+%39%300123']) {
    assert.equal(ruleFor(`sip:${user}@example.test`), 'deny +900', user)
  }
  assert.equal(ruleFor('sip:0800123@example.test'), 'allow 0')
  assert.equal(ruleFor('tel:+44-20'), 'allow +')
})
