import { isIP } from 'node:net'
import type { z } from 'zod'
import type {
  AdminConfig,
  DomainConfig,
  InsecureConfig,
  ListenConfig,
  NextHopConfig,
  PolicyConfig,
  TlsConfig,
  TrunkConfig,
} from './config.ts'
import { checkPolicy } from './policy.ts'
import type { ConfigPath } from './problem.ts'
import { type ConfigReader, type Item, isRecord } from './read.ts'
import type { RuleObject } from './settings-policy.ts'
import { didYouMean } from './suggest.ts'

/** The lists of a file, as far as they could be read. */
export interface Entries {
  readonly domains: readonly Item<DomainConfig>[]
  readonly listen: readonly Item<ListenConfig>[]
  readonly trunks: readonly Item<TrunkConfig>[]
  readonly rules: readonly Item<z.infer<typeof RuleObject>>[]
  readonly insecure: readonly Item<InsecureConfig>[]
}

/** Single settings that the checks look at; undefined where they could not be read. */
export interface Singles {
  readonly admin: AdminConfig | 'off' | undefined
  readonly advertise: string | undefined
  readonly digest:
    | { readonly qop: readonly string[]; readonly 'auth-int-methods': readonly string[] }
    | undefined
  readonly nextHop: NextHopConfig | undefined
  readonly policy: PolicyConfig | undefined
  readonly redirect: readonly string[] | undefined
  readonly registrar:
    | { readonly 'min-expires': number; readonly 'max-expires': number; readonly 'default-expires': number }
    | undefined
  readonly tls: TlsConfig | undefined
}

/** Everything that is wrong although each setting alone is well written. */
export function checkMeaning(reader: ConfigReader, entries: Entries, singles: Singles): void {
  checkDomains(reader, entries)
  checkListen(reader, entries.listen, singles)
  checkTrunks(reader, entries)
  const { rules, domains } = entries
  checkPolicy(reader, { rules, domains, policy: singles.policy, trunks: trunkNames(reader, entries.trunks) })
  checkInsecure(reader, entries)
  checkNextHop(reader, entries, singles.nextHop)
  checkSingles(reader, entries, singles)
}

function checkDomains(reader: ConfigReader, { domains }: Entries): void {
  const seen = new Map<string, number>()
  const see = (name: string, path: ConfigPath): void => {
    const line = seen.get(name)
    if (line !== undefined) reader.error(path, `"${name}" stands twice (first in line ${line})`)
    else seen.set(name, reader.source.place(path).line)
  }
  for (const { index, value } of domains) {
    const isObject = reader.source.has(['domains', index, 'name'])
    see(value.name, isObject ? ['domains', index, 'name'] : ['domains', index])
    for (const [at, alias] of value.aliases.entries()) see(alias, ['domains', index, 'aliases', at])
  }
}

function checkListen(reader: ConfigReader, listen: Entries['listen'], singles: Singles): void {
  for (const [at, { index, value }] of listen.entries()) {
    for (const before of listen.slice(0, at)) {
      if (before.value.port !== value.port || isDatagram(before.value) !== isDatagram(value)) continue
      if (before.value.ip === value.ip && before.value.transport === value.transport) {
        reader.error(['listen', index], `${value.text} stands twice`)
      } else if (overlap(before.value.ip, value.ip)) {
        reader.error(['listen', index], `${value.text} needs the same port as ${before.value.text}`)
      }
    }
    const admin = singles.admin
    if (
      admin !== undefined &&
      admin !== 'off' &&
      !isDatagram(value) &&
      admin.port === value.port &&
      overlap(admin.host, value.ip)
    ) {
      reader.error(['listen', index], `${value.text} needs the same port as admin`)
    }
    if (value.transport === 'ws' && !isLoopback(value.ip)) {
      reader.warning(['listen', index], 'ws carries everything in the clear; wss is what browsers want')
    }
  }
  const isSecure = listen.some(({ value }) => value.transport === 'tls' || value.transport === 'wss')
  const tls = singles.tls
  if (tls === undefined) return
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    const missing = tls.key === undefined ? 'key' : 'certificate'
    reader.error(['tls'], `${missing} is missing: certificate and key go together`)
  }
  if (tls.clientCertificates === 'require' && listen.length > 0 && !isSecure) {
    reader.error(['tls', 'client-certificates'], 'no listener uses TLS')
  }
}

function checkTrunks(reader: ConfigReader, { trunks, insecure, domains }: Entries): void {
  const plain = new Set(
    insecure.flatMap(({ value }) => (value.allow === 'trunk-without-tls' ? [value.trunk] : [])),
  )
  const names = new Set<string>()
  const served = new Set(domains.flatMap(({ value }) => [value.name, ...value.aliases]))
  const claimed = new Map<string, string>()
  for (const { index, value } of trunks) {
    if (names.has(value.name)) reader.error(['trunks', index, 'name'], `"${value.name}" stands twice`)
    names.add(value.name)
    if (value.isPlain && !plain.has(value.name)) {
      const how = `write ;transport=tls, or under insecure: {allow: trunk-without-tls, trunk: ${value.name}, because: …}`
      reader.error(['trunks', index, 'uri'], `without TLS a trunk can be forged; ${how}`)
    }
    if (value.isPlain && value.addresses.length === 0) {
      reader.error(['trunks', index, 'addresses'], 'missing: a trunk without TLS is known by its addresses')
    }
    for (const [at, domain] of value.domains.entries()) {
      if (served.has(domain)) reader.error(['trunks', index, 'domains', at], `"${domain}" is served here`)
      const other = claimed.get(domain)
      if (other !== undefined)
        reader.error(['trunks', index, 'domains', at], `"${domain}" belongs to trunk ${other} already`)
      claimed.set(domain, value.name)
    }
    for (const [at, prefix] of value.addresses.entries()) {
      if (/\/0$/.test(prefix)) reader.error(['trunks', index, 'addresses', at], `${prefix} is everybody`)
    }
  }
}

