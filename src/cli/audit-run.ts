import { readFileSync } from 'node:fs'
import { approach } from '../audit/approach.ts'
import type { Attack, Severity } from '../audit/attack.ts'
import { auditAttacks } from '../audit/attacks.ts'
import { audit as runAudit } from '../audit/audit.ts'
import { choose } from '../audit/choose.ts'
import { productOf } from '../audit/product.ts'
import { compare, comparisonText } from '../audit/report/compare.ts'
import { Progress } from '../audit/report/progress.ts'
import { type Report, readReport, reportOf } from '../audit/report/report.ts'
import { doneIn, otherTarget } from '../audit/resume.ts'
import { isLoopback } from '../audit/target.ts'
import { AspisError } from '../base/errors.ts'
import type { AuditFlags } from './audit.ts'
import { filesOf, openReports, writeReports } from './audit-reports.ts'
import { describedTarget, ownTarget } from './audit-target.ts'
import { type CliContext, EXIT, exitWith, print, table, tell } from './context.ts'
import { version } from './version.ts'

const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical']

/** Messages a second where nobody says another figure. */
const USUAL_RATE = { loopback: 500, elsewhere: 50 }

/** What `aspis audit` does. */
export async function auditCommand(this: CliContext, flags: AuditFlags, written?: string): Promise<void> {
  const attacks = chosen(flags)
  if (flags.list) return list(this, attacks, flags)
  if (flags.compare !== undefined) return compareFiles(this, flags, flags.compare, written)
  if (written === undefined) {
    throw new AspisError('ERR_ASPIS_USAGE_TARGET', 'no target: write sip:192.0.2.1:5060 or a target file')
  }
  const described = await describedTarget(this, written, flags)
  const target = await ownTarget(described, flags)
  const earlier = flags.resume === undefined ? undefined : reportIn(flags.resume)
  const other = earlier && otherTarget(earlier, target)
  if (other !== undefined) throw new AspisError('ERR_ASPIS_USAGE_RESUME', `${flags.resume}: ${other}`)
  openReports(flags)
  const reached = await approach(target, described.isUsual)
  if ('problem' in reached) {
    tell(this, `aspis: error: ${reached.problem}`)
    exitWith(this, EXIT.unreachable)
    return
  }
  for (const warning of reached.warnings) tell(this, `warning: ${warning}`)
  const { stderr } = this.process
  const progress = new Progress(stderr, attacks.length)
  const done = await interruptible(signal =>
    runAudit(reached.target, attacks, {
      profile: flags.profile,
      perSecond: flags.rate ?? (isLoopback(target.ip) ? USUAL_RATE.loopback : USUAL_RATE.elsewhere),
      ...(earlier === undefined ? {} : { earlier: doneIn(earlier) }),
      begins: (attack, at) => progress.begins(attack, at),
      ends: (_attack, { verdict }) => progress.ends(verdict),
      signal,
    }),
  )
  progress.clear()
  const said = productOf(reached.server ?? '')
  const product = flags.product ?? described.product ?? said
  const report = reportOf(done, {
    all: auditAttacks,
    version: version(),
    ...(reached.server === undefined ? {} : { server: reached.server }),
    ...(product === undefined ? {} : { product }),
    ...(described.lines === undefined ? {} : { lines: described.lines }),
  })
  writeReports(this, flags, report)
  for (const [format, path] of filesOf(flags)) tell(this, `${format}: ${path}`)
  exitWith(this, exitOf(report, flags.failOn))
}

function chosen(flags: AuditFlags): readonly Attack[] {
  const found = choose(auditAttacks, { only: flags.only ?? [], skip: flags.skip ?? [] })
  if ('attacks' in found) return found.attacks
  throw new AspisError(
    'ERR_ASPIS_USAGE_ATTACK',
    `no such attack: ${found.unknown.join(', ')}; "aspis audit --list" names them`,
  )
}

function list(context: CliContext, attacks: readonly Attack[], flags: AuditFlags): void {
  if (flags.format === 'json') {
    const about = attacks.map(({ run: _run, ...each }) => each)
    return print(context, JSON.stringify(about, undefined, 2))
  }
  const rows = attacks.map(({ entry, id, severity, isIntrusive, title }) => {
    return [entry, id, severity, isIntrusive ? 'full' : 'safe', title]
  })
  print(context, table(['ENTRY', 'ID', 'SEVERITY', 'PROFILE', 'TITLE'], rows))
}

function compareFiles(
  context: CliContext,
  flags: AuditFlags,
  before: string,
  after: string | undefined,
): void {
  if (after === undefined) {
    throw new AspisError(
      'ERR_ASPIS_USAGE_COMPARE',
      'two reports are compared: --compare before.json after.json',
    )
  }
  const comparison = compare(reportIn(before), reportIn(after))
  const isJson = flags.format === 'json'
  print(context, isJson ? JSON.stringify(comparison, undefined, 2) : comparisonText(comparison))
  const isWorse = comparison.worse.some(({ severity }) => reaches(severity, flags.failOn))
  exitWith(context, isWorse ? EXIT.findings : EXIT.fine)
}

function reportIn(path: string): Report {
  let written: string
  try {
    written = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AspisError('ERR_ASPIS_USAGE_FILE', `${path}: no such file, or it cannot be read`, { cause })
  }
  const report = readReport(written)
  if (report === undefined)
    throw new AspisError(
      'ERR_ASPIS_USAGE_FILE',
      `${path}: is no JSON report of "aspis audit" of this version`,
    )
  return report
}

/** The first Ctrl-C ends the run with what was found, a second one at once. */
async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    return await run(stop.signal)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function reaches(severity: Severity, bound: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(bound)
}

function exitOf(report: Report, failOn: Severity): (typeof EXIT)[keyof typeof EXIT] {
  const { attacks, died, isInterrupted, summary } = report
  const isFound = attacks.some(
    ({ verdict, severity }) => verdict === 'succeeded' && reaches(severity, failOn),
  )
  if (isFound) return EXIT.findings
  const isWhole = died === undefined && !isInterrupted && summary.resisted + summary.succeeded > 0
  return isWhole ? EXIT.fine : EXIT.unreachable
}
