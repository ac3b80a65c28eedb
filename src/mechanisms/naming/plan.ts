/**
 * Locating a server as a plan: it says what to ask and gets the answers, and who asks is not its business.
 *
 * 1. The transport: named, or implied by an address or port (`givenTransport`); else by NAPTR; else by the SRV
 *    records there are; else the default.
 * 2. Port and address: SRV and the addresses of its targets; without SRV the addresses of the name itself.
 *
 * A sip URI may find TLS and take it. Once it found TLS, the list of places to try holds TLS only: a way in
 * clear behind it would be what an attacker gets by breaking the secure one. DNS never changes the domain that
 * a certificate must name, nor the scheme.
 * @see RFC 3263 §4, RFC 7984 §4
 */
import type {
  AddressRecord,
  DnsAnswer,
  DnsRecord,
  DnsType,
  NaptrRecord,
  SrvRecord,
} from '../../base/dns-records.ts'
import type { Hop } from '../../base/flow.ts'
import { ipKind } from '../../base/ip-address.ts'
import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { orderSrv } from './srv-order.ts'
import {
  defaultPort,
  defaultTransport,
  givenTransport,
  isLocalName,
  isSendable,
  type LocateFailure,
  type LocatePolicy,
  type OpenTransport,
  type Target,
} from './target.ts'

/** One question to DNS. */
export interface Question {
  readonly name: string
  readonly type: DnsType
}

/** Places to try in this order, the next when one fails (LOC-05). */
export interface Located {
  readonly hops: readonly Hop[]
  /** RFC 3263 §7: the domain offered TLS before, and does not now. */
  readonly hasSipsVanished: boolean
}

export type Plan = Generator<readonly Question[], Result<Located, LocateFailure>, readonly DnsAnswer[]>

/** A service that may be asked for: where its SRV records lie, and what it is carried by. */
interface Service {
  readonly transport: OpenTransport
  readonly name: string
}

interface Server {
  readonly transport: OpenTransport
  readonly name: string
  readonly port: number
}

type Servers = Generator<readonly Question[], Result<readonly Server[], LocateFailure>, readonly DnsAnswer[]>

/** The plan for a name; addresses never come here. */
export function* planOf(target: Target, policy: LocatePolicy): Plan {
  const given = givenTransport(target, policy)
  if (given !== undefined && !given.ok) return given
  if (given !== undefined && target.port !== undefined) {
    return yield* reach(
      [{ transport: given.value, name: target.host, port: target.port }],
      target,
      policy,
      false,
    )
  }
  const offered = given === undefined ? yield* offeredServices(target, policy) : undefined
  const services =
    given !== undefined ? [serviceOf(target.host, given.value)] : (offered ?? ownServices(target, policy))
  const seesTls = services.some(service => service.transport === 'tls') && offered !== undefined
  const servers = yield* serversOf(services, target, policy, given?.value)
  if (!servers.ok) return servers
  const findsTls = seesTls || (given === undefined && isAnnouncedTls(servers.value, target))
  const vanished = given === undefined && hasVanished(target, policy, findsTls)
  if (!vanished) return yield* reach(servers.value, target, policy, false)
  if (policy.whenSipsVanished === 'alert') return yield* reach(servers.value, target, policy, true)
  return failed('sips-vanished')
}

/** LOC-02: the services that NAPTR offers and we can use, in its order; undefined when it offers none. */
function* offeredServices(
  target: Target,
  policy: LocatePolicy,
): Generator<readonly Question[], readonly Service[] | undefined, readonly DnsAnswer[]> {
  const [answer] = yield [{ name: target.host, type: 'NAPTR' }]
  const services = recordsOf(answer, isNaptr)
    .toSorted((a, b) => a.order - b.order || a.preference - b.preference)
    .slice(0, LIMITS.maxNaptrRecords)
    .flatMap(record => usable(record, target, policy))
  return services.length === 0 ? undefined : services
}

function usable(record: NaptrRecord, target: Target, policy: LocatePolicy): readonly Service[] {
  if (record.flags.toLowerCase() !== 's' || record.regexp !== '' || record.replacement === '') return []
  const transport = NAPTR_SERVICES[record.services.toUpperCase()]
  if (transport === undefined || !policy.transports.includes(transport)) return []
  if (target.isSips && transport !== 'tls') return []
  return [{ transport, name: record.replacement }]
}

const NAPTR_SERVICES: Readonly<Record<string, OpenTransport>> = {
  'SIP+D2T': 'tcp',
  'SIP+D2U': 'udp',
  'SIPS+D2T': 'tls',
}

