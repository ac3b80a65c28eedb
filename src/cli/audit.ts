import { setFlagsFromString } from 'node:v8'
import { buildCommand } from '@stricli/core'
import type { Severity } from '../audit/attack.ts'
import type { Profile } from '../audit/audit.ts'
import { PRODUCTS, type Product } from '../audit/product.ts'
import type { ReportFlags } from './audit-reports.ts'
import type { TargetFlags } from './audit-target.ts'
import type { CliContext } from './context.ts'

/** Flags of `aspis audit`. */
export interface AuditFlags extends TargetFlags, ReportFlags {
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

/** `aspis audit sip:192.0.2.1`, `aspis audit target.yaml --html report.html` */
export const audit = buildCommand<AuditFlags, [string?], CliContext>({
  // The attacks are many files: other commands do without them.
  loader: async () => {
    // Young objects that die soon need no growing room: a run stays small.
    setFlagsFromString('--semi-space-growth-factor=1')
    setFlagsFromString('--optimize-for-size')
    return (await import('./audit-run.ts')).auditCommand
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
      ca: text('file', 'Certificates that vouch for its TLS, PEM; those of the system when left out'),
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
      format: {
        kind: 'enum',
        values: ['text', 'json', 'html', 'sarif', 'junit'],
        default: 'text',
        brief: 'Of the report',
      },
      output: text('file', 'Where the report goes; standard output when left out'),
      json: text('file', 'A JSON report besides'),
      html: text('file', 'An HTML report besides'),
      sarif: text('file', 'A SARIF report besides'),
      junit: text('file', 'A JUnit report besides'),
      failOn: {
        kind: 'enum',
        values: ['low', 'medium', 'high', 'critical'],
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
