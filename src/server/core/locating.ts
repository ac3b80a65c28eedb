import { randomBytes } from 'node:crypto'
import type { AskDns } from '../../base/dns-records.ts'
import type { Hop } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import type { Result } from '../../base/result.ts'
import { locate } from '../../mechanisms/naming/locate.ts'
import type { Located } from '../../mechanisms/naming/plan.ts'
import { SipsMemory } from '../../mechanisms/naming/sips-memory.ts'
import { type LocateFailure, type OpenTransport, targetOf } from '../../mechanisms/naming/target.ts'
import { type DnsCounts, DnsResolver } from '../../net/dns.ts'
import type { Transports } from '../../net/transports.ts'
import type { Place } from '../../pipeline/stage.ts'
import type { NextHop } from '../../sip/proxy/next-hop.ts'
import type { Config } from '../config/config.ts'
import type { Metrics } from '../metrics.ts'
import type { CoreEvents } from './events.ts'

/** The places to try for one that no flow leads to, best first. */
export type LocateHops = (
  nextHop: NextHop,
  place: Place,
  requestBytes: number,
) => readonly Hop[] | Promise<readonly Hop[]>

/** What a request for a place that is not reached by a flow is sent to, best first (RFC 3263). */
export function makeLocate(
  config: Config,
  transports: Transports,
  nowMs: () => number,
  events: CoreEvents,
  metrics: Metrics,
): LocateHops {
  const resolver = new DnsResolver({
    servers: config.dns.servers,
    timeoutMs: config.dns.timeoutMs,
    maxCacheEntries: config.dns.maxCacheEntries,
    nowMs,
    random: randomBytes,
    onOddity: (name, what, detail) => events.sensor?.tell({ kind: 'naming', name, what, detail }),
  })
  registerDnsMetrics(metrics, resolver.counts)
  return locateBy(() => resolver.within(LIMITS.maxLocateMs), transports, nowMs, events)
}

function registerDnsMetrics(metrics: Metrics, counts: Readonly<DnsCounts>): void {
  metrics.counterFrom('aspis_dns_cached_total', 'Questions answered from memory', () => counts.cached)
  metrics.counterFrom('aspis_dns_failures_total', 'Questions that got no answer', () => counts.failures)
  metrics.counterFrom(
    'aspis_dns_mismatches_total',
    'Datagrams that answered something else than what was asked',
    () => counts.mismatches,
  )
  metrics.counterFrom('aspis_dns_queries_total', 'Queries sent', () => counts.queries)
  metrics.counterFrom('aspis_dns_streams_total', 'Queries by TCP', () => counts.streams)
}

/** @param askAnew what one look-up asks DNS by */
export function locateBy(
  askAnew: () => AskDns,
  transports: Pick<Transports, 'listeners'>,
  nowMs: () => number,
  events: CoreEvents,
): LocateHops {
  const memory = new SipsMemory()
  const can = openTransports(transports)
  const families = familiesOf(transports)
  return (nextHop, place, requestBytes) => {
    const { locate: uri, isSecureOnly } = nextHop
    const target = targetOf(uri)
    const isSecure = isSecureOnly || place.needsTls
    const found = locate(
      isSecure ? { ...target, isSips: true } : target,
      {
        transports: can,
        families,
        isLarge: requestBytes > LIMITS.maxUdpRequestBytes,
        // What the operator configured, and what registered here, may be private.
        allowPrivate: place.peer !== 'outside' || (place.path ?? []).length > 0,
        memory,
        nowMs: nowMs(),
        random: randomBytes,
      },
      askAnew(),
    )
    return found instanceof Promise
      ? found.then(late => hopsOf(late, uri.host, events))
      : hopsOf(found, uri.host, events)
  }
}

function hopsOf(found: Result<Located, LocateFailure>, name: string, events: CoreEvents): readonly Hop[] {
  if (found.ok ? found.value.hasSipsVanished : found.error === 'sips-vanished')
    events.sensor?.tell({ kind: 'naming', name, what: 'secure-records-vanished', detail: '' })
  if (!found.ok) {
    events.note('not-located', { why: found.error })
    return []
  }
  if (found.value.hasSipsVanished) events.note('sips-vanished', { hops: found.value.hops.length })
  return found.value.hops
}

function openTransports(transports: Pick<Transports, 'listeners'>): readonly OpenTransport[] {
  const listening = new Set(transports.listeners.map(({ transport }) => transport))
  // TLS first where the other side names none: RFC 3263 leaves the preference to the client.
  const known: readonly OpenTransport[] = ['tls', 'tcp', 'udp']
  return known.filter(transport => listening.has(transport))
}

function familiesOf(transports: Pick<Transports, 'listeners'>): readonly (4 | 6)[] {
  const has6 = transports.listeners.some(({ address }) => address.ip.includes(':'))
  const has4 = transports.listeners.some(({ address }) => !address.ip.includes(':'))
  return [...(has6 ? [6 as const] : []), ...(has4 ? [4 as const] : [])]
}
