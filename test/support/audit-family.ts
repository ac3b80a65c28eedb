import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { Attack } from '../../src/audit/attack.ts'
import { audit } from '../../src/audit/audit.ts'
import type { Result } from '../../src/audit/outcome.ts'
import type { Target } from '../../src/audit/target.ts'
import type { WeakOptions, WeakServer } from '../../src/audit/weak/weak-server.ts'
import { type AspisTarget, startAspisTarget, startWeakTarget } from './audit-targets.ts'

/** Further configuration of the server of ours, and what the auditor is told besides. */
export interface FamilySetup {
  readonly lines?: readonly string[]
  readonly given?: Partial<Target>
  /** The same, of the server of ours alone. */
  readonly givenOfAspis?: Partial<Target>
  /** What the weak server is started with besides. */
  readonly weak?: Partial<WeakOptions>
}

/** Names a file: the attacks of a test file are written there, and none is tried. */
export const LIST_VARIABLE = 'ASPIS_LIST_ATTACKS'

/**
 * Proves attacks twice: each succeeds against the weak server, and is resisted by Aspis. An attack that never succeeded
 * proves nothing.
 */
export function proveAttacks(family: string, attacks: readonly Attack[], setup: FamilySetup = {}): void {
  const list = process.env[LIST_VARIABLE]
  if (list !== undefined) {
    appendFileSync(list, attacks.map(({ id }) => `${id}\n`).join(''))
    // What the file started for its tests is ended after the last one.
    it(`${family} is listed`, () => {})
    return
  }
  describe(`attacks of the audit: ${family}`, () => {
    let aspis: AspisTarget
    let weak: WeakServer
    before(async () => {
      aspis = await startAspisTarget(setup.lines)
      weak = await startWeakTarget(setup.weak)
    })
    after(async () => {
      await weak?.stop()
      await aspis?.edge.remove()
    })
    for (const attack of attacks) {
      it(`${attack.entry} ${attack.id}: the weak server falls to it, Aspis resists`, async () => {
        const fallen = await one({ ...weak.target, ...setup.given }, attack)
        assert.equal(fallen.verdict, 'succeeded', `weak server: ${said(fallen)}`)
        const resisted = await one({ ...aspis.target, ...setup.given, ...setup.givenOfAspis }, attack)
        assert.equal(resisted.verdict, 'resisted', `Aspis: ${said(resisted)}`)
      })
    }
  })
}

async function one(target: Target, attack: Attack): Promise<Result> {
  const { results } = await audit(target, [attack], { profile: 'full', perSecond: 1_000 })
  const [result] = results
  assert.ok(result)
  return result
}

/** The outcome with its messages, so that a failure explains itself. */
function said({ verdict, why, ladder }: Result): string {
  const rungs = ladder.rungs.map(
    ({ atMs, who, isSent, text }) =>
      `  ${Math.round(atMs)} ms ${who} ${isSent ? '→' : '←'} ${text.split('\r\n')[0]}`,
  )
  return [`${verdict}: ${why}`, ...rungs].join('\n')
}
