import type { Finding } from '../finding.ts'
import type { EventRecord, OutputRecord } from './record.ts'

/** Where the server listens, for the field LocalAddress. */
export interface LocalEnd {
  readonly ip: string
  readonly port: number
}

/**
 * A record as a line of Asterisk's security log, the form that rules for fail2ban and CrowdSec match; undefined where
 * that form has nothing for it. Such rules ban the address that a line names, so lines that count against somebody are
 * written only of addresses that proved to receive: nobody gets another one banned by forging his.
 */
export function securityEventLine(record: OutputRecord, local: LocalEnd): string | undefined {
  switch (record.kind) {
    case 'event':
      return ofEvent(record, local)
    case 'finding':
      return ofFinding(record.finding, record.wallMs, local)
    case 'order':
      return undefined
  }
}

/** Refusals that say nothing against who sent it: a phone that did not know, or whose nonce had run out. */
const HARMLESS: ReadonlySet<string> = new Set(['nonce-expired', 'nonce-forgotten'])

function ofEvent(record: EventRecord, local: LocalEnd): string | undefined {
  const { event, account, from, port, transport, why, isProved, callId, wallMs } = record
  const ends: Ends = { from, port, transport, local }
  if (event === 'credentials-accepted')
    return line('SuccessfulAuth', 'Informational', wallMs, account, callId, ends)
  if (event !== 'credentials-refused' || HARMLESS.has(why)) return undefined
  if (!isProved) return undefined
  const name =
    why === 'wrong-credentials' || why === 'guessing' ? 'InvalidPassword' : 'ChallengeResponseFailed'
  return line(name, 'Error', wallMs, account, callId, ends, [['Reason', why]])
}

function ofFinding(finding: Finding, wallMs: number, local: LocalEnd): string | undefined {
  const { subject, isSpoofable, isMonitorOnly, detector, id } = finding
  if (subject.kind !== 'source' || isSpoofable || isMonitorOnly) return undefined
  // A whole IPv6 network has no place in that form: its first address stands for it.
  const from = subject.name.replace(/::\/64$/, '::')
  const ends: Ends = { from, port: 0, transport: 'udp', local }
  return line('FailedACL', 'Error', wallMs, '', id, ends, [['ACLName', detector]])
}

interface Ends {
  readonly from: string
  readonly port: number
  readonly transport: string
  readonly local: LocalEnd
}

function line(
  name: string,
  severity: string,
  wallMs: number,
  account: string,
  session: string,
  { from, port, transport, local }: Ends,
  more: readonly (readonly [string, string])[] = [],
): string {
  const time = new Date(wallMs).toISOString().replace('Z', '+0000')
  const fields = [
    ['SecurityEvent', name],
    ['EventTV', time],
    ['Severity', severity],
    ['Service', 'PJSIP'],
    ['EventVersion', '1'],
    ['AccountID', encoded(account)],
    ['SessionID', encoded(session)],
    ['LocalAddress', address(local.ip, local.port, transport)],
    ['RemoteAddress', address(from, port, transport)],
    ...more.map(([key, value]) => [key, encoded(value)] as const),
  ]
  return `[${time}] SECURITY[1] aspis: ${fields.map(([key, value]) => `${key}="${value}"`).join(',')}`
}

function address(ip: string, port: number, transport: string): string {
  return `IPV${ip.includes(':') ? 6 : 4}/${transport.toUpperCase()}/${encodedAddress(ip)}/${port}`
}

/** Addresses are ours, but nothing is trusted twice. */
function encodedAddress(ip: string): string {
  return encoded(ip).replaceAll('%3a', ':')
}

const MAX_FIELD = 128

/** Letters, digits and `@._+-` as they are, everything else as %XX: what a peer calls itself cannot end a field. */
export function encoded(text: string): string {
  let safe = ''
  for (const char of text.slice(0, MAX_FIELD)) {
    const code = char.charCodeAt(0)
    const isPlain =
      (code >= 0x30 && code <= 0x39) ||
      (code >= 0x40 && code <= 0x5a) ||
      (code >= 0x61 && code <= 0x7a) ||
      char === '.' ||
      char === '_' ||
      char === '+' ||
      char === '-'
    safe += isPlain ? char : `%${(code & 0xff).toString(16).padStart(2, '0')}`
  }
  return safe
}