function ownServices(target: Target, policy: LocatePolicy): readonly Service[] {
  const transports = policy.transports.filter(transport => !target.isSips || transport === 'tls')
  return transports.map(transport => serviceOf(target.host, transport))
}

/** RFC 3263 §4.1: `_sips` for TLS, `_sip` else. */
function serviceOf(host: string, transport: OpenTransport): Service {
  if (transport === 'tls') return { transport, name: `_sips._tcp.${host}` }
  return { transport, name: `_sip._${transport}.${host}` }
}

function* serversOf(
  services: readonly Service[],
  target: Target,
  policy: LocatePolicy,
  given: OpenTransport | undefined,
): Servers {
  const answers = yield services.map(service => ({ name: service.name, type: 'SRV' }) as const)
  const servers: Server[] = []
  let isRefused = false
  let hasFailed = false
  for (const [at, { transport }] of services.entries()) {
    const answer = answers[at]
    hasFailed ||= answer?.kind === 'failed'
    const records = orderSrv(recordsOf(answer, isSrv), policy.random).slice(0, LIMITS.maxSrvRecords)
    isRefused ||= records.length === 1 && records[0]?.target === ''
    for (const record of records) {
      if (record.target !== '' && record.port !== 0)
        servers.push({ transport, name: record.target, port: record.port })
    }
  }
  if (servers.length > 0) return ok(servers)
  if (isRefused) return failed('service-refused')
  // Without an answer nobody knows that there is no SRV; the default may be the place that someone wants us at.
  if (hasFailed) return failed('dns-failed')
  const transport = given === undefined ? defaultTransport(target.isSips, policy) : ok(given)
  if (!transport.ok) return transport
  return ok([{ transport: transport.value, name: target.host, port: defaultPort(transport.value) }])
}

function isAnnouncedTls(servers: readonly Server[], target: Target): boolean {
  return !target.isSips && servers.some(server => server.transport === 'tls')
}

function hasVanished(target: Target, policy: LocatePolicy, findsTls: boolean): boolean {
  if (target.isSips) return false
  if (findsTls) policy.memory?.saw(target.domain, policy.nowMs)
  return !findsTls && policy.memory?.had(target.domain, policy.nowMs) === true
}

/** LOC-04: the addresses of each server, both families, never mixed between servers. */
function* reach(
  servers: readonly Server[],
  target: Target,
  policy: LocatePolicy,
  hasSipsVanished: boolean,
): Plan {
  const startsSecure = servers[0]?.transport === 'tls'
  const wanted = servers
    .filter(server => !startsSecure || server.transport === 'tls')
    .slice(0, LIMITS.maxSrvRecords)
  const questions = wanted.flatMap(({ name }) =>
    policy.families.map(family => ({ name, type: family === 4 ? 'A' : 'AAAA' }) as const),
  )
  const answers = yield questions
  const found = new Map<string, Hop>()
  const refusals = new Set<LocateFailure>()
  for (const [at, { name }] of questions.entries()) {
    const server = wanted[Math.floor(at / policy.families.length)]
    const answer = answers[at]
    if (answer?.kind === 'failed') refusals.add('dns-failed')
    if (answer?.kind !== 'records' || server === undefined) continue
    const mayBePrivate =
      policy.allowPrivate === true || answer.isLocal || (isLocalName(target.host) && isLocalName(name))
    for (const { address } of recordsOf(answer, isAddress)) {
      const refusal = refusalOf(address, mayBePrivate)
      if (refusal !== undefined) refusals.add(refusal)
      else if (found.size < LIMITS.maxLocatedAddresses) {
        const { transport, port } = server
        found.set(`${transport} ${address} ${port}`, { transport, ip: address, port, host: target.domain })
      }
    }
  }
  if (found.size > 0) return ok({ hops: [...found.values()], hasSipsVanished })
  const worst = (['address-private', 'address-unusable', 'dns-failed'] as const).find(name =>
    refusals.has(name),
  )
  return failed(worst ?? 'name-unknown')
}

function refusalOf(address: string, mayBePrivate: boolean): LocateFailure | undefined {
  if (!isSendable(address)) return 'address-unusable'
  return mayBePrivate || ipKind(address) === 'global' ? undefined : 'address-private'
}

function recordsOf<T extends DnsRecord>(
  answer: DnsAnswer | undefined,
  fits: (record: DnsRecord) => record is T,
): readonly T[] {
  return answer?.kind === 'records' ? answer.records.filter(fits) : []
}

const isAddress = (record: DnsRecord): record is AddressRecord =>
  record.type === 'A' || record.type === 'AAAA'
const isNaptr = (record: DnsRecord): record is NaptrRecord => record.type === 'NAPTR'
const isSrv = (record: DnsRecord): record is SrvRecord => record.type === 'SRV'
