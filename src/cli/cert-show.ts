import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import type { Config } from '../server/config/config.ts'
import { ownPairProblem, pkiFiles } from '../server/pki/authority.ts'
import { checkPair, type PairFinding } from '../server/pki/check-pair.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print, tell } from './context.ts'
import { formatFlag } from './user-list.ts'

interface Flags extends ConfigFlags {
  readonly format: 'text' | 'json'
}

/** `aspis cert show` */
export const certShow = buildCommand<Flags, [], CliContext>({
  func(flags) {
    const config = openConfiguration(this, flags)
    const files = certificateFiles(config)
    const shown = files.filter(({ file }) => existsSync(file)).map(({ what, file }) => describe(what, file))
    if (shown.length === 0)
      throw new AspisError('ERR_ASPIS_USAGE_CERTIFICATE', `no certificate yet: "aspis cert renew" makes it`)
    const findings = serverFindings(config)
    if (flags.format === 'json') print(this, JSON.stringify({ certificates: shown, findings }, undefined, 2))
    else {
      print(this, shown.map(({ what, ...rest }) => `${what}\n${listing(rest)}`).join('\n\n'))
      for (const finding of findings) tell(this, `${finding.severity}: ${finding.text}`)
    }
    exitWith(this, findings.some(finding => finding.severity === 'error') ? EXIT.findings : EXIT.fine)
  },
  parameters: { flags: { config: configFlag, format: formatFlag() }, aliases: { c: 'config' } },
  docs: {
    brief: 'Show the certificates in use',
    fullDescription:
      'Shows authority and server certificate, and what is wrong with them.\n\nExample:\n  aspis cert show --format json',
  },
})

/** The key and certificate that the server of a configuration uses. */
function certificateFiles(config: Config) {
  const own = pkiFiles(config.data)
  return [
    { what: 'authority', file: own.authorityCertificate },
    { what: 'server', file: config.tls.certificate ?? own.serverCertificate },
  ]
}

/** What is wrong with the server's pair; nothing when there is none yet. */
export function serverFindings(config: Config): readonly PairFinding[] {
  const own = pkiFiles(config.data)
  const problem = ownPairProblem(config.data, config.tls.certificate === undefined)
  if (problem !== undefined) return [{ code: 'own-pair-unfit', severity: 'error', text: problem }]
  const certFile = config.tls.certificate ?? own.serverCertificate
  const keyFile = config.tls.key ?? own.serverKey
  if (!existsSync(certFile) || !existsSync(keyFile)) return []
  const domains = config.domains.map(domain => domain.name)
  return checkPair(
    { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') },
    Date.now(),
    domains,
  )
}

function describe(what: string, file: string) {
  const certificate = readCertificate(file)
  return {
    what,
    file,
    subject: certificate.subject,
    issuer: certificate.issuer,
    names: certificate.subjectAltName ?? '',
    from: certificate.validFromDate.toISOString(),
    until: certificate.validToDate.toISOString(),
    sha256: certificate.fingerprint256,
  }
}

function readCertificate(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AspisError('ERR_ASPIS_USAGE_CERTIFICATE', `${file}: no certificate that can be read (${why})`, {
      cause,
    })
  }
}

function listing(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([key, value]) => `  ${key.padEnd(8)} ${value}`)
    .join('\n')
}