function checkInsecure(reader: ConfigReader, { insecure, trunks }: Entries): void {
  const known = trunkNames(reader, trunks)
  const seen = new Set<string>()
  for (const { index, value } of insecure) {
    const which = 'trunk' in value ? ` ${value.trunk}` : 'server' in value ? ` ${value.server}` : ''
    const key = `${value.allow}${which}`
    if (seen.has(key)) reader.error(['insecure', index, 'allow'], `"${key}" stands twice`)
    seen.add(key)
    if (value.because.trim().length < 3) reader.error(['insecure', index, 'because'], 'say why')
    if (value.allow !== 'trunk-without-tls') continue
    if (!known.has(value.trunk)) {
      reader.error(
        ['insecure', index, 'trunk'],
        `no trunk "${value.trunk}" is defined${didYouMean(value.trunk, known)}`,
      )
    }
    if (trunks.some(trunk => trunk.value.name === value.trunk && !trunk.value.isPlain)) {
      reader.warning(['insecure', index, 'trunk'], `trunk "${value.trunk}" uses TLS: this entry can go`)
    }
  }
}

function checkNextHop(reader: ConfigReader, { domains }: Entries, nextHop: NextHopConfig | undefined): void {
  if (nextHop === undefined) return
  const served = domains.map(({ value }) => value.name)
  for (const [at, domain] of nextHop.domains.entries()) {
    if (!served.includes(domain)) {
      reader.error(
        ['next-hop', 'domains', at],
        `"${domain}" is not a domain of ours${didYouMean(domain, served)}`,
      )
    }
  }
  if (nextHop.transport !== 'tls' && !isPrivate(nextHop.host)) {
    reader.warning(['next-hop', 'uri'], 'without TLS everything between here and there is in the clear')
  }
}

function checkSingles(reader: ConfigReader, entries: Entries, singles: Singles): void {
  const { admin, advertise, digest, redirect, registrar } = singles
  if (admin !== undefined && admin !== 'off' && !admin.isSecure && !isLoopback(admin.host)) {
    if (!entries.insecure.some(({ value }) => value.allow === 'plain-admin')) {
      const how = 'write 127.0.0.1, https://, or under insecure: {allow: plain-admin, because: …}'
      reader.error(['admin'], `${admin.host} is reached from outside, in the clear; ${how}`)
    }
  }
  if (advertise === '0.0.0.0' || advertise === '::')
    reader.error(['advertise'], `${advertise} is no address to be reached at`)
  if (registrar !== undefined) {
    const { 'min-expires': min, 'max-expires': max, 'default-expires': usual } = registrar
    const path = (key: string): ConfigPath => [
      'registrar',
      reader.source.has(['registrar', key]) ? key : 'max-expires',
    ]
    if (min > max) reader.error(path('min-expires'), `min-expires (${min} s) is above max-expires (${max} s)`)
    else if (reader.source.has(['registrar', 'default-expires']) && (usual < min || usual > max)) {
      reader.error(
        path('default-expires'),
        `default-expires (${usual} s) is not between min-expires and max-expires`,
      )
    }
  }
  if (digest !== undefined && digest['auth-int-methods'].length > 0 && !digest.qop.includes('auth-int')) {
    reader.error(['digest', 'auth-int-methods'], 'qop does not offer auth-int')
  }
  const served = entries.domains.map(({ value }) => value.name)
  for (const [index, aor] of (redirect ?? []).entries()) {
    if (served.length > 0 && !served.includes(domainOf(aor))) {
      reader.error(
        ['redirect', index],
        `"${domainOf(aor)}" is not a domain of ours${didYouMean(domainOf(aor), served)}`,
      )
    }
  }
}

/** Names of trunks, those included that have another mistake, so that one mistake is told once. */
export function trunkNames(reader: ConfigReader, trunks: Entries['trunks']): Set<string> {
  const names = new Set(trunks.map(({ value }) => value.name))
  const raw = reader.raw('trunks')
  for (const entry of Array.isArray(raw) ? raw : []) {
    if (isRecord(entry) && typeof entry.name === 'string') names.add(entry.name)
  }
  return names
}

function domainOf(aor: string): string {
  return aor.slice(aor.lastIndexOf('@') + 1)
}

function isDatagram(listen: ListenConfig): boolean {
  return listen.transport === 'udp'
}

/** Whether two addresses of this machine cannot both have the same port. */
function overlap(a: string, b: string): boolean {
  if (a === b) return true
  // An IPv6 listener takes IPv6 only, so `0.0.0.0` and `::` go together.
  const everywhere = isIP(a) === 6 ? '::' : '0.0.0.0'
  return isIP(a) === isIP(b) && (a === everywhere || b === everywhere)
}

/** `127.0.0.0/8`, `::1`, `localhost`. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function isPrivate(host: string): boolean {
  if (isLoopback(host)) return true
  if (isIP(host) === 4) return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host)
  return isIP(host) === 6 && /^f[cd]/.test(host)
}
