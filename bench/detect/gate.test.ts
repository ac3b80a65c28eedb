import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLASSES } from './attacks/classes.ts'
import { nameOf } from './attacks/field.ts'
import { hashOfFindings, Judge } from './judge.ts'
import { runSession } from './run-session.ts'
import { runHonestDay } from './runs/honest.ts'
import { HELD_OUT, playSession } from './session.ts'

/** Classes that no change may lose again, at the rates at which they are found. */
const KEPT = [
  'B01-sql-in-register/medium',
  'B02-sql-in-from/slow',
  'C01-one-user-one-source/slow',
  'C02-spraying/medium',
  'C03-one-user-many-sources/medium',
  'C05-names-by-register/slow',
  'F01-invite-flood/high',
  'F04-options-flood/high',
  'F05-response-flood/high',
  'G02-extensions-by-invite/medium',
  'G06-dial-prefixes/slow',
  'G07-premium-burst/medium',
  'G08-one-ring/medium',
  'G11-refer-fraud/medium',
  'G13-signalling-of-the-telephone-network/medium',
] as const

function planOf(kept: string, run: number): Parameters<typeof playSession>[0] {
  const [name, rate] = kept.split('/')
  const attack = CLASSES.find(each => nameOf(each) === name)
  const intensity = (['high', 'medium', 'slow'] as const).find(each => each === rate)
  assert.ok(attack && intensity, kept)
  return { attack, intensity, evasion: 'plain', run }
}

test('D6: what was found once is found again, on seeds that nothing was tuned with, and nobody else is accused', () => {
  const outcomes = KEPT.map(kept => runSession(planOf(kept, HELD_OUT + 77)))
  assert.deepEqual(
    outcomes.filter(({ isFound }) => !isFound).map(({ capture }) => capture),
    [],
  )
  assert.deepEqual(
    outcomes.flatMap(({ capture, falseAlarms }) =>
      falseAlarms.map(({ detector, name }) => `${capture}: ${detector} ${name}`),
    ),
    [],
  )
})

test('D5: of thousands of honest messages none gives an alert, and nobody is barred', () => {
  const { alerts, blocks, messages } = runHonestDay(HELD_OUT + 77, 0.02)
  assert.ok(messages > 10_000)
  assert.deepEqual(blocks, [])
  assert.deepEqual(alerts, [])
})

test('D9: the same seed gives the same messages, and the same findings in every word', () => {
  const hashes = [1, 2].map(() => {
    const judge = new Judge()
    playSession(planOf('G02-extensions-by-invite/medium', HELD_OUT), wired => judge.see(wired))
    assert.ok(judge.findings.length > 0)
    return hashOfFindings(judge.findings)
  })
  assert.equal(hashes[0], hashes[1])
})
