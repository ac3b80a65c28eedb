import { stringify } from 'yaml'
import type { z } from 'zod'
import { bracketed } from '../../base/flow.ts'
import type { Config } from './config.ts'
import { detectionSettings } from './detection.ts'
import { identitySettings } from './identity.ts'
import { aaaSettings } from './print-aaa.ts'
import { policySettings, ruleSettings } from './print-policy.ts'
import { referSettings } from './refer.ts'
import { type Row, rows } from './row.ts'
import { INSECURE, Settings } from './settings.ts'

/** The effective configuration as YAML that could be read again; secrets print as `[secret]`. */
export function printConfig(config: Config): string {
  return stringify(settingsOf(config), { lineWidth: 0 })
}

/** `docs/configuration.md`: every setting in one table per object. */
export function configurationPage(): string {
  const lines = [
    '# Configuration',
    '',
    '<!-- Generated from src/server/config/settings.ts by `aspis config docs`; do not edit. -->',
    '',
    'One YAML file, `aspis.yaml` unless `-c` names another. This much is a whole configuration:',
    '',
    '```yaml',
    'domains: [example.test]',
    '```',
    '',
    'Everything that is not written is at the default below. Durations are written `500ms`, `30s`, `5m`, `1h`, `7d`.',
    'Paths start at the folder of the file. An unknown setting is an error. `aspis check` finds mistakes before a',
    'start, `aspis check --explain` says what the configuration means, `aspis config print` prints all of it.',
    '',
    ...table('Settings', '', Settings),
  ]
  for (const [key, schema] of Object.entries(Settings.shape)) {
    const of = rows.get(schema)?.of
    if (of === undefined) continue
    lines.push(...tables(key, rowOf(key, schema).sentence, of))
    if (key !== 'insecure') continue
    lines.push('| what | what it opens |', '|---|---|')
    for (const [name, text] of Object.entries(INSECURE)) lines.push(`| \`${name}\` | ${text} |`)
    lines.push('')
  }
  return `${lines.join('\n').trimEnd()}\n`
}

/** The table of an object, and those of the objects inside. */
function tables(path: string, sentence: string, object: z.ZodObject): string[] {
  const inner = Object.entries(object.shape).flatMap(([key, schema]) => {
    const of = rows.get(schema)?.of
    return of === undefined ? [] : tables(`${path}: ${key}`, rowOf(key, schema).sentence, of)
  })
  return [...table(`\`${path}\``, sentence, object), ...inner]
}

function table(title: string, sentence: string, object: z.ZodObject): string[] {
  const lines = [
    `## ${title}`,
    '',
    ...(sentence === '' ? [] : [sentence, '']),
    '| setting | type | default | |',
    '|---|---|---|---|',
  ]
  for (const [key, schema] of Object.entries(object.shape)) {
    const row = rowOf(key, schema)
    lines.push(`| \`${key}\` | ${row.type} | ${row.default} | ${row.sentence} |`)
  }
  return [...lines, '']
}

function rowOf(key: string, schema: object): Row {
  const row = rows.get(schema)
  if (row === undefined) throw new RangeError(`setting ${key} has no row`)
  return row
}

function settingsOf(config: Config): Record<string, unknown> {
  const { registrar, digest, dns, limits, timers, tls, nextHop } = config
  return {
    domains: config.domains.map(domain => ({
      name: domain.name,
      mode: domain.mode,
      aliases: domain.aliases,
    })),
    ...(config.aaa === undefined ? {} : { aaa: aaaSettings(config.aaa) }),
    ...(config.identity === undefined ? {} : { identity: identitySettings(config.identity) }),
    listen: config.listen.map(listen => listen.text),
    ...(config.advertise === undefined ? {} : { advertise: config.advertise.host }),
    data: config.data,
    admin: config.admin === undefined ? 'off' : adminUrl(config.admin),
    unserved: config.unserved,
    workers: config.workers,
    storage: storageOf(config),
    tls: {
      ...(tls.certificate === undefined ? {} : { certificate: tls.certificate }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      'client-certificates': tls.clientCertificates,
      'min-version': tls.minVersion,
    },
    refer: referSettings(config.refer),
    registrar: {
      'min-expires': `${registrar.minExpiresSeconds}s`,
      'max-expires': `${registrar.maxExpiresSeconds}s`,
      'default-expires': `${registrar.defaultExpiresSeconds}s`,
      'max-contacts': registrar.maxContactsPerAor,
      'service-route': registrar.serviceRoute.map(value => value.slice(1, -1)),
    },
    datagrams: { by: config.datagrams.by, gather: config.datagrams.gatherMicroseconds },
    detection: detectionSettings(config.detection),
    digest: {
      algorithms: digest.algorithms,
      qop: digest.qop,
      'auth-int-methods': digest.authIntMethods,
      'nonce-ttl': `${digest.nonceTtlSeconds}s`,
      'one-time-nonce': digest.oneTimeNonce,
      userhash: digest.userhash,
    },
    trunks: config.trunks.map(({ name, uri, domains, identities, addresses, reach, trusted }) => {
      return { name, uri, domains, identities, addresses, reach, trusted }
    }),
    ...(nextHop === undefined
      ? {}
      : { 'next-hop': { uri: nextHop.uri, when: nextHop.when, domains: nextHop.domains } }),
    policy: policySettings(config.policy),
    rules: config.rules.map(ruleSettings),
    redirect: config.redirect,
    dns: {
      servers: dns.servers.map(server => `${bracketed(server.ip)}:${server.port}`),
      timeout: `${dns.timeoutMs}ms`,
      cache: dns.maxCacheEntries,
    },
    limits: {
      connections: limits.maxConnections,
      'connections-per-source': limits.maxConnectionsPerSource,
      'pending-per-account': limits.maxPendingPerAccount,
      'requests-per-account': limits.requestsPerAccount,
      strangers: Math.round(limits.strangersShare * 100),
      targets: limits.maxTargets,
      'texts-per-callee': limits.textsPerCallee,
      transactions: limits.maxTransactions,
      'transactions-per-source': limits.maxTransactionsPerSource,
      'unbounded-accounts': limits.unboundedAccounts.map(aor => aor.slice('sip:'.length)),
      wait: `${limits.waitMs}ms`,
    },
    timers: {
      t1: `${timers.t1Ms}ms`,
      'timer-c': `${timers.timerCSeconds}s`,
      drain: `${timers.drainSeconds}s`,
    },
    log: config.log,
    'ws-origins': config.wsOrigins,
    insecure: config.insecure,
  }
}

function storageOf({ storage }: Config): Record<string, unknown> {
  if (storage.kind === 'sqlite') return { kind: 'sqlite' }
  return {
    kind: 'postgres',
    url: String(storage.url),
    ...(storage.locationUrl === undefined ? {} : { 'location-url': String(storage.locationUrl) }),
    'key-file': storage.keyFile,
  }
}

/** The base URL of the admin interface. */
export function adminUrl(admin: NonNullable<Config['admin']>): string {
  return `${admin.isSecure ? 'https' : 'http'}://${bracketed(admin.host)}:${admin.port}`
}
