import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditAttacks } from '../src/audit/attacks.ts'
import { audit } from '../src/audit/audit.ts'
import { reportHtml } from '../src/audit/report/html.ts'
import { reportOf } from '../src/audit/report/report.ts'
import { startWeakServer } from '../src/audit/weak/weak-server.ts'
import { openReport, startChromium } from '../test/support/report-page.ts'

/** Draws docs/audit/report.png: the head of the report of a safe run against the weak server. */
const PICTURE = join(import.meta.dirname, '../docs/audit/report.png')
const WIDTH = 1_120
const HEIGHT = 900

const accounts = ['alice', 'bob', 'carol'].map(user => ({ user, password: `the password of ${user}` }))
const weak = await startWeakServer({ domain: 'example.test', accounts, knownUser: 'dave' })
const folder = mkdtempSync(join(tmpdir(), 'aspis-picture-'))
const browser = await startChromium()
try {
  const done = await audit(weak.target, auditAttacks, { profile: 'safe', perSecond: 500 })
  const html = reportHtml(reportOf(done, { all: auditAttacks, version: 'demo', server: 'weak 1.0 (Node)' }))
  const { page } = await openReport(browser, html, { folder, width: WIDTH })
  await page.screenshot({ path: PICTURE, clip: { x: 0, y: 0, width: WIDTH, height: HEIGHT } })
  process.stdout.write(`${PICTURE}: ${statSync(PICTURE).size} octets\n`)
} finally {
  await browser.close()
  await weak.stop()
  rmSync(folder, { recursive: true, force: true })
}
