import { canonicalIp } from '../base/ip-address.ts'
import { failed, ok, type Result } from '../base/result.ts'
import type { Transport } from './target.ts'

/** Ports by transport. */
export type Ports = Readonly<Partial<Record<Transport, number>>>

/** Where a target is, as somebody wrote it. */
export interface TargetAddress {
  /** IP address, or a name to resolve. */
  readonly host: string
  /** What it says, or the usual ones. */
  readonly ports: Ports
  /** The ports are the usual ones: those that nobody listens on are no mistake. */
  readonly isUsual: boolean
}

const FORM = 'write an address such as 192.0.2.1, sip.example.test, sip:192.0.2.1:5060 or sips:[2001:db8::1]'

/**
 * `192.0.2.1`, `sip.example.test:5080`, `sip:[2001:db8::1]:5060;transport=tcp`, `sips:sip.example.test`. A user part is
 * not looked at. The failure is a sentence.
 */
export function readAddress(written: string): Result<TargetAddress, string> {
  const shown = `"${written.slice(0, 100)}"`
  const [, scheme = '', rest = ''] = /^(sips?:)?(.*)$/i.exec(written.slice(0, 500)) ?? []
  const [place = '', ...parameters] = rest.slice(rest.lastIndexOf('@') + 1).split(';')
  const bare = canonicalIp(place)
  const [, inside, outside, digits] =
    /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(place) ?? []
  const name = bare ?? inside ?? outside
  if (name === undefined) return failed(`${shown} is no target: ${FORM}`)
  const host = canonicalIp(name) ?? name
  const looksNumeric = inside !== undefined || /^[\d.]+$/.test(host)
  if (looksNumeric && canonicalIp(host) === undefined) return failed(`"${host}" is no IP address: ${FORM}`)
  const port = bare !== undefined || digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535))
    return failed(`${shown}: ${port} is no port: write a number from 1 to 65535`)
  const transport = parameters
    .find(each => /^transport=/i.test(each))
    ?.slice(10)
    .toUpperCase()
  if (transport !== undefined && !isTransport(transport))
    return failed(`${shown}: "${transport.toLowerCase()}" is no transport: write udp, tcp, tls, ws or wss`)
  const isSecure = scheme.toLowerCase() === 'sips:'
  if (transport !== undefined)
    return ok({ host, ports: { [transport]: port ?? usualPort(transport) }, isUsual: false })
  if (isSecure) return ok({ host, ports: { TLS: port ?? 5061 }, isUsual: false })
  if (port !== undefined && port !== 5060) return ok({ host, ports: { UDP: port, TCP: port }, isUsual: true })
  return ok({ host, ports: { UDP: 5060, TCP: 5060, TLS: 5061 }, isUsual: true })
}

function isTransport(name: string): name is Transport {
  return name === 'UDP' || name === 'TCP' || name === 'TLS' || name === 'WS' || name === 'WSS'
}

function usualPort(transport: Transport): number {
  return { UDP: 5060, TCP: 5060, TLS: 5061, WS: 80, WSS: 443 }[transport]
}
