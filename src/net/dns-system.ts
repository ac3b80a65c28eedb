import { readFileSync } from 'node:fs'
import type { Address } from '../base/flow.ts'
import { canonicalIp, ipVersion } from '../base/ip-address.ts'

/** What the machine itself says about names; read once, at start. */
export interface SystemDns {
  /** Name servers in their order; the local one when the file names none. */
  readonly servers: readonly Address[]
  /** Addresses by lower-case name. */
  readonly hosts: ReadonlyMap<string, readonly string[]>
}

/** resolv.conf(5): more are ignored there too. */
const MAX_SERVERS = 3

/** Reads `/etc/resolv.conf` and `/etc/hosts`; a file that cannot be read counts as empty. */
export function readSystemDns(resolvConf = '/etc/resolv.conf', hostsFile = '/etc/hosts'): SystemDns {
  const servers = linesOf(resolvConf)
    .filter(([keyword, ip]) => keyword === 'nameserver' && ip !== undefined && ipVersion(ip) !== 0)
    .slice(0, MAX_SERVERS)
    .map(([, ip = '']) => ({ ip, port: 53 }))
  const hosts = new Map<string, string[]>()
  for (const [ip, ...names] of linesOf(hostsFile)) {
    const address = ip === undefined ? undefined : canonicalIp(ip)
    if (address === undefined) continue
    for (const name of names) {
      const key = name.toLowerCase()
      hosts.set(key, [...(hosts.get(key) ?? []), address])
    }
  }
  return { servers: servers.length > 0 ? servers : [{ ip: '127.0.0.1', port: 53 }], hosts }
}

/** Words of each line, comments left out. */
function linesOf(path: string): readonly (readonly string[])[] {
  return readOrNothing(path)
    .split('\n')
    .map(line => (line.split(/[#;]/, 1)[0] ?? '').split(/[ \t\r]+/).filter(word => word !== ''))
    .filter(words => words.length > 1)
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
