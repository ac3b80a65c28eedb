import { resolve } from 'node:path'
import type { InsecureConfig } from './config.ts'
import { type DiameterConfig, readDiameter } from './diameter.ts'
import type { ConfigPath } from './problem.ts'
import type { ConfigReader, Item } from './read.ts'
import type { AaaObject, RadiusServerObject } from './settings-aaa.ts'

/** The kinds of places that credentials are kept in. */
export type SourceName = 'local' | 'radius' | 'diameter'

/** Where a shared secret is read from when it is needed; it never stands in the configuration. */
export type SecretPlace =
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

/** One RADIUS server. */
export interface RadiusServerConfig {
  /** As the operator wrote its address; logs and metrics call it so. */
  readonly label: string
  readonly host: string
  readonly port: number
  readonly transport: 'tls' | 'udp'
  /** Name that its certificate must carry. */
  readonly certificateName: string
  /** Absent with TLS, where the secret is `radsec` (RFC 6614 §2.3). */
  readonly secret?: SecretPlace
  /** False only by `insecure: radius-without-message-authenticator`. */
  readonly demandsMessageAuthenticator: boolean
}

/** RADIUS: who is asked, and how patiently. */
export interface RadiusConfig {
  readonly servers: readonly RadiusServerConfig[]
  readonly accounting: readonly RadiusServerConfig[]
  readonly form: 'rfc5090' | 'sterman'
  readonly nasIdentifier: string
  readonly timeoutMs: number
  readonly tries: number
  readonly giveUpMs: number
  readonly probeMs: number
  readonly statusServer: boolean
  readonly interimSeconds: number
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
}

/** Credentials and records of calls beyond this machine. */
export interface AaaConfig {
  readonly sources: readonly SourceName[]
  /** 0: nothing is kept. */
  readonly cacheSeconds: number
  /** MD5 from users of AAA servers; only by `insecure`. */
  readonly md5: boolean
  readonly radius?: RadiusConfig
  readonly diameter?: DiameterConfig
}

type Written = ReturnType<typeof AaaObject.parse>
type WrittenServer = ReturnType<typeof RadiusServerObject.parse>

/** What the checks look at beside `aaa` itself. */
export interface AaaSurroundings {
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  readonly insecure: readonly Item<InsecureConfig>[]
  readonly firstDomain: string
}

/** RFC 2865 §3: an empty secret is none, and 16 octets are the least that resists guessing. */
export const MIN_SECRET_OCTETS = 16

/** Completes and checks `aaa`; mistakes go to the reader. */
export function readAaa(reader: ConfigReader, written: Written, around: AaaSurroundings): AaaConfig {
  const { radius, diameter } = written
  const known: readonly SourceName[] = [
    'local',
    ...(radius === undefined ? [] : ['radius' as const]),
    ...(diameter === undefined ? [] : ['diameter' as const]),
  ]
  const sources = written.sources ?? known
  for (const [index, name] of sources.entries()) {
    if (sources.indexOf(name) !== index) reader.error(['aaa', 'sources', index], `"${name}" stands twice`)
    if (!known.includes(name))
      reader.error(['aaa', 'sources', index], `aaa has no ${name}: say which servers`)
  }
  if (radius !== undefined && !sources.includes('radius') && radius.accounting.length === 0)
    reader.warning(['aaa', 'sources'], 'radius is not among the sources: its servers are never asked')
  const local = sources.indexOf('local')
  if (local > sources.indexOf('radius') && sources.includes('radius'))
    reader.warning(
      ['aaa', 'sources', local],
      'RADIUS cannot say that it does not know a name: local is asked only while no server answers',
    )
  const md5 = around.insecure.some(({ value }) => value.allow === 'aaa-md5')
  if (radius?.form === 'sterman' && !md5)
    reader.error(
      ['aaa', 'radius', 'form'],
      'draft-sterman knows MD5 alone; write rfc5090, or under insecure: {allow: aaa-md5, because: …}',
    )
  const read = radius === undefined ? undefined : readRadius(reader, radius, around)
  const readPeers = diameter === undefined ? undefined : readDiameter(reader, diameter, around)
  checkNamedServers(reader, around, [
    ...[...(read?.servers ?? []), ...(read?.accounting ?? [])].map(({ label }) => label),
    ...(readPeers?.peers ?? []).map(({ host }) => host),
  ])
  return {
    sources,
    cacheSeconds: written.cache,
    md5,
    ...(read === undefined ? {} : { radius: read }),
    ...(readPeers === undefined ? {} : { diameter: readPeers }),
  }
}

