import { quoted } from '../../detect/quoted.ts'
import type { Explanation } from './responses.ts'

const EXEMPT = {
  'allow-list': 'it is in the allow list of detection',
  'own-address': 'it is an address of this server',
  trunk: 'it belongs to a trunk',
} as const
const FINDINGS_SHOWN = 5

/**
 * A text for a terminal: whatever is no printable ASCII is written as `\uNNNN`, line ends aside. JSON stays JSON, and
 * means the same.
 */
export function printable(text: string): string {
  return text.replace(/[^\n\u0020-\u007e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** `59 s`, `12 min`, `3 h`, `2 d`. */
export function remaining(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

/** Why somebody is banned or not, in lines. */
export function explained(explanation: Explanation, nowMs: number): string {
  const { subject, order, wouldBe, incident, judgement, residents, exemption, offences, ban } = explanation
  const lines: string[] = [`${subject.kind} ${quoted(subject.name)}`]
  if (order !== undefined) {
    const until = `${new Date(order.endsMs).toISOString()} (${remaining(order.endsMs - nowMs)} left)`
    lines.push(
      `  ordered: ${order.action}${order.isForUnproved ? ' of what comes unproved' : ''}, by ${order.by}, until ${until}`,
    )
    lines.push(`  why: ${order.why}`)
  } else if (ban !== undefined) {
    lines.push(`  banned with ${ban.network}, ${remaining(ban.endsMs - nowMs)} left`, `  why: ${ban.why}`)
  } else lines.push('  nothing is ordered')
  if (wouldBe !== undefined) lines.push(`  would have been ordered: ${wouldBe.action}, since ${wouldBe.why}`)
  if (offences > 0) lines.push(`  offences: ${offences}; the next ban is longer`)
  if (exemption !== undefined) lines.push(`  never acted against: ${EXEMPT[exemption]}`)
  if (residents > 0) lines.push(`  accounts that logged in from there within a day: ${residents}`)
  if (judgement !== undefined && judgement.restraint !== '')
    lines.push(`  no more is done: ${judgement.restraint}`)
  if (incident === undefined) return [...lines, '  no incident'].join('\n')
  lines.push(
    `  incident ${incident.id}: ${incident.count} findings since ${new Date(incident.openedWallMs).toISOString()}`,
  )
  for (const finding of incident.findings.slice(-FINDINGS_SHOWN)) {
    const { id, score, confidence, isSpoofable, why, evidence } = finding
    lines.push(
      `  finding ${id}: score ${score}, confidence ${confidence}${isSpoofable ? ', may be forged' : ''}`,
      `    ${why}`,
      ...evidence
        .slice(-3)
        .map(
          ({ atMs, from, title }) => `    evidence at ${Math.round(atMs)} ms from ${from}: ${quoted(title)}`,
        ),
    )
  }
  if (incident.links.length > 0) lines.push(`  belongs to: ${incident.links.map(quoted).join(', ')}`)
  return lines.join('\n')
}
