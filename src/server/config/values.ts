import { isIP } from 'node:net'
import type { TransportName } from '../../base/flow.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import type { RuleFrom, RuleTo } from '../../mechanisms/policy/index.ts'
import { canonicalDomain } from '../../mechanisms/tls/domain-name.ts'
import { aorOf } from '../../sip/uri/equals.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import type { AdminConfig, ListenConfig } from './config.ts'
import { didYouMean } from './suggest.ts'

/** Reads one written value; the failure is the sentence that the operator gets. */
export type ReadValue<T> = (written: string) => Result<T, string>

const TRANSPORTS: readonly TransportName[] = ['udp', 'tcp', 'tls', 'ws', 'wss']
const DEFAULT_PORTS: Readonly<Record<TransportName, number>> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 7080,
  wss: 7443,
}
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `udp://0.0.0.0:5060`, `tls://[::]:5061`; the port may be left out. */
export const readListen: ReadValue<ListenConfig> = written => {
  const scheme = written.indexOf('://')
  if (scheme < 0)
    return failed(`"${written}" is not of the form transport://address:port, such as udp://0.0.0.0:5060`)
  const transport = TRANSPORTS.find(name => name === written.slice(0, scheme))
  if (transport === undefined) {
    const name = written.slice(0, scheme)
    return failed(
      `unknown transport "${name}"${didYouMean(name, TRANSPORTS) || ` (one of ${TRANSPORTS.join(', ')})`}`,
    )
  }
  const place = readHostPort(written.slice(scheme + 3), DEFAULT_PORTS[transport])
  if (!place.ok) return place
  if (isIP(place.value.host) === 0) {
    return failed(
      `"${place.value.host}" is not an IP address of this machine; write 0.0.0.0 for all, or one address`,
    )
  }
  const ip = place.value.host
  const text = `${transport}://${ip.includes(':') ? `[${ip}]` : ip}:${place.value.port}`
  return ok({ transport, ip, port: place.value.port, text })
}

/** `http://127.0.0.1:9090`, or `off`. */
export const readAdmin: ReadValue<AdminConfig | 'off'> = written => {
  if (written === 'off') return ok('off')
  const secure = written.startsWith('https://')
  if (!secure && !written.startsWith('http://')) {
    return failed(`"${written}" is not of the form http://127.0.0.1:9090 (or "off")`)
  }
  const rest = written.slice(secure ? 8 : 7)
  const place = readHostPort(rest.endsWith('/') ? rest.slice(0, -1) : rest, 9090)
  if (!place.ok) return place
  return ok({ ...place.value, isSecure: secure })
}

/** A DNS name or IP address, in the form in which domains are compared. */
export const readDomain: ReadValue<string> = written => {
  const domain = canonicalDomain(written.replace(/^\[(.*)\]$/, '$1'))
  if (domain !== undefined) return ok(domain)
  const why = written.includes('*')
    ? 'wildcards are not domains'
    : /^sips?:/i.test(written)
      ? 'write the name without "sip:"'
      : written.includes('@')
        ? 'write the part after the @'
        : 'not a DNS name or IP address'
  return failed(`"${written}": ${why}`)
}

/** A host that is put into Via and Record-Route. */
export const readHost: ReadValue<string> = written => {
  if (written.includes('://') || /:\d+$/.test(written))
    return failed(`"${written}": write the host alone, without port`)
  return readDomain(written)
}

/** A `sip:` or `sips:` URI with its host, port and transport. */
export const readTarget: ReadValue<{
  uri: string
  host: string
  port?: number
  transport: TransportName
}> = written => {
  const uri = parseUri(written)
  if (!uri.ok || (uri.value.scheme !== 'sip' && uri.value.scheme !== 'sips')) {
    return failed(`"${written}" is not a SIP URI, such as sip:sbc.example.net;transport=tls`)
  }
  const isSips = uri.value.scheme === 'sips'
  const name = (uri.value.params.get('transport') ?? '').toLowerCase()
  const transport = name === '' ? (isSips ? 'tls' : 'udp') : TRANSPORTS.find(known => known === name)
  if (transport === undefined) return failed(`unknown transport "${name}"${didYouMean(name, TRANSPORTS)}`)
  if (transport === 'ws' || transport === 'wss')
    return failed('a WebSocket cannot be opened from here; use tls, tcp or udp')
  if (isSips && transport === 'udp') return failed('sips: needs TLS, not udp')
  const port = uri.value.port
  return ok({
    uri: written,
    host: uri.value.host,
    ...(port === undefined ? {} : { port }),
    transport: isSips ? 'tls' : transport,
  })
}

/** `sip:edge.example.test;lr`: a Route value for phones; `lr` is added where it was forgotten (RFC 3608 §6.1). */
export const readRoute: ReadValue<string> = written => {
  const target = readTarget(written)
  if (!target.ok) return target
  const uri = parseUri(written)
  const isLoose = uri.ok && uri.value.params.has('lr')
  return ok(`<${written}${isLoose ? '' : ';lr'}>`)
}

/** `alice@example.test` or a SIP URI, as canonical `sip:user@host`. */
export const readAor: ReadValue<string> = written => {
  const uri = parseUri(/^sips?:/i.test(written) ? written : `sip:${written}`)
  if (!uri.ok || uri.value.user === undefined)
    return failed(`"${written}" is not a user, such as alice@example.test`)
  return ok(aorOf(uri.value))
}