function readRadius(
  reader: ConfigReader,
  written: NonNullable<Written['radius']>,
  around: AaaSurroundings,
): RadiusConfig {
  const path = ['aaa', 'radius']
  const servers = (key: 'servers' | 'accounting', udpPort: number): RadiusServerConfig[] =>
    written[key].map((server, index) => readServer(reader, server, [...path, key, index], udpPort, around))
  if ((written.certificate === undefined) !== (written.key === undefined))
    reader.error(path, 'certificate and key go together')
  if (written['give-up'] <= written.timeout) reader.error([...path, 'give-up'], 'must be longer than timeout')
  const file = (name: 'ca' | 'certificate' | 'key'): { readonly [name]?: string } => {
    const value = written[name]
    return value === undefined ? {} : { [name]: resolve(around.folder, value) }
  }
  return {
    servers: servers('servers', 1812),
    accounting: servers('accounting', 1813),
    form: written.form,
    nasIdentifier: written['nas-identifier'] ?? around.firstDomain,
    timeoutMs: written.timeout,
    tries: written.tries,
    giveUpMs: written['give-up'],
    probeMs: written.probe,
    statusServer: written['status-server'],
    interimSeconds: written.interim,
    ...file('ca'),
    ...file('certificate'),
    ...file('key'),
  }
}

function readServer(
  reader: ConfigReader,
  written: WrittenServer,
  path: ConfigPath,
  udpPort: number,
  { insecure, environment, folder }: AaaSurroundings,
): RadiusServerConfig {
  const { host, text: label } = written.address
  const isNamed = (allow: 'radius-without-tls' | 'radius-without-message-authenticator'): boolean =>
    insecure.some(({ value }) => value.allow === allow && value.server === label)
  const transport = written.transport ?? (isLoopback(host) ? 'udp' : 'tls')
  if (transport === 'udp' && !isLoopback(host) && !isNamed('radius-without-tls')) {
    const how = `write transport: tls, or under insecure: {allow: radius-without-tls, server: "${label}", because: …}`
    reader.error([...path, 'transport'], `UDP beyond this machine is in the clear; ${how}`)
  }
  const { secret, 'secret-file': file } = written
  if (secret !== undefined && file !== undefined)
    reader.error([...path, 'secret-file'], 'secret and secret-file: one of them')
  if (secret === undefined && file === undefined && transport === 'udp')
    reader.error([...path, 'secret'], `missing: a variable of the environment (\${NAME}), or secret-file`)
  if (secret !== undefined) {
    const octets = Buffer.byteLength(environment[secret] ?? '')
    if (octets === 0) reader.error([...path, 'secret'], `the environment has no ${secret}`)
    else if (octets < MIN_SECRET_OCTETS && transport === 'udp')
      reader.error(
        [...path, 'secret'],
        `${secret} has ${octets} octets; at least ${MIN_SECRET_OCTETS} (RFC 2865 §3)`,
      )
  }
  const place: SecretPlace | undefined =
    secret !== undefined
      ? { kind: 'environment', name: secret }
      : file !== undefined
        ? { kind: 'file', path: resolve(folder, file) }
        : undefined
  return {
    label,
    host,
    port: written.address.port ?? (transport === 'tls' ? 2083 : udpPort),
    transport,
    certificateName: written.name ?? host,
    ...(place === undefined ? {} : { secret: place }),
    demandsMessageAuthenticator: !isNamed('radius-without-message-authenticator'),
  }
}

function checkNamedServers(
  reader: ConfigReader,
  { insecure }: AaaSurroundings,
  names: readonly string[],
): void {
  for (const { index, value } of insecure) {
    if (!('server' in value)) continue
    if (!names.includes(value.server))
      reader.error(['insecure', index, 'server'], `no server or peer "${value.server}" stands in aaa`)
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
