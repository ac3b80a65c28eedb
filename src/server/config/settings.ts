import { z } from 'zod'
import { LIMITS } from '../../base/limits.ts'
import { MAX_WORKERS } from '../workers/mark.ts'
import { count, flag, list, method, row, seconds, text, written } from './row.ts'
import { AaaObject } from './settings-aaa.ts'
import { DetectionObject } from './settings-detection.ts'
import { IdentityObject } from './settings-identity.ts'
import { PolicyObject, RuleObject } from './settings-policy.ts'
import { ReferObject } from './settings-refer.ts'
import {
  readAdmin,
  readAor,
  readDomain,
  readDuration,
  readHost,
  readHostOrPrefix,
  readListen,
  readOrigin,
  readPrefix,
  readRoute,
  readServer,
  readTarget,
} from './values.ts'

// biome-ignore format: one setting a line
export const DomainObject = z.strictObject({
  aliases: row('list of names', '[]', 'Other names or addresses that requests for this domain may carry.', list(written(readDomain)).default([])),
  mode: row('proxy or redirect', 'proxy', 'Forward to the contacts, or answer 302 with them.', z.enum(['proxy', 'redirect']).default('proxy')),
  name: row('name', 'required', 'The domain, as it stands in addresses.', written(readDomain)),
})

