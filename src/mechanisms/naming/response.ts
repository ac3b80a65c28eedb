import type { AskDns } from '../../base/dns-records.ts'
import type { Hop } from '../../base/flow.ts'
import { ipVersion } from '../../base/ip-address.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import type { Via } from '../../sip/headers/via.ts'
import { locate } from './locate.ts'
import type { Located } from './plan.ts'
import { defaultPort, type LocateFailure, type LocatePolicy, type OpenTransport } from './target.ts'

/**
 * Where a response goes when the flow of its request is gone: the address that the request came from, then the
 * sent-by, located like a server. The maddr of a Via is not followed: it lets a stranger choose who gets it.
 * @param via the topmost Via as we stamped it on receipt, so that `received` and `rport` are ours
 * @see RFC 3261 §18.2.2, RFC 3263 §5
 */
export function locateResponse(
  via: Via,
  policy: LocatePolicy,
  ask: AskDns,
): Result<Located, LocateFailure> | Promise<Result<Located, LocateFailure>> {
  const transport = OPEN_TRANSPORTS[via.transport]
  if (transport === undefined || !policy.transports.includes(transport))
    return failed('transport-unsupported')
  const source = sourceOf(via, transport)
  const target = { isSips: false, domain: via.host, host: via.host, port: via.port, transport }
  // The transport of the Via stands: a response does not move to TCP for its size.
  const located = locate(target, { ...policy, isLarge: false, transports: [transport] }, ask)
  if (located instanceof Promise) return located.then(result => withSource(source, result))
  return withSource(source, located)
}

const OPEN_TRANSPORTS: Readonly<Record<string, OpenTransport>> = { TCP: 'tcp', TLS: 'tls', UDP: 'udp' }

function sourceOf(via: Via, transport: OpenTransport): Hop | undefined {
  const ip = via.received ?? via.host
  if (ipVersion(ip) === 0) return undefined
  // The port that a connection came from is no one's to connect to (RFC 3261 §18.2.2); that of UDP is.
  const rport =
    transport === 'udp' && via.rport !== undefined && via.rport !== '' ? Number(via.rport) : undefined
  return { transport, ip, port: rport ?? via.port ?? defaultPort(transport), host: via.host }
}

function withSource(
  source: Hop | undefined,
  located: Result<Located, LocateFailure>,
): Result<Located, LocateFailure> {
  if (source === undefined) return located
  const others = located.ok ? located.value.hops : []
  const isOther = (hop: Hop) => hop.ip !== source.ip || hop.port !== source.port
  return ok({ hops: [source, ...others.filter(isOther)], hasSipsVanished: false })
}
