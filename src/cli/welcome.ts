import { networkInterfaces } from 'node:os'
import { bracketed, printAddress } from '../base/flow.ts'
import type { Config } from '../server/config/config.ts'
import { lanAddress } from '../server/config/local.ts'
import { pkiFiles } from '../server/pki/authority.ts'
import type { Service } from '../server/service.ts'

/**
 * What is told at a start: where it listens, where the data lie, the first user, and how to set up a phone.
 * @param command what the operator types for `aspis`
 */
export function welcome(service: Service, command: string): string {
  const { config, edge, admin, firstUser, userCount } = service
  const domains = config.domains.map(domain => domain.name)
  const user = firstUser ?? { user: 'USER', domain: domains[0] ?? '' }
  const account = `${user.user}@${user.domain}`
  const lines = [`Aspis serves ${domains.join(', ')}`, '']
  for (const { transport, address } of edge.listeners)
    lines.push(`  listens    ${transport}://${printAddress(address)}`)
  lines.push(`  data       ${config.data}`)
  if (admin !== undefined) lines.push(`  admin      ${admin.url}  (/readyz, /metrics)`)
  lines.push(
    `  settings   ${config.file ?? `the default of the local machine; your own: ${command} init <domain>`}`,
    '',
  )
  if (firstUser !== undefined) {
    lines.push(
      'The first user; the password is shown this once:',
      `  user       ${account}`,
      `  password   ${firstUser.password.reveal()}`,
      '',
    )
  } else if (userCount === 0) {
    lines.push(`There is no user yet: ${command} user add NAME@${domains[0] ?? ''}`, '')
  }
  lines.push(
    'Set up a phone:',
    `  account    ${account}, user name ${user.user}, domain ${user.domain}`,
    ...places(config).map((place, at) => `  ${at === 0 ? 'server    ' : '       or '} ${place}`),
    `  trust      ${config.tls.certificate ?? pkiFiles(config.data).authorityCertificate}  (for TLS and WSS)`,
    `  MD5 only   a phone without SHA-256 needs: ${command} user set ${account} --new-password --md5`,
    `  another    ${command} user add NAME@${user.domain}`,
  )
  return `${lines.join('\n')}\n`
}

/** The best way first: TLS, then what is in the clear. */
function places(config: Config): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? [])
  const everywhere: Readonly<Record<string, string>> = {
    '0.0.0.0': lanAddress(addresses) ?? '127.0.0.1',
    '::': lanAddress(addresses, 'IPv6') ?? '::1',
  }
  const reach = (ip: string) => config.advertise?.host ?? everywhere[ip] ?? ip
  const order = ['tls', 'tcp', 'udp', 'wss', 'ws']
  const isOutside = ({ ip }: { readonly ip: string }) => !ip.startsWith('127.') && ip !== '::1'
  const reachable = config.listen.filter(isOutside)
  const shown = reachable.length > 0 ? reachable : config.listen
  return shown
    .toSorted((a, b) => order.indexOf(a.transport) - order.indexOf(b.transport))
    .map(({ transport, ip, port }) => {
      const place = `${bracketed(reach(ip))}, port ${port}`
      return transport === 'ws' || transport === 'wss'
        ? `${transport}://${bracketed(reach(ip))}:${port} (browsers)`
        : `${place}, ${transport.toUpperCase()}`
    })
}
