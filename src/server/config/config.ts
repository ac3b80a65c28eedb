import type { TransportName } from '../../base/flow.ts'
import type { Secret } from '../../base/secret.ts'
import type {
  NumberPlan,
  PolicyClass,
  PolicyLimit,
  PolicyRule,
  PolicyTime,
} from '../../mechanisms/policy/index.ts'
import type { AaaConfig } from './aaa.ts'
import type { DetectionConfig } from './detection.ts'
import type { IdentityConfig } from './identity.ts'
import type { ReferConfig } from './refer.ts'

/** How a domain answers for its users: it forwards, or it names the contacts in a 302. */
export type DomainMode = 'proxy' | 'redirect'

/** A domain that this server is responsible for; names are lower case, without a trailing dot. */
export interface DomainConfig {
  readonly name: string
  readonly mode: DomainMode
  /** Other names (or addresses) under which a request for this domain may come. */
  readonly aliases: readonly string[]
}

/** A socket to listen on. */
export interface ListenConfig {
  readonly transport: TransportName
  /** IPv4, or IPv6 without brackets. */
  readonly ip: string
  readonly port: number
  /** As the operator wrote it, or would write it. */
  readonly text: string
}

/** Where health, metrics and commands are served. */
export interface AdminConfig {
  readonly host: string
  readonly port: number
  /** `https:` with the server's own certificate. */
  readonly isSecure: boolean
}

/** Where location and credentials are kept. */
export type StorageConfig =
  | { readonly kind: 'sqlite' }
  | {
      readonly kind: 'postgres'
      readonly url: Secret
      /** A second login that may touch the location table only. */
      readonly locationUrl?: Secret
      readonly keyFile: string
    }

/** The channel: certificates and their checks. */
export interface TlsConfig {
  /** PEM files; without them Aspis makes its own authority and certificate in the data folder. */
  readonly certificate?: string
  readonly key?: string
  /** PEM file of the authorities that peers and trunks are checked against, beside our own and the system's. */
  readonly ca?: string
  /** Whether a TLS client is asked for a certificate, or refused without one. */
  readonly clientCertificates: 'none' | 'ask' | 'require'
  readonly minVersion: '1.2' | '1.3'
}

/** Bounds of a registration, in seconds. */
export interface RegistrarConfig {
  readonly minExpiresSeconds: number
  readonly maxExpiresSeconds: number
  readonly defaultExpiresSeconds: number
  readonly maxContactsPerAor: number
  /** A contact on a host other than the source of its REGISTER; `allow` only by `insecure`. */
  readonly foreignContacts: 'refuse' | 'allow'
  /** Service-Route values of every 200, in order (RFC 3608); none by default. */
  readonly serviceRoute: readonly string[]
}

export type DigestAlgorithmName = 'SHA-256' | 'SHA-512-256'

export interface DigestConfig {
  readonly nonceTtlSeconds: number
  /** Offered in this order; MD5 comes last and only where a user is marked for it. */
  readonly algorithms: readonly DigestAlgorithmName[]
  readonly qop: readonly ('auth' | 'auth-int')[]
  /** Methods whose digest must cover the body. */
  readonly authIntMethods: readonly string[]
  readonly userhash: boolean
  /** A nonce is good for one request. */
  readonly oneTimeNonce: boolean
  /** MD5 for every user; only by `insecure`. */
  readonly md5ForEveryone: boolean
  /** Credentials without qop (RFC 2069); only by `insecure`. */
  readonly legacyQop: boolean
}

/** What a trunk may call: our own users, and/or what the rules `from: trunk:NAME` say. */
export type TrunkReach = 'own-users' | 'rules'

/** A neighbouring domain, carrier or PBX that is known by certificate or address instead of a password. */
export interface TrunkConfig {
  readonly name: string
  /** Where requests for it go: a `sip:` or `sips:` URI. */
  readonly uri: string
  readonly host: string
  readonly port?: number
  readonly transport: TransportName
  /** Domains that it answers for; requests for them leave by it where a rule allows. */
  readonly domains: readonly string[]
  /** Names that its certificate must carry (RFC 5922), one of them. */
  readonly identities: readonly string[]
  /** Addresses or prefixes that it may come from; alone, without TLS, only by `insecure`. */
  readonly addresses: readonly string[]
  /** Its certificate is not asked for: `insecure: trunk-without-tls` names it. */
  readonly isPlain: boolean
  readonly reach: TrunkReach
  /** Its P-Asserted-Identity is believed, and it gets ours (RFC 3325). */
  readonly trusted: boolean
}

/** A PBX behind the edge. */
export interface NextHopConfig {
  readonly uri: string
  readonly host: string
  readonly port?: number
  readonly transport: TransportName
  /** Users without a contact, users that we do not know, or everyone. */
  readonly when: 'unregistered' | 'unknown' | 'always'
  /** Served domains that it is for; all when empty. */
  readonly domains: readonly string[]
}

