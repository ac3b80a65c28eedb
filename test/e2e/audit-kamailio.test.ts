import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { auditAttacks } from '../../src/audit/attacks.ts'
import { type Audit, audit } from '../../src/audit/audit.ts'
import type { Result } from '../../src/audit/outcome.ts'
import { AUDIT_ACCOUNTS, AUDIT_DOMAIN, KNOWN_USER } from '../support/audit-targets.ts'
import { keepReports, peerProfile } from '../support/peer-report.ts'
import { missingStockKamailio, type StockKamailio, startStockKamailio } from '../support/stock-kamailio.ts'

/** What its stock configuration is known to allow, each with the figures that must stand in its outcome. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  'credentials-for-another-server': [],
  'fork-amplification': ['sent', 'received'],
  'forged-asserted-identity': [],
  'forged-bye': ['tried', 'reached'],
  'forged-reinvite': ['tried', 'reached'],
  'guessed-password': ['tried'],
  'nonce-count-replay': [],
  reflection: ['answered', 'aboveBound'],
  'stray-response-relay': ['tried', 'reached'],
}

/** What its stock configuration is known to prevent. */
const PREVENTED = ['invented-nonce', 'masqueraded-from', 'registration-of-another', 'wildcard-by-stranger']

describe("an audit of Debian's Kamailio as it is configured there", { skip: missingStockKamailio() }, () => {
  let kamailio: StockKamailio
  let done: Audit
  const result = (id: string): Result => {
    const found = done.results.find(({ attack }) => attack === id)
    assert.ok(found, `${id} is not in the list`)
    return found
  }

  before(async () => {
    kamailio = await startStockKamailio(AUDIT_DOMAIN, AUDIT_ACCOUNTS, KNOWN_USER)
    done = await audit(kamailio.target, auditAttacks, { profile: peerProfile, perSecond: 500 })
    keepReports('kamailio', done, kamailio.version)
  })
  after(() => kamailio?.stop())

  it('is whole: the server lives, and nothing is left open', () => {
    assert.equal(done.died, undefined)
    const open = done.results.filter(({ verdict }) => verdict === 'inconclusive')
    assert.deepEqual(
      open.map(({ attack, why }) => `${attack}: ${why}`),
      [],
    )
  })

  for (const [id, figures] of Object.entries(KNOWN)) {
    it(`finds ${id}, with the messages that show it`, () => {
      const { verdict, why, counts = {}, ladder } = result(id)
      assert.equal(verdict, 'succeeded', why)
      assert.ok(ladder.rungs.length >= 4)
      for (const figure of figures)
        assert.ok((counts[figure] ?? 0) > 0, `${figure} in ${JSON.stringify(counts)}`)
    })
  }

  it('finds all that docs/audit/kamailio.md says it finds', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/audit/kamailio.md'), 'utf8')
    const named = [...page.matchAll(/^\| [A-Z]\d\d \| `([\w-]+)`/gm)].map(([, id = '']) => id)
    assert.ok(named.length > 80)
    const tried = named.filter(id => result(id).verdict !== 'skipped')
    const missed = tried.filter(id => result(id).verdict !== 'succeeded')
    assert.deepEqual(
      missed.map(id => `${id}: ${result(id).why}`),
      [],
    )
  })

  it('finds nothing where it does resist', () => {
    for (const id of PREVENTED) assert.equal(result(id).verdict, 'resisted', id)
  })
})
