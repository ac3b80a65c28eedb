import { randomBytes } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { LIMITS } from '../../base/limits.ts'
import { SipKey } from '../../base/sip-hash.ts'
import { ReplayMemory } from '../../mechanisms/identity/index.ts'
import { DnsResolver } from '../../net/dns.ts'
import { HttpsFetch } from '../../net/https-fetch.ts'
import type { Config } from '../config/config.ts'
import type { Sensor } from '../detect/sensor.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Neighbours } from '../neighbours.ts'
import { loadCredentials } from '../pki/credentials.ts'
import { CallerCertificates } from './certificates.ts'
import { SignedDialogs } from './dialogs.ts'
import { IdentityEvents } from './events.ts'
import { type IdentityMemory, SignedIdentities } from './identity.ts'
import { loadIdentity } from './material.ts'

/** Signed identity of one process: what a configuration makes of it, and what stays when that changes. */
export class IdentityWorks {
  readonly #metrics: Metrics
  readonly #log: Log
  readonly #sensor: () => Sensor | undefined
  #memory: IdentityMemory | undefined
  #replay: ReplayMemory | undefined
  #fetch: HttpsFetch | undefined
  #share: ((used: ReplayMemory) => void) | undefined

  /** @param sensor tells the detection of what was judged */
  constructor(metrics: Metrics, log: Log, sensor: () => Sensor | undefined) {
    this.#metrics = metrics
    this.#log = log
    this.#sensor = sensor
  }

  /**
   * Signed identity by a configuration; undefined when it says nothing of it.
   * @throws AspisError when a file is missing or unfit; nothing has changed then
   */
  make(config: Config, neighbours: Neighbours): SignedIdentities | undefined {
    const { identity } = config
    if (identity === undefined) return undefined
    const material = loadIdentity(identity, config.data, Date.now())
    const fetch = fetchFor(config, identity.privateHosts, this.#sensor)
    this.#fetch = fetch
    return new SignedIdentities({
      config: identity,
      material,
      certificates: new CallerCertificates(fetch, material.roots),
      memory: this.#remember(),
      neighbours,
      nowMs: () => performance.now(),
      isTrustedPeer: peer => config.trunks.some(({ name, trusted }) => trusted && peer === `trunk:${name}`),
    })
  }

  /** Tells other processes of used tokens, now or from when there are any. @param share is given the memory once */
  shareUsed(share: (used: ReplayMemory) => void): void {
    this.#share = share
    if (this.#replay !== undefined) share(this.#replay)
  }

  #remember(): IdentityMemory {
    if (this.#memory !== undefined) return this.#memory
    const key = SipKey.derived(randomBytes(32), 'aspis used tokens')
    const replay = new ReplayMemory(key, LIMITS.maxPassports, Math.floor(Date.now() / 1000))
    this.#replay = replay
    this.#share?.(replay)
    this.#memory = {
      replay,
      dialogs: new SignedDialogs(),
      events: new IdentityEvents(this.#metrics, this.#log, this.#sensor),
    }
    this.#registerFetches()
    return this.#memory
  }

  #registerFetches(): void {
    const metrics = this.#metrics
    metrics.counterFrom(
      'aspis_certificates_fetched_total',
      'Certificates of callers that were fetched',
      () => this.#fetch?.counts.fetched ?? 0,
    )
    metrics.counterFrom(
      'aspis_certificates_not_fetched_total',
      'Certificates of callers that were not',
      () => this.#fetch?.counts.failed ?? 0,
    )
    metrics.counterFrom(
      'aspis_certificates_refused_total',
      'Those of them that lead where strangers may not have us look',
      () => this.#fetch?.counts.refused ?? 0,
    )
  }
}

/** Fetches as a configuration permits. */
export function fetchFor(
  config: Config,
  privateHosts: readonly string[],
  sensor: () => Sensor | undefined = () => undefined,
): HttpsFetch {
  const resolver = new DnsResolver({
    servers: config.dns.servers,
    timeoutMs: config.dns.timeoutMs,
    maxCacheEntries: config.dns.maxCacheEntries,
    nowMs: () => performance.now(),
    random: randomBytes,
    onOddity: (name, what, detail) => sensor()?.tell({ kind: 'naming', name, what, detail }),
  })
  return new HttpsFetch({
    askDns: () => resolver.within(LIMITS.maxLocateMs),
    nowMs: () => performance.now(),
    authoritiesPem: loadCredentials(config, Date.now()).ca,
    isPermitted: permission(privateHosts),
  })
}

/** Whether the operator permits a private host: by its name, or by an address or prefix. */
function permission(hosts: readonly string[]): (host: string, ip: string) => boolean {
  const names = new Set(hosts.filter(host => isIP(host.split('/')[0] ?? '') === 0))
  const list = new BlockList()
  for (const host of hosts) {
    const [ip = '', bits] = host.split('/')
    const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(ip) === 0) continue
    if (bits === undefined) list.addAddress(ip, family)
    else list.addSubnet(ip, Number(bits), family)
  }
  return (host, ip) => names.has(host) || list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')
}
