import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { Secret } from '../../base/secret.ts'
import { MAX_WORKERS } from '../workers/mark.ts'
import { readAaa } from './aaa.ts'
import type {
  Config,
  DomainConfig,
  InsecureConfig,
  ListenConfig,
  NextHopConfig,
  StorageConfig,
  TlsConfig,
  TrunkConfig,
} from './config.ts'
import { readDetection } from './detection.ts'
import { readIdentity } from './identity.ts'
import { checkMeaning, type Entries, trunkNames } from './meaning.ts'
import { policyOf, ruleOf } from './policy.ts'
import { ConfigError, type Problem } from './problem.ts'
import { ConfigReader, isRecord } from './read.ts'
import { readRefer } from './refer.ts'
import { DomainName, DomainObject, InsecureEntries, ListenItem, Settings, TrunkObject } from './settings.ts'
import { RuleObject } from './settings-policy.ts'
import { type ConfigSource, readSource } from './source.ts'
import { didYouMean } from './suggest.ts'
import { readListen } from './values.ts'

/** A configuration as far as it could be read, and everything that is wrong with it. */
export interface LoadedConfig {
  /** Absent when there is an error among the problems. */
  readonly config?: Config
  readonly problems: readonly Problem[]
  readonly source: ConfigSource
}

const DEFAULT_LISTEN = [
  'udp://0.0.0.0:5060',
  'tcp://0.0.0.0:5060',
  'tls://0.0.0.0:5061',
  'wss://0.0.0.0:7443',
]

/**
 * Reads a configuration file.
 * @throws ConfigError with every problem, when there is an error among them
 */
export function loadConfig(
  file: string,
  environment: NodeJS.ProcessEnv,
): { config: Config; problems: readonly Problem[] } {
  const loaded = loadConfigFile(file, environment)
  if (loaded.config === undefined) throw new ConfigError(loaded.problems)
  return { config: loaded.config, problems: loaded.problems }
}

/** Like `loadConfig`, but problems are returned. */
export function loadConfigFile(file: string, environment: NodeJS.ProcessEnv): LoadedConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const why =
      code === 'ENOENT'
        ? 'no such file; "aspis init <domain>" writes one'
        : `cannot be read (${String(code)})`
    const problem: Problem = {
      severity: 'error',
      kind: 'configuration',
      path: [],
      message: `${file}: ${why}`,
    }
    return { problems: [problem], source: readSource('', file) }
  }
  return parseConfig(text, file, environment)
}

/**
 * Reads a configuration from text; opens nothing.
 * @param file its path: relative paths inside start at its folder
 */
export function parseConfig(text: string, file: string, environment: NodeJS.ProcessEnv): LoadedConfig {
  const source = readSource(text, file)
  const reader = new ConfigReader(source)
  if (source.problems.length > 0 || !isRecord(source.root)) return { problems: reader.problems, source }
  const known = Object.keys(Settings.shape)
  for (const key of reader.keys) {
    if (!known.includes(key)) reader.errorAtKey([], key, `no such setting "${key}"${didYouMean(key, known)}`)
  }
  const config = assemble(reader, resolve(dirname(file)), file, environment)
  const hasErrors = reader.problems.some(problem => problem.severity === 'error')
  return { ...(hasErrors || config === undefined ? {} : { config }), problems: reader.problems, source }
}