/** `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. */
export const readPrefix: ReadValue<string> = written => {
  const slash = written.indexOf('/')
  const ip = slash < 0 ? written : written.slice(0, slash)
  const family = isIP(ip)
  if (family === 0) return failed(`"${written}" is not an IP address or prefix, such as 192.0.2.0/24`)
  if (slash < 0) return ok(ip.toLowerCase())
  const bits = written.slice(slash + 1)
  const most = family === 4 ? 32 : 128
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most)
    return failed(`"${written}": the prefix length is 0 to ${most}`)
  return ok(`${ip.toLowerCase()}/${Number(bits)}`)
}

/** A DNS name, an address or a prefix of addresses. */
export const readHostOrPrefix: ReadValue<string> = written => {
  const prefix = readPrefix(written)
  return prefix.ok ? prefix : readDomain(written)
}

/** `192.0.2.53` or `192.0.2.53:5353`. */
export const readServer: ReadValue<{ ip: string; port: number }> = written => {
  const bare = isIP(written) === 6 ? `[${written}]` : written
  const place = readHostPort(bare, 53)
  if (!place.ok) return place
  if (isIP(place.value.host) === 0) return failed(`"${written}": a name server is written as an IP address`)
  return ok({ ip: place.value.host, port: place.value.port })
}

/** `own-users`, `alice@example.test`, `*@example.test` or `trunk:NAME`. */
export const readRuleFrom: ReadValue<RuleFrom> = written => {
  if (written === 'own-users') return ok({ kind: 'own-users' })
  if (written.startsWith('trunk:')) return ok({ kind: 'trunk', trunk: written.slice(6) })
  if (written.startsWith('*@')) {
    const domain = readDomain(written.slice(2))
    return domain.ok ? ok({ kind: 'domain', domain: domain.value }) : domain
  }
  if (written === '*' || written === 'anyone') {
    return failed('strangers are never let out (an open relay); write own-users, a user or trunk:NAME')
  }
  const aor = written.includes('@') ? readAor(written) : failed('')
  if (aor.ok) return ok({ kind: 'user', aor: aor.value })
  return failed(
    `"${written}"${didYouMean(written, ['own-users'])}: write own-users, a user@domain, *@domain or trunk:NAME`,
  )
}

/** `*`, `own-users`, `other-domains`, `class:NAME`, a prefix such as `+44*`, or a domain. */
export const readRuleTo: ReadValue<RuleTo> = written => {
  if (written === '*') return ok({ kind: 'anywhere' })
  if (written === 'own-users' || written === 'other-domains') return ok({ kind: written })
  if (written.startsWith('class:')) return ok({ kind: 'class', name: written.slice('class:'.length) })
  if (/^(?:\+|\+?\d+)\*$/.test(written)) return ok({ kind: 'prefix', prefix: written.slice(0, -1) })
  if (/^\+?\d+$/.test(written)) return failed(`"${written}": a number prefix ends in *, such as "+44*"`)
  const domain = readDomain(written)
  return domain.ok
    ? ok({ kind: 'domain', domain: domain.value })
    : failed(`${domain.error}; write a domain, "+44*" or "*"`)
}

/** An origin of a web page: `https://phone.example.test`. */
export const readOrigin: ReadValue<string> = written => {
  if (!URL.canParse(written))
    return failed(`"${written}" is not an origin, such as https://phone.example.test`)
  const url = new URL(written)
  if (url.origin === 'null' || url.origin !== written.toLowerCase().replace(/\/$/, '')) {
    return failed(`"${written}" is not an origin: scheme and host only, such as https://phone.example.test`)
  }
  return ok(url.origin)
}

/**
 * `300ms`, `30s`, `5m`, `1h`, `7d`, or a plain number in the setting's own unit.
 * @returns a reader of a number of `unit`, within `min` and `max` (same unit)
 */
export function readDuration(unit: 'ms' | 's', min: number, max: number): ReadValue<number> {
  return written => {
    const match = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(written.replace(' ', ''))
    if (match === null) return failed(`"${written}" is not a duration, such as 30s, 5m or 1h`)
    const ms = Number(match[1]) * (UNIT_MS[match[2] ?? unit] ?? 1)
    const value = unit === 'ms' ? ms : ms / 1000
    if (!Number.isInteger(value)) return failed(`"${written}": whole seconds only`)
    if (value < min || value > max) return failed(`"${written}" is out of range: ${min} to ${max} ${unit}`)
    return ok(value)
  }
}

/** `host`, `host:port` or `[ipv6]:port`. */
export function readHostPort(
  written: string,
  defaultPort: number,
): Result<{ host: string; port: number }, string> {
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(written)
  if (bracket === null && written.split(':').length > 2) {
    return failed(`"${written}": an IPv6 address stands in brackets, such as [::1]:5060`)
  }
  const colon = written.lastIndexOf(':')
  const host = bracket?.[1] ?? (colon < 0 ? written : written.slice(0, colon))
  const portText = bracket === null ? (colon < 0 ? undefined : written.slice(colon + 1)) : bracket[2]
  if (host === '') return failed(`"${written}": the address is missing`)
  if (bracket !== null && isIP(host) !== 6) return failed(`"${host}" is not an IPv6 address`)
  if (portText === undefined) return ok({ host: host.toLowerCase(), port: defaultPort })
  const port = Number(portText)
  if (!/^\d{1,5}$/.test(portText) || port < 1 || port > 65_535)
    return failed(`"${portText}" is not a port (1 to 65535)`)
  return ok({ host: host.toLowerCase(), port })
}
