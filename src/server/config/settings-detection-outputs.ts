import { z } from 'zod'
import { failed, ok } from '../../base/result.ts'
import { count, flag, list, row, text, written } from './row.ts'
import type { ReadValue } from './values.ts'

/** A collector's place, as `udp://192.0.2.5:514`. */
export interface CollectorPlace {
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly host: string
  readonly port: number
}

const TRANSPORTS = ['udp', 'tcp', 'tls'] as const

/** `udp://HOST:PORT`, `tcp://…` or `tls://…`; an IPv6 address stands in brackets. */
function readPlace(allowed: readonly CollectorPlace['transport'][]): ReadValue<CollectorPlace> {
  return value => {
    const form = `write ${allowed.map(each => `${each}://HOST:PORT`).join(' or ')}`
    const transport = TRANSPORTS.find(each => allowed.includes(each) && value.startsWith(`${each}://`))
    if (transport === undefined) return failed(`"${value}": ${form}`)
    const rest = value.slice(transport.length + 3)
    const colon = rest.lastIndexOf(':')
    const host = rest.slice(0, colon).replace(/^\[|\]$/g, '')
    const port = Number(rest.slice(colon + 1))
    if (
      colon <= 0 ||
      host === '' ||
      /[\s/@?#]/.test(host) ||
      !Number.isInteger(port) ||
      port < 1 ||
      port > 65535
    )
      return failed(`"${value}": ${form}`)
    return ok({ transport, host, port })
  }
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Findings name people: they leave the machine encrypted. */
const readUrl: ReadValue<string> = value => {
  if (!URL.canParse(value)) return failed(`"${value}": write a URL, https://HOST/PATH`)
  const url = new URL(value)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) return ok(value)
  return failed(`"${value}": write https://…; http:// leads to this machine only`)
}

const events = row(
  'true or false',
  'false',
  'Whether security events go there too, beside findings and what followed.',
  flag().default(false),
)

// biome-ignore format: one setting a line
export const FileOutputObject = z.strictObject({
  path: row('path', 'required', 'The file; it is opened for each batch, so rotation needs nothing else.', text()),
  format: row('ndjson, eve, syslog or asterisk', 'ndjson', 'One JSON object a line; the EVE form of Suricata; RFC 5424; or the security log of Asterisk, for rules of fail2ban and CrowdSec.', z.enum(['ndjson', 'eve', 'syslog', 'asterisk']).default('ndjson')),
  events,
})

// biome-ignore format: one setting a line
export const SyslogOutputObject = z.strictObject({
  to: row('udp://, tcp:// or tls://HOST:PORT', 'required', 'The collector (RFC 5426, RFC 6587, RFC 5425).', written(readPlace(['udp', 'tcp', 'tls']))),
  events,
})

// biome-ignore format: one setting a line
export const WebhookOutputObject = z.strictObject({
  url: row('URL', 'required', 'Where records are posted as a JSON list, signed with HMAC-SHA-256.', written(readUrl)),
  'secret-file': row('path', 'required', 'File with the key of the signature, at least 16 characters.', text()),
  events,
})

// biome-ignore format: one setting a line
export const HepOutputObject = z.strictObject({
  to: row('udp://HOST:PORT', 'required', 'A collector of HEP version 3, such as Homer: messages behind findings, and the verdicts.', written(readPlace(['udp']))),
  'capture-id': row('number', '2001', 'Number of this capture point.', count(1, 4_294_967_295).default(2001)),
  'password-file': row('path', 'none', 'File with the key that the collector asks for.', text().optional()),
})

// biome-ignore format: one setting a line
export const CapturesOutputObject = z.strictObject({
  folder: row('path', 'required', 'Folder of a ring of pcapng files: the messages behind each finding, with the verdict in the comment of the last packet.', text()),
  'file-size': row('number', '10', 'Size of one file.', count(1, 1024).default(10), { unit: 'MiB' }),
  files: row('number', '10', 'How many files are kept.', count(1, 1000).default(10)),
})

// biome-ignore format: one setting a line
export const DetectionOutputsObject = z.strictObject({
  files: row('list of objects', '[]', 'Files that findings are written to.', list(FileOutputObject).default([]), { of: FileOutputObject }),
  syslog: row('list of objects', '[]', 'Collectors of syslog.', list(SyslogOutputObject).default([]), { of: SyslogOutputObject }),
  webhooks: row('list of objects', '[]', 'URLs that records are posted to.', list(WebhookOutputObject).default([]), { of: WebhookOutputObject }),
  hep: row('list of objects', '[]', 'Collectors of HEP.', list(HepOutputObject).default([]), { of: HepOutputObject }),
  captures: row('object', 'none', 'Captures of the messages behind findings.', CapturesOutputObject.optional(), { of: CapturesOutputObject }),
})
