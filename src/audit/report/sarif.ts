import { PRODUCT_NAMES, PRODUCTS } from '../product.ts'
import { oneLine } from './plain.ts'
import type { Report, ReportedAttack } from './report.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'

/** As code scanning sorts findings: CVSS-like, from 0 to 10. */
const SCORES = { low: '3.0', medium: '5.5', high: '8.0', critical: '9.5' } as const

/** The line of the target file that an attack's need stands in. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  account: ['accounts'],
  'two-accounts': ['accounts'],
  'three-accounts': ['accounts'],
  tcp: ['ports.tcp', 'ports'],
  tls: ['ports.tls', 'ports'],
  websocket: ['ports.wss', 'ports.ws', 'ports'],
  stir: ['stir'],
  smime: ['smime'],
  'rejects-anonymous': ['rejects-anonymous'],
  zone: ['zone'],
  radius: ['radius'],
  diameter: ['diameter'],
  admin: ['admin'],
  phone: ['phone'],
  'client-certificate': ['client-certificate'],
}

/**
 * SARIF 2.1.0: a rule for each attack, a result for each that was tried. A result points at the line of the target file
 * that it is about; a target without a file is a logical location.
 */
export function reportSarif(report: Report): string {
  const { target, tool, attacks } = report
  const tried = attacks.filter(({ verdict }) => verdict !== 'skipped')
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: `${tool.name} audit`,
            version: tool.version,
            rules: tried.map(rule),
          },
        },
        automationDetails: { id: `aspis-audit/${encodeURIComponent(target.domain)}/` },
        invocations: [
          {
            executionSuccessful: report.died === undefined && !report.isInterrupted,
            startTimeUtc: report.startedAt,
            endTimeUtc: new Date(Date.parse(report.startedAt) + report.durationMs).toISOString(),
          },
        ],
        ...(target.file === undefined
          ? {}
          : { artifacts: [{ location: artifact(target.file), roles: ['analysisTarget'] }] }),
        columnKind: 'utf16CodeUnits',
        results: tried.map((attack, at) => result(report, attack, at)),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

function rule(attack: ReportedAttack): object {
  const { id, entry, title, expected, severity, clause, references, threats, mending } = attack
  const mends = PRODUCTS.map(each => ({ name: PRODUCT_NAMES[each], text: mending[each] }))
  const sources = [clause, ...references].join('; ')
  const text = [expected, ...mends.map(({ name, text }) => `${name}: ${text}`), `Source: ${sources}`].join(
    '\n\n',
  )
  const markdown = [
    `**Expected:** ${expected}`,
    ...mends.map(({ name, text }) => `**${name}:** ${text}`),
    `**Source:** ${sources}`,
  ].join('\n\n')
  return {
    id,
    name: id
      .split('-')
      .map(part => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
      .join(''),
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${expected}` },
    help: { text, markdown },
    defaultConfiguration: { level: levelOf(severity) },
    properties: {
      tags: ['security', 'sip', entry, ...threats],
      precision: 'high',
      'security-severity': SCORES[severity],
    },
  }
}

function levelOf(severity: ReportedAttack['severity']): 'error' | 'warning' | 'note' {
  if (severity === 'critical' || severity === 'high') return 'error'
  return severity === 'medium' ? 'warning' : 'note'
}

/** SARIF 2.1.0 §3.27.9: `fail` has a level, the other kinds have none. */
const KINDS = { succeeded: 'fail', resisted: 'pass', inconclusive: 'open', skipped: 'notApplicable' } as const

function result(report: Report, attack: ReportedAttack, ruleIndex: number): object {
  const { id, verdict, why, severity, durationMs, sent, counts } = attack
  return {
    ruleId: id,
    ruleIndex,
    kind: KINDS[verdict],
    level: verdict === 'succeeded' ? levelOf(severity) : 'none',
    message: { text: oneLine(why) },
    locations: [location(report, attack)],
    partialFingerprints: { 'attack/v1': `${report.target.domain}:${id}` },
    properties: { verdict, durationMs, sent, ...(counts === undefined ? {} : { counts }) },
  }
}

function location({ target }: Report, { needs }: ReportedAttack): object {
  const ports = Object.entries(target.ports).map(([transport, port]) => `${transport.toLowerCase()}:${port}`)
  const name = `sip:${target.domain}`
  const logicalLocations = [
    { name, fullyQualifiedName: `${name} (${target.ip} ${ports.join(' ')})`, kind: 'resource' },
  ]
  if (target.file === undefined) return { logicalLocations }
  const { lines = {} } = target
  const settings = [...needs.flatMap(need => SETTINGS[need] ?? []), 'target']
  const startLine = settings.map(setting => lines[setting]).find(line => line !== undefined)
  return {
    physicalLocation: {
      artifactLocation: artifact(target.file),
      ...(startLine === undefined ? {} : { region: { startLine } }),
    },
    logicalLocations,
  }
}

/** A path as a relative reference (RFC 3986 §4.2), from where the audit was started. */
function artifact(file: string): object {
  const path = file.replace(/^\.\//, '').split('/').map(encodeURIComponent).join('/')
  return file.startsWith('/') ? { uri: `file://${path}` } : { uri: path, uriBaseId: '%SRCROOT%' }
}
