import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { auditAttacks } from '../../src/audit/attacks.ts'
import type { Audit, Profile } from '../../src/audit/audit.ts'
import { reportHtml } from '../../src/audit/report/html.ts'
import { reportJson } from '../../src/audit/report/json.ts'
import { reportOf } from '../../src/audit/report/report.ts'

/** Audits of peers in tests are safe ones; ASPIS_PROFILE=full also floods them. */
export const peerProfile: Profile = process.env.ASPIS_PROFILE === 'full' ? 'full' : 'safe'

/** Keeps the reports of an audit in the folder that ASPIS_REPORTS names, for who reads the evidence. */
export function keepReports(name: string, done: Audit, server: string): void {
  const folder = process.env.ASPIS_REPORTS
  if (folder === undefined) return
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  const report = reportOf(done, { all: auditAttacks, version, server })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), reportJson(report))
  writeFileSync(join(folder, `${name}.html`), reportHtml(report))
}
