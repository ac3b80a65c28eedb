import { readFileSync } from 'node:fs'
import { buildCommand } from '@stricli/core'
import { approach } from '../audit/approach.ts'
import type { Attack, Severity } from '../audit/attack.ts'
import { auditAttacks } from '../audit/attacks.ts'
import { type Profile, audit as runAudit } from '../audit/audit.ts'
import { choose } from '../audit/choose.ts'
import { PRODUCTS, type Product, productOf } from '../audit/product.ts'
import { compare, comparisonText } from '../audit/report/compare.ts'
import { Progress } from '../audit/report/progress.ts'
import { type Report, readReport, reportOf } from '../audit/report/report.ts'
import { doneIn, otherTarget } from '../audit/resume.ts'
import { isLoopback } from '../audit/target.ts'
import { AspisError } from '../base/errors.ts'
import { FORMATS, filesOf, openReports, type ReportFlags, writeReports } from './audit-reports.ts'
import { describedTarget, ownTarget, type TargetFlags } from './audit-target.ts'
import { type CliContext, EXIT, exitWith, print, table, tell } from './context.ts'
import { version } from './version.ts'

interface Flags extends TargetFlags, ReportFlags {
  readonly profile: Profile
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly rate?: number
  readonly failOn: Severity
  readonly product?: Product
  readonly resume?: string
  readonly compare?: string
  readonly list: boolean
}

const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical']

/** Messages a second where nobody says another figure. */
const USUAL_RATE = { loopback: 500, elsewhere: 50 }

/** `aspis audit sip:192.0.2.1`, `aspis audit target.yaml --html report.html` */
export const audit = buildCommand<Flags, [string?], CliContext>({
  async func(flags, written) {
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
  },
  parameters: {
    flags: {
      domain: text('domain', 'Domain of its users; the host of TARGET when left out'),
      account: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        placeholder: 'user:password',
        brief: 'An account of yours; better user:env:NAME, user:file:PATH, or - for lines of standard input',
      },
      knownUser: text('user', 'A user who exists and is none of the accounts'),
      udpPort: port('UDP'),
      tcpPort: port('TCP'),
      tlsPort: port('TLS'),
      wsPort: port('WebSocket'),
      wssPort: port('secure WebSocket'),
      iOwnThisTarget: {
        kind: 'boolean',
        default: false,
        brief: 'The target is mine, or its owner agreed: for addresses that are neither loopback nor private',
      },
      profile: {
        kind: 'enum',
        values: ['safe', 'full'],
        default: 'safe',
        brief: 'full also floods, exhausts and slows',
      },
      only: names('Attacks to try: ids, entries of the catalogue such as E01, families such as E'),
      skip: names('Attacks to leave out'),
      rate: {
        kind: 'parsed',
        parse: wholeNumber('--rate', 1, 100_000),
        optional: true,
        placeholder: 'number',
        brief: 'Messages a second in the mean; 500 on loopback, 50 elsewhere; intrusive attacks have none',
      },
      product: {
        kind: 'enum',
        values: [...PRODUCTS],
        optional: true,
        brief: 'What the target is, for how to mend it; else what it says itself',
      },
      format: { kind: 'enum', values: [...FORMATS], default: 'text', brief: 'Of the report' },
      output: text('file', 'Where the report goes; standard output when left out'),
      json: text('file', 'A JSON report besides'),
      html: text('file', 'An HTML report besides'),
      sarif: text('file', 'A SARIF report besides'),
      junit: text('file', 'A JUnit report besides'),
      failOn: {
        kind: 'enum',
        values: [...SEVERITIES],
        default: 'low',
        brief: 'Exit code 1 when an attack of that severity, or a higher one, succeeded',
      },
      resume: text('file', 'A JSON report: what it tried to its end is not tried again'),
      compare: text('file', 'A JSON report, with a later one instead of TARGET: says what changed'),
      list: { kind: 'boolean', default: false, brief: 'List the attacks, and try none' },
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          optional: true,
          placeholder: 'target',
          brief: 'sip:192.0.2.1:5060, a host, or a target file',
        },
      ],
    },
  },
  docs: {
    brief: 'Try the attacks of the catalogue on a SIP server',
    fullDescription:
      'Attacks a SIP server of yours over the wire and says what it resisted, with evidence, a grade and how to mend the rest. Exit codes: 0 nothing succeeded, 1 something did, 2 wrong usage, 3 the target cannot be audited.\n\nExample:\n  aspis audit sip:127.0.0.1 --domain example.test --account alice:env:ALICE --account bob:env:BOB\n  aspis audit target.yaml --html report.html --sarif report.sarif',
  },
})

function text(placeholder: string, brief: string) {
  return { kind: 'parsed', parse: String, optional: true, placeholder, brief } as const
}

function names(brief: string) {
  return { kind: 'parsed', parse: String, variadic: ',', optional: true, placeholder: 'id', brief } as const
}

function port(transport: string) {
  return {
    kind: 'parsed',
    parse: wholeNumber('the port', 1, 65_535),
    optional: true,
    placeholder: 'port',
    brief: `Port of ${transport}`,
  } as const
}

function wholeNumber(name: string, least: number, most: number): (written: string) => number {
  return written => {
    const value = Number(written)
    if (/^\d{1,6}$/.test(written) && value >= least && value <= most) return value
    throw new SyntaxError(`${name}: "${written}" is no number from ${least} to ${most}`)
  }
}

function chosen(flags: Flags): readonly Attack[] {
  const found = choose(auditAttacks, { only: flags.only ?? [], skip: flags.skip ?? [] })
  if ('attacks' in found) return found.attacks
  throw new AspisError(
    'ERR_ASPIS_USAGE_ATTACK',
    `no such attack: ${found.unknown.join(', ')}; "aspis audit --list" names them`,
  )
}

function list(context: CliContext, attacks: readonly Attack[], flags: Flags): void {
  if (flags.format === 'json') {
    const about = attacks.map(({ run: _run, ...each }) => each)
    return print(context, JSON.stringify(about, undefined, 2))
  }
  const rows = attacks.map(({ entry, id, severity, isIntrusive, title }) => {
    return [entry, id, severity, isIntrusive ? 'full' : 'safe', title]
  })
  print(context, table(['ENTRY', 'ID', 'SEVERITY', 'PROFILE', 'TITLE'], rows))
}

function compareFiles(context: CliContext, flags: Flags, before: string, after: string | undefined): void {
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
