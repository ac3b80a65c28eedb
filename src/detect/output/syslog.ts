import { subjectKey } from '../subject.ts'
import type { OutputRecord } from './record.ts'

/** Who writes. */
export interface SyslogSender {
  readonly host: string
  readonly pid: number
}

/** RFC 5424 §6.2.1: security and authorisation messages. */
const FACILITY = 10
const SEVERITY = { error: 3, warning: 4, notice: 5, info: 6 } as const
/** IANA's number for examples and documentation: RFC 5424 §7.2.2 wants one, and we have none of our own. */
const ENTERPRISE = 'aspis@32473'
const MAX_VALUE = 512

/** A record as one message of syslog (RFC 5424), all ASCII, without line end. */
export function syslogMessage(record: OutputRecord, { host, pid }: SyslogSender): string {
  const { severity, params, text } = partsOf(record)
  const priority = FACILITY * 8 + SEVERITY[severity]
  const data = params.map(([name, value]) => `${name}="${paramValue(value)}"`).join(' ')
  const time = new Date(record.wallMs).toISOString()
  return `<${priority}>1 ${time} ${printable(host) || '-'} aspis ${pid} ${record.kind} [${ENTERPRISE} ${data}] ${plainText(text)}`
}

interface Parts {
  readonly severity: keyof typeof SEVERITY
  readonly params: readonly (readonly [string, string])[]
  readonly text: string
}

function partsOf(record: OutputRecord): Parts {
  switch (record.kind) {
    case 'finding': {
      const { detector, subject, score, confidence, isSpoofable, why } = record.finding
      return {
        severity: confidence === 'high' ? 'error' : 'warning',
        params: [
          ['id', record.id],
          ['detector', detector],
          ['subject', subjectKey(subject)],
          ['score', String(score)],
          ['confidence', confidence],
          ['forgeable', String(isSpoofable)],
        ],
        text: why,
      }
    }
    case 'order': {
      const { action, subject, endsMs, offence, isMonitorOnly, why } = record.order
      return {
        severity: 'warning',
        params: [
          ['id', record.id],
          ['action', action],
          ['change', record.change],
          ['subject', subjectKey(subject)],
          ['ends', new Date(endsMs).toISOString()],
          ['offence', String(offence)],
          ['monitor', String(isMonitorOnly)],
        ],
        text: why,
      }
    }
    case 'event': {
      const { event, from, port, transport, account, why, callId } = record
      return {
        severity: event === 'credentials-accepted' ? 'info' : 'notice',
        params: [
          ['id', record.id],
          ['event', event],
          ['from', from],
          ['port', String(port)],
          ['transport', transport],
          ['account', account],
          ['why', why],
          ['callId', callId],
        ],
        text: event,
      }
    }
  }
}

/** RFC 5424 §6.3.3: quote, backslash and bracket are escaped; what is no printable ASCII is written as `#NNN`. */
function paramValue(value: string): string {
  let safe = ''
  for (const char of value.slice(0, MAX_VALUE)) {
    const code = char.charCodeAt(0)
    if (char === '"' || char === '\\' || char === ']') safe += `\\${char}`
    else safe += code >= 0x20 && code < 0x7f ? char : `#${code.toString(8).padStart(3, '0')}`
  }
  return safe
}

function plainText(text: string): string {
  let safe = ''
  for (const char of text) {
    const code = char.charCodeAt(0)
    safe += code >= 0x20 && code < 0x7f ? char : `#${code.toString(8).padStart(3, '0')}`
  }
  return safe
}

/** RFC 5424 §6: a name has no space. */
function printable(name: string): string {
  return [...name]
    .filter(char => char > ' ' && char < '\x7f')
    .join('')
    .slice(0, 255)
}
