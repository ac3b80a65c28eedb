import type { AaaConfig, RadiusConfig, RadiusServerConfig } from './aaa.ts'
import { diameterSettings, explainDiameter } from './print-diameter.ts'

/** `aaa` as it could be written; secrets are named by where they are read from. */
export function aaaSettings(aaa: AaaConfig): Record<string, unknown> {
  return {
    sources: aaa.sources,
    cache: `${aaa.cacheSeconds}s`,
    ...(aaa.radius === undefined ? {} : { radius: radiusSettings(aaa.radius) }),
    ...(aaa.diameter === undefined ? {} : { diameter: diameterSettings(aaa.diameter) }),
  }
}

/** `aaa` in sentences, for `aspis check --explain`. */
export function explainAaa(aaa: AaaConfig): string[] {
  const { sources, cacheSeconds, radius, diameter } = aaa
  return [
    `asked in this order: ${sources.join(', ')}; when one cannot answer and none after it says yes, 503`,
    cacheSeconds === 0
      ? 'no answer is kept'
      : `a password hash that was handed over is kept for ${cacheSeconds} s`,
    ...(radius === undefined ? [] : explainRadius(radius)),
    ...(diameter === undefined ? [] : explainDiameter(diameter)),
  ]
}

function explainRadius(radius: RadiusConfig): string[] {
  const server = ({ label, transport, demandsMessageAuthenticator: isStrict }: RadiusServerConfig): string =>
    `${label} by ${transport === 'tls' ? 'TLS' : 'UDP'}${isStrict ? '' : ', UNSIGNED answers accepted'}`
  return [
    `RADIUS (${radius.form}): ${radius.servers.map(server).join('; then ')}`,
    radius.accounting.length === 0
      ? 'no records of calls'
      : `records of calls: ${radius.accounting.map(server).join('; then ')}`,
  ]
}

function radiusSettings(radius: RadiusConfig): Record<string, unknown> {
  const { ca, certificate, key } = radius
  return {
    servers: radius.servers.map(serverSettings),
    accounting: radius.accounting.map(serverSettings),
    form: radius.form,
    'nas-identifier': radius.nasIdentifier,
    timeout: `${radius.timeoutMs}ms`,
    tries: radius.tries,
    'give-up': `${radius.giveUpMs}ms`,
    probe: `${radius.probeMs}ms`,
    'status-server': radius.statusServer,
    interim: `${radius.interimSeconds}s`,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  }
}

function serverSettings({
  label,
  transport,
  certificateName,
  secret,
}: RadiusServerConfig): Record<string, string> {
  return {
    address: label,
    transport,
    name: certificateName,
    ...(secret === undefined
      ? {}
      : secret.kind === 'file'
        ? { 'secret-file': secret.path }
        : { secret: `\${${secret.name}}` }),
  }
}