function assemble(
  reader: ConfigReader,
  folder: string,
  file: string,
  environment: NodeJS.ProcessEnv,
): Config | undefined {
  const { shape } = Settings
  reader.setting('domains', shape.domains)
  reader.setting('listen', shape.listen)
  for (const key of ['trunks', 'rules', 'insecure'] as const) reader.setting(key, shape[key])
  const entries: Entries = {
    domains: reader.items('domains', readDomainEntry),
    listen: reader.items('listen', () => ListenItem),
    trunks: reader.items('trunks', () => TrunkObject.transform(normaliseTrunk)),
    rules: reader.items('rules', () => RuleObject),
    insecure: reader.items('insecure', () => InsecureEntries),
  }
  const aaaRead = reader.setting('aaa', shape.aaa)
  const admin = reader.setting('admin', shape.admin)
  const advertise = reader.setting('advertise', shape.advertise)
  const dataText = reader.setting('data', shape.data)
  const datagrams = reader.setting('datagrams', shape.datagrams)
  const detectionRead = reader.setting('detection', shape.detection)
  const digest = reader.setting('digest', shape.digest)
  const dns = reader.setting('dns', shape.dns)
  const identityRead = reader.setting('identity', shape.identity)
  const limits = reader.setting('limits', shape.limits)
  const log = reader.setting('log', shape.log)
  const nextHopRead = reader.setting('next-hop', shape['next-hop'])
  const policyRead = reader.setting('policy', shape.policy)
  const policy = policyRead && policyOf(policyRead)
  const redirect = reader.setting('redirect', shape.redirect)
  const referRead = reader.setting('refer', shape.refer)
  const registrar = reader.setting('registrar', shape.registrar)
  const storageRead = reader.setting('storage', shape.storage)
  const timers = reader.setting('timers', shape.timers)
  const tlsRead = reader.setting('tls', shape.tls)
  const unserved = reader.setting('unserved', shape.unserved)
  const workers = reader.setting('workers', shape.workers)
  const wsOrigins = reader.setting('ws-origins', shape['ws-origins'])
  const data = resolve(folder, dataText ?? './aspis-data')
  const nextHop: NextHopConfig | undefined =
    nextHopRead === undefined
      ? undefined
      : { ...nextHopRead.uri, when: nextHopRead.when, domains: nextHopRead.domains }
  const storage =
    storageRead === undefined ? undefined : readStorage(reader, storageRead, data, folder, environment)
  const tls: TlsConfig | undefined = tlsRead && {
    ...(tlsRead.certificate === undefined ? {} : { certificate: resolve(folder, tlsRead.certificate) }),
    ...(tlsRead.key === undefined ? {} : { key: resolve(folder, tlsRead.key) }),
    ...(tlsRead.ca === undefined ? {} : { ca: resolve(folder, tlsRead.ca) }),
    clientCertificates: tlsRead['client-certificates'] ?? askedFor(entries),
    minVersion: tlsRead['min-version'],
  }
  const aaa =
    aaaRead === undefined
      ? undefined
      : readAaa(reader, aaaRead, {
          folder,
          environment,
          insecure: entries.insecure,
          firstDomain: entries.domains[0]?.value.name ?? '',
        })
  const detection =
    detectionRead && readDetection(reader, detectionRead, { folder, insecure: entries.insecure })
  const refer = referRead && readRefer(reader, referRead, folder, trunkNames(reader, entries.trunks))
  const identity =
    identityRead === undefined
      ? undefined
      : readIdentity(reader, identityRead, {
          folder,
          insecure: entries.insecure,
          domains: entries.domains.map(({ value }) => value.name),
          trunks: entries.trunks.map(({ value }) => value.name),
        })
  checkMeaning(reader, entries, { admin, advertise, digest, nextHop, policy, redirect, registrar, tls })
  if (!admin || !datagrams || !digest || !dns || !limits || !log || !policy || !redirect || !registrar)
    return undefined
  if (!refer || !detection) return undefined
  if (!storage || !timers || !tls || !unserved || !workers || !wsOrigins) return undefined
  const insecure: readonly InsecureConfig[] = entries.insecure.map(item => item.value)
  const allows = (name: InsecureConfig['allow']): boolean => insecure.some(entry => entry.allow === name)
  const domains: readonly DomainConfig[] = entries.domains.map(item => item.value)
  const listen = entries.listen.map(item => item.value)
  return {
    file: resolve(file),
    domains,
    ...(aaa === undefined ? {} : { aaa }),
    ...(identity === undefined ? {} : { identity }),
    listen: listen.length > 0 ? listen : defaultListen(),
    ...(advertise === undefined ? {} : { advertise: { host: advertise } }),
    data,
    ...(admin === 'off' ? {} : { admin }),
    unserved,
    storage,
    tls,
    refer,
    registrar: {
      minExpiresSeconds: registrar['min-expires'],
      maxExpiresSeconds: registrar['max-expires'],
      defaultExpiresSeconds: registrar['default-expires'],
      maxContactsPerAor: registrar['max-contacts'],
      serviceRoute: registrar['service-route'],
      foreignContacts: allows('foreign-contacts') ? 'allow' : 'refuse',
    },
    datagrams: { by: datagrams.by, gatherMicroseconds: datagrams.gather },
    detection,
    digest: {
      nonceTtlSeconds: digest['nonce-ttl'],
      algorithms: digest.algorithms,
      qop: digest.qop,
      authIntMethods: digest['auth-int-methods'],
      userhash: digest.userhash,
      oneTimeNonce: digest['one-time-nonce'],
      md5ForEveryone: allows('md5-for-everyone'),
      legacyQop: allows('legacy-qop'),
    },
    trunks: entries.trunks.map(item => item.value),
    ...(nextHop === undefined ? {} : { nextHop }),
    policy,
    rules: entries.rules.map(({ index, value }) => ruleOf(value, index)),
    redirect,
    dns: { servers: dns.servers, timeoutMs: dns.timeout, maxCacheEntries: dns.cache },
    limits: {
      maxConnections: limits.connections,
      maxConnectionsPerSource: limits['connections-per-source'],
      maxPendingPerAccount: limits['pending-per-account'],
      maxTargets: limits.targets,
      maxTransactions: limits.transactions,
      maxTransactionsPerSource: limits['transactions-per-source'],
      requestsPerAccount: limits['requests-per-account'],
      strangersShare: limits.strangers / 100,
      textsPerCallee: limits['texts-per-callee'],
      unboundedAccounts: limits['unbounded-accounts'],
      waitMs: limits.wait,
    },
    timers: { t1Ms: timers.t1, timerCSeconds: timers['timer-c'], drainSeconds: timers.drain },
    log,
    workers: workers === 'auto' ? Math.min(availableParallelism(), MAX_WORKERS) : workers,
    wsOrigins,
    unauthenticatedMethods: unauthenticatedMethods(insecure),
    insecure,
  }
}