/** What rules stand on. */
export interface PolicyConfig {
  readonly numbers?: NumberPlan
  readonly classes: readonly PolicyClass[]
  readonly times: readonly PolicyTime[]
  /** IANA name. */
  readonly zone: string
  readonly holidays: readonly string[]
  readonly limits: readonly PolicyLimit[]
  /** After so long a call counts as ended. */
  readonly maxCallSeconds: number
}

export interface DnsConfig {
  /** `ip` or `ip:port`; the machine's own resolvers when empty. */
  readonly servers: readonly { readonly ip: string; readonly port: number }[]
  readonly timeoutMs: number
  readonly maxCacheEntries: number
}

/** Bounds that an operator may lower; the highest value is the one of `base/limits.ts`. */
export interface LimitsConfig {
  readonly maxConnections: number
  readonly maxConnectionsPerSource: number
  /** INVITEs of one account that wait for their final answer. */
  readonly maxPendingPerAccount: number
  readonly maxTargets: number
  readonly maxTransactions: number
  readonly maxTransactionsPerSource: number
  /** New requests of one account a second. */
  readonly requestsPerAccount: number
  /** Part of the processor's time for strangers under load, 0 to 1. */
  readonly strangersShare: number
  /** Texts of one account to one callee a second. */
  readonly textsPerCallee: number
  /** Addresses-of-record without a bound on requests, canonical. */
  readonly unboundedAccounts: readonly string[]
  /** How long a message may wait before it is too long. */
  readonly waitMs: number
}

export interface TimersConfig {
  readonly t1Ms: number
  readonly timerCSeconds: number
  /** How long calls in progress may go on after SIGTERM. */
  readonly drainSeconds: number
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogConfig {
  readonly level: LogLevel
  readonly format: 'auto' | 'json' | 'text'
}

/** How UDP is read and written. */
export interface DatagramsConfig {
  /** In batches by the native module, one by one by `node:dgram`, or the first where it is built. */
  readonly by: 'auto' | 'native' | 'node'
  /** While many come, they are read this often; 0 reads each as it comes. */
  readonly gatherMicroseconds: number
}

/** Everything that may be weakened, and nothing else; each entry says why. */
export type InsecureConfig = { readonly because: string } & (
  | { readonly allow: 'aaa-md5' }
  | { readonly allow: 'detection-off' }
  | { readonly allow: 'diameter-without-tls'; readonly server: string }
  | { readonly allow: 'foreign-contacts' }
  | { readonly allow: 'legacy-qop' }
  | { readonly allow: 'md5-for-everyone' }
  | { readonly allow: 'plain-admin' }
  | { readonly allow: 'private-certificates'; readonly hosts: readonly string[] }
  | { readonly allow: 'radius-without-message-authenticator'; readonly server: string }
  | { readonly allow: 'radius-without-tls'; readonly server: string }
  | { readonly allow: 'strange-media' }
  | { readonly allow: 'trunk-without-tls'; readonly trunk: string }
  | { readonly allow: 'unauthenticated-requests'; readonly methods: readonly string[] }
)

/** What the server runs by: checked, complete, with paths absolute. */
export interface Config {
  /** The file that it was read from, or undefined for the default of the local machine. */
  readonly file?: string
  readonly domains: readonly DomainConfig[]
  /** Credentials and records of calls beyond this machine; absent: our own accounts alone. */
  readonly aaa?: AaaConfig
  /** Absent: Identity header fields pass untouched. */
  readonly identity?: IdentityConfig
  readonly listen: readonly ListenConfig[]
  /** What goes into Via and Record-Route where the listener is on all addresses, or behind a NAT. */
  readonly advertise?: { readonly host: string }
  /** Absolute path of the data folder. */
  readonly data: string
  readonly admin?: AdminConfig
  /** What a stranger gets for a domain that we do not serve. */
  readonly unserved: 'silent' | 'reject'
  readonly storage: StorageConfig
  readonly tls: TlsConfig
  readonly refer: ReferConfig
  readonly registrar: RegistrarConfig
  readonly datagrams: DatagramsConfig
  readonly detection: DetectionConfig
  readonly digest: DigestConfig
  readonly trunks: readonly TrunkConfig[]
  readonly nextHop?: NextHopConfig
  readonly policy: PolicyConfig
  /** Who may call whom; the first that fits decides. */
  readonly rules: readonly PolicyRule[]
  /** Users (canonical `sip:user@host`) who are answered with a 302 in a proxy domain. */
  readonly redirect: readonly string[]
  readonly dns: DnsConfig
  readonly limits: LimitsConfig
  readonly timers: TimersConfig
  readonly log: LogConfig
  /** Processes that serve side by side; 1: this one alone. */
  readonly workers: number
  /** Origins of web pages that may open a WebSocket; the served domains over https when empty. */
  readonly wsOrigins: readonly string[]
  /** Methods that need no credentials: from `insecure: unauthenticated-requests`; empty by default. */
  readonly unauthenticatedMethods: ReadonlySet<string>
  readonly insecure: readonly InsecureConfig[]
}
