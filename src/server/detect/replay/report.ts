import { createHash } from 'node:crypto'
import { printAddress } from '../../../base/flow.ts'
import type { Evidence, Finding } from '../../../detect/finding.ts'
import type { Order } from '../../../detect/order.ts'
import { quoted } from '../../../detect/quoted.ts'
import type { Subject } from '../../../detect/subject.ts'
import type { ReplayOutcome } from './replay-file.ts'

/** Of every verdict: the same capture gives the same. */
export function hashOf({ findings }: ReplayOutcome): string {
  const hash = createHash('sha256')
  for (const finding of findings) hash.update(`${JSON.stringify(finding)}\n`)
  return hash.digest('hex')
}

/** One object, ASCII. */
export function reportJson(file: string, outcome: ReplayOutcome): string {
  const { findings, summary, servers, areServersFound, problem } = outcome
  const report = {
    file,
    servers: servers.map(printPlace),
    serversFound: areServersFound,
    began: isoOf(summary.beganWallMs),
    seconds: rounded(summary.lastedMs / 1000),
    findings: findings.map(({ atMs, wallMs, evidence, ...rest }) => ({
      ...{ at: isoOf(wallMs), ...rest },
      evidence: evidence.map(({ atMs: sentMs, ...each }) => ({ at: isoOf(wallMs + sentMs - atMs), ...each })),
    })),
    incidents: outcome.incidents,
    wouldBe: outcome.orders,
    packets: summary.packets,
    datagrams: summary.datagrams,
    segments: summary.segments,
    messages: { ...summary.messages, byKind: Object.fromEntries(summary.kinds) },
    streams: summary.streams,
    notRead: Object.fromEntries(summary.notRead),
    disabled: Object.fromEntries(summary.disabled),
    ...(problem === undefined ? {} : { problem }),
    verdicts: hashOf(outcome),
  }
  return ascii(JSON.stringify(report, undefined, 2))
}

/** For people. */
export function reportText(file: string, outcome: ReplayOutcome): string {
  const { findings, incidents, orders, summary, servers, areServersFound } = outcome
  const { messages, streams } = summary
  const lines = [
    `${file}: ${counted(summary.packets)} packets in ${rounded(summary.lastedMs / 1000)} s from ${isoOf(summary.beganWallMs)}`,
    servers.length === 0
      ? 'server: none found; name it with --server'
      : `server: ${servers.map(printPlace).join(', ')}${areServersFound ? ' (found)' : ''}`,
  ]
  for (const finding of findings) lines.push('', ...linesOf(finding))
  if (incidents.length > 0) lines.push('', 'incidents')
  for (const { subject, score, classes, findings: count } of incidents) {
    lines.push(
      `  ${named(subject)}: score ${score}, ${count} findings${classes.length === 0 ? ', all forgeable' : ` (${classes.join(', ')})`}`,
    )
  }
  if (orders.length > 0) lines.push('', 'a server that acts would have')
  for (const order of orders) lines.push(`  ${orderLine(order)}`)
  lines.push(
    '',
    `findings: ${counted(findings.length)}`,
    `to the server: ${counted(messages.requests)} requests, ${counted(messages.responses)} responses, ${counted(messages.malformed)} malformed`,
    `  ${summary.kinds.map(([kind, count]) => `${quoted(kind).slice(1, -1)} ${counted(count)}`).join(', ') || 'none'}`,
    `from the server: ${counted(messages.sent)} messages; keep-alives ${counted(messages.keepAlives)}, STUN ${counted(messages.stun)}`,
  )
  const left = [
    ...summary.notRead,
    ...Object.entries({ ...streams, sip: 0 }).map(([kind, count]) => [`tcp-${kind}`, count] as const),
    ['between-others', messages.past] as const,
  ].filter(([, count]) => count > 0)
  lines.push(`not read: ${left.map(([why, count]) => `${why} ${counted(count)}`).join(', ') || 'nothing'}`)
  for (const [detector, why] of summary.disabled) lines.push(`failed: ${detector}: ${quoted(why)}`)
  lines.push(`verdicts: sha256 ${hashOf(outcome)}`)
  return lines.join('\n')
}

function linesOf(finding: Finding): string[] {
  const { wallMs, detector, subject, why, score, confidence, isSpoofable, isMonitorOnly, evidence } = finding
  const marks = [`score ${score}`, confidence]
  if (isSpoofable) marks.push('forgeable')
  if (isMonitorOnly) marks.push('monitor')
  return [
    `${isoOf(wallMs)}  ${detector}  ${named(subject)}  (${marks.join(', ')})`,
    `  ${why}`,
    ...evidence.map(each => `    ${evidenceLine(each, finding)}`),
  ]
}

function evidenceLine({ atMs, from, title }: Evidence, finding: Finding): string {
  return `${isoOf(finding.wallMs + atMs - finding.atMs)}  ${from}  ${quoted(title, 120)}`
}

function orderLine({ action, subject, beganMs, endsMs, isForUnproved }: Order): string {
  const scope = isForUnproved ? ', what comes unproved' : ''
  return `${isoOf(beganMs)}  ${action}  ${named(subject)}${scope}, for ${rounded((endsMs - beganMs) / 1000)} s`
}

/** Addresses as they are; what a peer may have written quoted. */
function named({ kind, name }: Subject): string {
  if (kind === 'source' || kind === 'prefix') return `${kind} ${name}`
  return name === '' ? kind : `${kind} ${quoted(name)}`
}

function printPlace({ ip, port }: { readonly ip: string; readonly port: number }): string {
  return port === 0 ? ip : printAddress({ ip, port })
}

function isoOf(wallMs: number): string {
  const date = new Date(Number.isFinite(wallMs) ? wallMs : 0)
  return Number.isNaN(date.getTime()) ? String(Math.round(wallMs)) : date.toISOString()
}

function counted(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

function rounded(number: number): number {
  return Math.round(number * 1000) / 1000
}

/** Terminals read some characters above ASCII as commands. */
function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
