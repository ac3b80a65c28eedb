import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rawRequest } from '../../../test/support/sim-stranger.ts'
import type { UserCaller } from '../../pipeline/caller.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { type AccountBounds, AccountRates } from './account-rates.ts'

/** Of the callee there is none, unless one is given. */
const bounds = (perAccount: number, textsPerCallee = Number.POSITIVE_INFINITY): AccountBounds => ({
  perAccount,
  textsPerCallee,
})

const caller = (user: string): UserCaller => ({
  kind: 'user',
  user,
  domain: 'example.test',
  aors: [`sip:${user}@example.test`],
})

const invite = (uri?: string): SipRequest => asked('INVITE', uri)

const asked = (method: string, uri = 'sip:bob@example.test'): SipRequest => {
  const parsed = parseMessage(rawRequest(method, uri), true)
  assert.ok(parsed.ok && parsed.value.kind === 'request')
  return parsed.value
}

/** How many of a caller's requests are let through. */
function letThrough(rates: AccountRates, user: string, perSecond: number, seconds: number): number {
  let through = 0
  for (let n = 0; n < perSecond * seconds; n += 1)
    if (rates.retryAfterOf(caller(user), invite(), (n * 1000) / perSecond) === 0) through += 1
  return through
}

describe('requests of one account', () => {
  test('S11 F07: 500 calls a second with good credentials become what one account may have', () => {
    const rates = new AccountRates(bounds(50), [])
    assert.equal(letThrough(rates, 'mallory', 500, 30), 500 + 30 * 50 - 1)
    assert.equal(rates.retryAfterOf(caller('alice'), invite(), 30_000), 0)
  })

  test('F25: a dialler of 10 calls a second, and a burst of ten seconds, are nothing', () => {
    assert.equal(letThrough(new AccountRates(bounds(50), []), 'dialler', 10, 600), 6000)
    assert.equal(letThrough(new AccountRates(bounds(50), []), 'office', 500, 1), 500)
  })

  test('an account that is let off, and a call for help, have no bound', () => {
    const rates = new AccountRates(bounds(1), ['sip:dialler@example.test'])
    assert.equal(letThrough(rates, 'dialler', 500, 2), 1000)
    letThrough(rates, 'mallory', 100, 1)
    assert.ok(rates.retryAfterOf(caller('mallory'), invite(), 1000) > 0)
    assert.equal(rates.retryAfterOf(caller('mallory'), invite('urn:service:sos.police'), 1000), 0)
  })

  test('who is told when to come back, and does, is served', () => {
    const rates = new AccountRates(bounds(1), [])
    letThrough(rates, 'alice', 100, 1)
    const seconds = rates.retryAfterOf(caller('alice'), invite(), 1000)
    assert.ok(seconds >= 1)
    assert.equal(rates.retryAfterOf(caller('alice'), invite(), 1000 + seconds * 1000), 0)
  })

  test('G10: texts to one callee are bounded, whatever parameters the address has; calls and other texts are not', () => {
    const rates = new AccountRates(bounds(1000, 3), ['sip:dialler@example.test'])
    const through = (user: string, method: string, uri: (n: number) => string): number =>
      Array.from({ length: 60 }, (_, n) => rates.retryAfterOf(caller(user), asked(method, uri(n)), 0)).filter(
        seconds => seconds === 0,
      ).length
    assert.equal(
      through('mallory', 'MESSAGE', n => `sip:bob@EXAMPLE.test;n=${n}`),
      30,
    )
    assert.equal(
      through('mallory', 'MESSAGE', n => `sip:user${n}@example.test`),
      60,
    )
    assert.equal(
      through('mallory', 'INVITE', () => 'sip:bob@example.test'),
      60,
    )
    assert.equal(
      through('alice', 'MESSAGE', () => 'sip:bob@example.test'),
      30,
    )
    assert.equal(
      through('dialler', 'MESSAGE', () => 'sip:bob@example.test'),
      60,
    )
    assert.equal(rates.retryAfterOf(caller('mallory'), asked('MESSAGE'), 1000), 0)
  })
})
