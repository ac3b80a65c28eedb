import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditAttacks } from '../../src/audit/attacks.ts'
import { type Audit, audit } from '../../src/audit/audit.ts'
import { type Asterisk, missingAsterisk, startAsterisk } from '../support/asterisk.ts'
import { AUDIT_ACCOUNTS, AUDIT_DOMAIN, KNOWN_USER } from '../support/audit-targets.ts'
import { keepReports, peerProfile } from '../support/peer-report.ts'

describe('an audit of Asterisk 22', { skip: missingAsterisk() }, () => {
  let asterisk: Asterisk
  let done: Audit
  before(async () => {
    asterisk = await startAsterisk(AUDIT_DOMAIN, AUDIT_ACCOUNTS, KNOWN_USER)
    done = await audit(asterisk.target, auditAttacks, { profile: peerProfile, perSecond: 500 })
    keepReports('asterisk', done, asterisk.version)
  })
  after(() => asterisk?.stop())

  it('is whole: the server lives, and every attack has its verdict', t => {
    t.diagnostic(asterisk.version)
    for (const { attack, verdict, why } of done.results)
      if (verdict !== 'skipped') t.diagnostic(`${attack}: ${verdict}: ${why}`)
    assert.equal(done.died, undefined)
    assert.equal(done.results.length, auditAttacks.length)
    assert.ok(done.results.filter(({ verdict }) => verdict === 'resisted').length > 20)
  })

  it('finds that a token for another callee is taken', () => {
    const found = done.results.find(({ attack }) => attack === 'passport-of-another-call')
    assert.equal(found?.verdict, 'succeeded', found?.why)
  })
})