/** The listeners of a file that names none. */
function defaultListen(): ListenConfig[] {
  return DEFAULT_LISTEN.map(readListen).flatMap(result => (result.ok ? [result.value] : []))
}

/** Methods that an `insecure` entry lets in without credentials. */
function unauthenticatedMethods(insecure: readonly InsecureConfig[]): ReadonlySet<string> {
  return new Set(insecure.flatMap(entry => (entry.allow === 'unauthenticated-requests' ? entry.methods : [])))
}

function readDomainEntry(entry: unknown) {
  return isRecord(entry)
    ? DomainObject
    : DomainName.transform((name): DomainConfig => ({ name, mode: 'proxy', aliases: [] }))
}

function normaliseTrunk(trunk: ReturnType<typeof TrunkObject.parse>): TrunkConfig {
  const { uri, identities, ...rest } = trunk
  return { ...rest, ...uri, identities: identities ?? [uri.host], isPlain: uri.transport !== 'tls' }
}

function readStorage(
  reader: ConfigReader,
  storage: ReturnType<typeof Settings.shape.storage.parse>,
  data: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): StorageConfig | undefined {
  const { kind, url, 'location-url': locationUrl, 'key-file': keyFile } = storage
  if (kind === 'sqlite') {
    for (const key of ['url', 'location-url', 'key-file'] as const) {
      if (storage[key] !== undefined)
        reader.error(['storage', key], 'only postgres has this; write kind: postgres')
    }
    return { kind: 'sqlite' }
  }
  if (url === undefined) {
    reader.error(['storage', 'url'], `missing: postgres needs a url, such as \${ASPIS_DATABASE_URL}`)
    return undefined
  }
  const main = readDatabaseUrl(reader, ['storage', 'url'], url, environment)
  const location =
    locationUrl && readDatabaseUrl(reader, ['storage', 'location-url'], locationUrl, environment)
  if (main === undefined) return undefined
  return {
    kind: 'postgres',
    url: main,
    ...(location ? { locationUrl: location } : {}),
    keyFile: keyFile === undefined ? resolve(data, 'secrets.key') : resolve(folder, keyFile),
  }
}

/** Some phones stop and ask their user for a certificate when the server wants one: only trunks have a use for that. */
function askedFor({ trunks }: Entries): TlsConfig['clientCertificates'] {
  return trunks.some(({ value }) => !value.isPlain) ? 'ask' : 'none'
}

function readDatabaseUrl(
  reader: ConfigReader,
  path: readonly string[],
  written: string,
  environment: NodeJS.ProcessEnv,
): Secret | undefined {
  const missing: string[] = []
  const url = written.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_all, name: string) => {
    const value = environment[name]
    if (value === undefined || value === '') missing.push(name)
    return value ?? ''
  })
  for (const name of missing) reader.error(path, `the environment has no ${name}`)
  if (missing.length > 0) return undefined
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return new Secret(url)
  reader.error(path, 'not a URL of the form postgres://user:password@host:5432/database')
  return undefined
}
