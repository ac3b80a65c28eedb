import { z } from 'zod'
import type { Attack } from '../attack.ts'
import type { Audit } from '../audit.ts'
import { gradedOf, gradeOf } from '../grade.ts'
import { PRODUCTS, type Product } from '../product.ts'
import { withoutSecrets } from './secrets-out.ts'

/** Of the JSON report; it goes up when a field changes its meaning or goes away. */
export const REPORT_VERSION = 1

const Place = z.object({ ip: z.string(), port: z.number() })
const Rung = z.object({
  atMs: z.number(),
  who: z.string(),
  isSent: z.boolean(),
  transport: z.string(),
  local: Place,
  remote: Place,
  /** One character an octet. */
  text: z.string(),
  octets: z.number(),
})
const SeveritySchema = z.enum(['low', 'medium', 'high', 'critical'])
const VerdictSchema = z.enum(['resisted', 'succeeded', 'inconclusive', 'skipped'])
const Tried = z.object({
  id: z.string(),
  entry: z.string(),
  title: z.string(),
  threats: z.array(z.string()),
  clause: z.string(),
  references: z.array(z.string()),
  severity: SeveritySchema,
  isIntrusive: z.boolean(),
  maxMessages: z.number(),
  needs: z.array(z.string()),
  expected: z.string(),
  mending: z.object({ aspis: z.string(), kamailio: z.string(), opensips: z.string(), asterisk: z.string() }),
  verdict: VerdictSchema,
  why: z.string(),
  counts: z.record(z.string(), z.number()).optional(),
  durationMs: z.number(),
  sent: z.number(),
  ladder: z.object({ rungs: z.array(Rung), omitted: z.number() }),
})
const ReportSchema = z.object({
  format: z.literal('aspis-audit'),
  version: z.literal(REPORT_VERSION),
  tool: z.object({ name: z.string(), version: z.string() }),
  target: z.object({
    ip: z.string(),
    domain: z.string(),
    ports: z.record(z.string(), z.number()),
    accounts: z.array(z.string()),
    file: z.string().optional(),
    /** Line of each setting in the file, from 1. */
    lines: z.record(z.string(), z.number()).optional(),
  }),
  /** What the target says it is, in Server or User-Agent. */
  server: z.string().optional(),
  product: z.enum(PRODUCTS).optional(),
  profile: z.enum(['safe', 'full']),
  startedAt: z.string(),
  durationMs: z.number(),
  sent: z.number(),
  died: z.string().optional(),
  isInterrupted: z.boolean(),
  grade: z.object({
    letter: z.enum(['A+', 'A', 'B', 'C', 'D', 'F']).optional(),
    confidence: z.enum(['high', 'medium', 'low']),
    score: z.number(),
    triedPercent: z.number(),
    reasons: z.array(z.string()),
  }),
  summary: z.object({
    resisted: z.number(),
    succeeded: z.number(),
    inconclusive: z.number(),
    skipped: z.number(),
  }),
  attacks: z.array(Tried),
})

/** A run as every report shows it; what the JSON report is. */
export type Report = z.infer<typeof ReportSchema>

/** An attack of a report with what came of it. */
export type ReportedAttack = z.infer<typeof Tried>

/** One message of a report. */
export type ReportedRung = z.infer<typeof Rung>

/** What a report says besides what the run found. */
export interface ReportOptions {
  /** Every attack that there is: the grade looks at what was left out, too. */
  readonly all: readonly Attack[]
  /** Of this program. */
  readonly version: string
  readonly server?: string
  readonly product?: Product
  readonly lines?: Readonly<Record<string, number>>
}

/** Puts the report together; passwords and other secrets of the target are not in it. */
export function reportOf(audit: Audit, options: ReportOptions): Report {
  const { target, results } = audit
  const clean = withoutSecrets(target)
  const byId = new Map(options.all.map(attack => [attack.id, attack]))
  const attacks = results.flatMap(result => {
    const attack = byId.get(result.attack)
    if (attack === undefined) return []
    const { run: _run, ...about } = attack
    const { verdict, counts, durationMs, sent, ladder } = result
    return {
      ...about,
      threats: [...about.threats],
      references: [...about.references],
      needs: [...about.needs],
      verdict,
      why: clean(result.why),
      ...(counts === undefined ? {} : { counts: { ...counts } }),
      durationMs: Math.round(durationMs),
      sent,
      ladder: {
        rungs: ladder.rungs.map(rung => ({
          ...rung,
          atMs: Math.round(rung.atMs * 10) / 10,
          text: clean(rung.text),
        })),
        omitted: ladder.omitted,
      },
    }
  })
  const grade = gradeOf(
    gradedOf(options.all, audit.profile, new Map(attacks.map(each => [each.id, each]))),
    audit.isDead,
  )
  const count = (verdict: ReportedAttack['verdict']): number =>
    attacks.filter(each => each.verdict === verdict).length
  return {
    format: 'aspis-audit',
    version: REPORT_VERSION,
    tool: { name: 'aspis', version: options.version },
    target: {
      ip: target.ip,
      domain: target.domain,
      ports: { ...target.ports },
      accounts: target.accounts.map(({ user }) => user),
      ...(target.file === undefined ? {} : { file: target.file }),
      ...(options.lines === undefined ? {} : { lines: { ...options.lines } }),
    },
    ...(options.server === undefined ? {} : { server: options.server }),
    ...(options.product === undefined ? {} : { product: options.product }),
    profile: audit.profile,
    startedAt: audit.startedAt,
    durationMs: Math.round(audit.durationMs),
    sent: attacks.reduce((sum, { sent }) => sum + sent, 0),
    ...(audit.died === undefined ? {} : { died: clean(audit.died) }),
    isInterrupted: audit.isInterrupted,
    grade: { ...grade, reasons: [...grade.reasons] },
    summary: {
      resisted: count('resisted'),
      succeeded: count('succeeded'),
      inconclusive: count('inconclusive'),
      skipped: count('skipped'),
    },
    attacks,
  }
}

/** A report out of the text of a JSON report; nothing when it is none. */
export function readReport(text: string): Report | undefined {
  try {
    return ReportSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