// biome-ignore format: one setting a line
export const TrunkObject = z.strictObject({
  addresses: row('list of addresses', '[]', 'Addresses or prefixes that it may come from.', list(written(readPrefix)).default([])),
  domains: row('list of names', '[]', 'Domains that it answers for.', list(written(readDomain)).default([])),
  identities: row('list of names', 'host of uri', 'Names of which its certificate must carry one (RFC 5922).', list(written(readDomain)).optional()),
  name: row('text', 'required', 'What rules call it.', text().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, hyphen and underscore only')),
  reach: row('own-users or rules', 'own-users', 'What it may call: our own users, or only what rules from trunk:NAME say.', z.enum(['own-users', 'rules']).default('own-users')),
  trusted: row('true or false', 'false', 'Believe its P-Asserted-Identity and give it ours (RFC 3325).', flag().default(false)),
  uri: row('SIP URI', 'required', 'Where requests for it go; `;transport=tls` checks its certificate.', written(readTarget)),
})

// biome-ignore format: one setting a line
export const NextHopObject = z.strictObject({
  domains: row('list of names', '[] (all)', 'Served domains that it is for.', list(written(readDomain)).default([])),
  uri: row('SIP URI', 'required', 'The PBX behind the edge.', written(readTarget)),
  when: row('unregistered, unknown or always', 'unregistered', 'Users without a contact, names that we do not know, or every request.', z.enum(['unregistered', 'unknown', 'always']).default('unregistered')),
})

const because = row('text', 'required', 'Why; printed at start and by check.', text())
const insecureEntry = <N extends string>(name: N) => ({
  allow: row('name', 'required', 'What is weakened.', z.literal(name)),
  because,
})
/** The closed list of what may be weakened, and what each opens. */
export const INSECURE: Readonly<Record<string, string>> = {
  'aaa-md5':
    'Users of AAA servers may answer with MD5, for servers and phones that know nothing better (draft-sterman).',
  'detection-off':
    'Nothing looks for attacks, or not for all of them, and a wide allow list is taken: nobody is banned for what goes unseen.',
  'diameter-without-tls':
    'The named Diameter peer is reached by TCP in the clear: whoever sits between reads and answers in its place.',
  'foreign-contacts':
    'Contacts may name a host other than the source of their REGISTER: an account can point calls at others.',
  'legacy-qop': 'Credentials without qop (RFC 2069) are accepted: no client nonce, no nonce count.',
  'md5-for-everyone':
    'MD5 is accepted for every user that has an MD5 hash stored, not only for those marked.',
  'plain-admin': 'The admin interface may listen beyond this machine without TLS.',
  'private-certificates':
    'Certificates of callers are fetched from the named private hosts: who signs may have us ask them.',
  'strange-media':
    'Session descriptions may send media to groups and to everybody, and bodies may be of any number of parts and streams.',
  'trunk-without-tls': 'The named trunk is known by its address alone, which can be forged on UDP.',
  'unauthenticated-requests': 'The named methods need no credentials: anyone may send them as anyone.',
}
// biome-ignore format: one setting a line
export const InsecureEntries = z.discriminatedUnion('allow', [
  z.strictObject(insecureEntry('aaa-md5')),
  z.strictObject(insecureEntry('detection-off')),
  z.strictObject({
    ...insecureEntry('diameter-without-tls'),
    server: row('name', 'required', 'Which peer, by its host (diameter-without-tls).', text()),
  }),
  z.strictObject(insecureEntry('foreign-contacts')),
  z.strictObject(insecureEntry('legacy-qop')),
  z.strictObject(insecureEntry('md5-for-everyone')),
  z.strictObject(insecureEntry('plain-admin')),
  z.strictObject({
    ...insecureEntry('private-certificates'),
    hosts: row('list of names, addresses or prefixes', 'required', 'Which hosts (private-certificates).', list(written(readHostOrPrefix)).min(1, 'name at least one host')),
  }),
  z.strictObject({
    ...insecureEntry('radius-without-message-authenticator'),
    server: row('address', 'required', 'Which server, as it stands in aaa (radius-without-…).', text()),
  }),
  z.strictObject({
    ...insecureEntry('radius-without-tls'),
    server: row('address', 'required', 'Which server, as it stands in aaa (radius-without-…).', text()),
  }),
  z.strictObject(insecureEntry('strange-media')),
  z.strictObject({
    ...insecureEntry('trunk-without-tls'),
    trunk: row('trunk name', 'required', 'Which trunk (trunk-without-tls).', text()),
  }),
  z.strictObject({
    ...insecureEntry('unauthenticated-requests'),
    methods: row('list of methods', 'required', 'Which methods (unauthenticated-requests).', list(method).min(1, 'name at least one method')),
  }),
])
// biome-ignore format: one setting a line
const InsecureDocs = z.strictObject({
  allow: row(Object.keys(INSECURE).join(', '), 'required', 'What is weakened.', z.string()),
  because,
  hosts: row('list of names, addresses or prefixes', 'required', 'Which hosts (private-certificates only).', z.string()),
  methods: row('list of methods', 'required', 'Which methods (unauthenticated-requests only).', z.string()),
  server: row('address', 'required', 'Which server or peer, as it stands in aaa (radius-without-…, diameter-without-tls).', z.string()),
  trunk: row('trunk name', 'required', 'Which trunk (trunk-without-tls only).', z.string()),
})

// biome-ignore format: one setting a line
export const StorageObject = z.strictObject({
  'key-file': row('path', 'secrets.key in the data folder', 'Key that seals credentials in PostgreSQL; keep it out of the database and its backups.', text().optional()),
  'location-url': row('URL', 'url', 'A second PostgreSQL login that may touch the location table only.', text().optional()),
  kind: row('sqlite or postgres', 'sqlite', 'Where location and credentials are kept.', z.enum(['sqlite', 'postgres']).default('sqlite')),
  url: row('URL', 'required for postgres', `PostgreSQL connection; \`\${NAME}\` is taken from the environment.`, text().optional()),
})

// biome-ignore format: one setting a line
export const TlsObject = z.strictObject({
  ca: row('path', "own authority and the system's", 'PEM file of authorities for trunks and clients.', text().optional()),
  certificate: row('path', 'own certificate', 'PEM file with the server certificate and its chain.', text().optional()),
  'client-certificates': row(
    'none, ask or require',
    'ask where a trunk shows one, else none',
    'Whether TLS clients are asked for a certificate; some phones ask their user for one then.',
    z.enum(['none', 'ask', 'require']).optional(),
  ),
  key: row('path', 'own key', 'PEM file with the private key.', text().optional()),
  'min-version': row(
    '1.2 or 1.3',
    '1.2',
    'Lowest TLS version.',
    z
      .union([z.string(), z.number()])
      .transform(String)
      .pipe(z.enum(['1.2', '1.3']))
      .default('1.2'),
  ),
})

// biome-ignore format: one setting a line
export const RegistrarObject = z.strictObject({
  'default-expires': row('duration', '1h', 'Given when a REGISTER asks for none.', seconds(60, 604_800).default(3600), { unit: 'seconds' }),
  'max-contacts': row('number', String(LIMITS.maxContactsPerAor), 'Contacts of one user.', count(1, 100).default(LIMITS.maxContactsPerAor)),
  'max-expires': row('duration', '1h', 'Longest registration.', seconds(60, 604_800).default(3600), {
    unit: 'seconds',
  }),
  'min-expires': row('duration', '1m', 'Shortest registration; less is answered 423.', seconds(1, 3600).default(60), { unit: 'seconds' }),
  'service-route': row('list of SIP URIs', '[]', 'Told to phones: the way of their requests, in order (RFC 3608).', list(written(readRoute)).default([])),
})

// biome-ignore format: one setting a line
export const DigestObject = z.strictObject({
  algorithms: row(
    'list',
    '[SHA-256, SHA-512-256]',
    'Offered in this order; MD5 follows only where a user is marked for it.',
    list(z.enum(['SHA-256', 'SHA-512-256']))
      .min(1, 'name at least one')
      .default(['SHA-256', 'SHA-512-256']),
  ),
  'auth-int-methods': row('list of methods', '[]', 'Methods whose digest must cover the body.', list(method).default([])),
  'nonce-ttl': row('duration', '5m', 'How long a nonce is good.', seconds(10, 86_400).default(300), {
    unit: 'seconds',
  }),
  'one-time-nonce': row('true or false', 'false', 'A nonce is good for one request only.', flag().default(false)),
  qop: row(
    'list of auth, auth-int',
    '[auth, auth-int]',
    'Qualities of protection offered.',
    list(z.enum(['auth', 'auth-int']))
      .min(1, 'name at least one')
      .default(['auth', 'auth-int']),
  ),
  userhash: row('true or false', 'true', 'Clients may hash their user name.', flag().default(true)),
})

// biome-ignore format: one setting a line
export const DatagramsObject = z.strictObject({
  by: row('auto, native or node', 'auto', 'Read and written in batches by the native module, or one by one by Node; auto takes the module where it is built.', z.enum(['auto', 'native', 'node']).default('auto')),
  gather: row('number', '800', 'While many come, they are read this often, in batches; 0 reads each as it comes. For the native module.', count(0, 5000).default(800), { unit: 'microseconds' }),
})

// biome-ignore format: one setting a line
export const DnsObject = z.strictObject({
  cache: row('number', '10000', 'Answers kept.', count(100, 1_000_000).default(10_000), { unit: 'answers' }),
  servers: row('list of addresses', 'those of the machine', 'Name servers, with port if it is not 53.', list(written(readServer)).default([])),
  timeout: row('duration', '2s', 'How long one server is waited for.', written(readDuration('ms', 100, 30_000)).default(2000), { unit: 'ms' }),
})

const limit = (
  name:
    | 'maxConnections'
    | 'maxConnectionsPerSource'
    | 'maxPendingPerAccount'
    | 'maxTargets'
    | 'maxTransactions'
    | 'maxTransactionsPerSource',
  sentence: string,
) =>
  row(
    'number',
    String(LIMITS[name]),
    `${sentence} Can be lowered only.`,
    count(1, LIMITS[name]).default(LIMITS[name]),
  )
// biome-ignore format: one setting a line
export const LimitsObject = z.strictObject({
  connections: limit('maxConnections', 'Connections in all.'),
  'connections-per-source': limit('maxConnectionsPerSource', 'Connections from one address.'),
  'pending-per-account': limit('maxPendingPerAccount', 'INVITEs of one user that wait for their final answer.'),
  'requests-per-account': row('number', '50', 'New requests of one user, ten seconds of which may come at once; more are answered 503. Calls that are up go on.', count(1, 100_000).default(50), { unit: 'a second' }),
  strangers: row('number', '25', "Percent of the processor's time for unknown sources while more comes than can be done.", count(2, 90).default(25), { unit: 'percent' }),
  targets: limit('maxTargets', 'Targets of one request.'),
  'texts-per-callee': row('number', '3', 'Texts (MESSAGE) of one user to one and the same callee, ten seconds of which may come at once; more are answered 503.', count(1, 100_000).default(3), { unit: 'a second' }),
  transactions: limit('maxTransactions', 'Transactions alive.'),
  'transactions-per-source': limit('maxTransactionsPerSource', 'Transactions of one source.'),
  'unbounded-accounts': row('list of users', '[]', 'Users whose programs may send any number of requests: diallers.', list(written(readAor)).default([])),
  wait: row('duration', '40ms', 'How long a message may wait before unknown sources are heard less, and then requests are refused.', written(readDuration('ms', 10, 1000)).default(40), { unit: 'ms' }),
})

// biome-ignore format: one setting a line
export const TimersObject = z.strictObject({
  drain: row('duration', '30s', 'How long calls in progress may go on after SIGTERM.', seconds(0, 3600).default(30), { unit: 'seconds' }),
  t1: row('duration', '500ms', 'Estimate of the round trip (RFC 3261 §17.1.1.1).', written(readDuration('ms', 100, 5000)).default(500), { unit: 'ms' }),
  'timer-c': row('duration', '181s', 'How long a phone may ring; more than three minutes (RFC 3261 §16.6).', seconds(181, 3600).default(181), { unit: 'seconds' }),
})

// biome-ignore format: one setting a line
export const LogObject = z.strictObject({
  format: row('auto, json or text', 'auto', 'Text on a terminal and JSON elsewhere, or always one of them.', z.enum(['auto', 'json', 'text']).default('auto')),
  level: row('debug, info, warn or error', 'info', 'Least level that is written.', z.enum(['debug', 'info', 'warn', 'error']).default('info')),
})

// biome-ignore format: one setting a line
/** Every setting of `aspis.yaml`; its table is `docs/configuration.md`. */
export const Settings = z.strictObject({
  aaa: row('object', 'none', 'Credentials and records of calls beyond this machine.', AaaObject.optional(), { of: AaaObject }),
  admin: row('URL or off', 'http://127.0.0.1:9090', 'Health, metrics and commands.', written(readAdmin).default({ host: '127.0.0.1', port: 9090, isSecure: false })),
  advertise: row('host', 'the address of the flow', 'What goes into Via and Record-Route where the listener is on all addresses.', written(readHost).optional()),
  data: row('path', './aspis-data', 'Folder of database, certificates and keys, from the folder of this file.', text().default('./aspis-data')),
  datagrams: row('object', '', 'How UDP is read and written.', DatagramsObject.prefault({}), { of: DatagramsObject }),
  detection: row('object', '', 'Attacks: what is looked for, and what follows.', DetectionObject.prefault({}), { of: DetectionObject }),
  digest: row('object', '', 'Proof of the caller.', DigestObject.prefault({}), { of: DigestObject }),
  dns: row('object', '', 'Look-ups.', DnsObject.prefault({}), { of: DnsObject }),
  domains: row('list of names or objects', 'required', 'Domains that are served.', list(z.unknown()).min(1, 'name at least one domain'), { of: DomainObject }),
  identity: row('object', 'none: Identity header fields pass untouched', 'Who is calling, signed and verified (STIR, RFC 8224).', IdentityObject.optional(), { of: IdentityObject }),
  insecure: row('list of objects', '[]', 'What is weakened, and why; nothing else can be.', list(z.unknown()).default([]), { of: InsecureDocs }),
  limits: row('object', '', 'Bounds of what strangers can use up.', LimitsObject.prefault({}), {
    of: LimitsObject,
  }),
  listen: row('list of transport://address:port', 'udp, tcp 5060, tls 5061, wss 7443 on 0.0.0.0', 'Where phones and trunks reach us.', list(z.unknown()).min(1, 'name at least one').optional()),
  log: row('object', '', 'What is written.', LogObject.prefault({}), { of: LogObject }),
  'next-hop': row('object', 'none', 'A PBX behind the edge.', NextHopObject.optional(), {
    of: NextHopObject,
  }),
  policy: row('object', '', 'What rules stand on: numbers, times, limits.', PolicyObject.prefault({}), { of: PolicyObject }),
  redirect: row('list of users', '[]', 'Users who are answered with a 302 in a proxy domain.', list(written(readAor)).default([])),
  refer: row('object', '', 'REFER, Referred-By and Replaces.', ReferObject.prefault({}), { of: ReferObject }),
  registrar: row('object', '', 'Bounds of a registration.', RegistrarObject.prefault({}), {
    of: RegistrarObject,
  }),
  rules: row('list of objects', '[] (nobody)', 'Who may call whom; the first that fits decides, and none means no.', list(z.unknown()).default([]), { of: RuleObject }),
  storage: row('object', 'sqlite', 'Where location and credentials are kept.', StorageObject.prefault({}), {
    of: StorageObject,
  }),
  timers: row('object', '', 'Times of RFC 3261 and of stopping.', TimersObject.prefault({}), {
    of: TimersObject,
  }),
  tls: row('object', '', 'The channel.', TlsObject.prefault({}), { of: TlsObject }),
  trunks: row('list of objects', '[]', 'Neighbours known by certificate or address.', list(z.unknown()).default([]), { of: TrunkObject }),
  unserved: row('silent or reject', 'silent', 'What a stranger gets for a domain that is not served: nothing, or the answer of RFC 3261.', z.enum(['silent', 'reject']).default('silent')),
  workers: row('number or auto', '1', 'Processes that serve side by side, each on a core; auto: one a core.', z.union([z.literal('auto'), count(1, MAX_WORKERS)], 'write a number or auto').default(1)),
  'ws-origins': row('list of origins', 'https:// and each domain, with or without www.', 'Web pages that may open a WebSocket.', list(written(readOrigin)).default([])),
})

/** A domain as a name alone, or as an object. */
export const DomainName = written(readDomain)
export const ListenItem = written(readListen)
