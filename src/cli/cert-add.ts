import { join, resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { readDomain } from '../server/config/values.ts'
import { ensureAuthority, issueClientCertificate } from '../server/pki/authority.ts'
import { type CertFlags, certFlags, checkAbsent, checkDays } from './cert-flags.ts'
import { openConfiguration } from './configuration.ts'
import { type CliContext, tell } from './context.ts'
import { writeNewFiles } from './new-files.ts'

/** `aspis cert add carrier.example` */
export const certAdd = buildCommand<CertFlags, string[], CliContext>({
  func(flags, ...written) {
    const config = openConfiguration(this, flags)
    const domains = written.map(text => {
      const domain = readDomain(text)
      if (!domain.ok) throw new AspisError('ERR_ASPIS_USAGE_DOMAIN', domain.error)
      return domain.value
    })
    const [name] = domains
    if (name === undefined) throw new AspisError('ERR_ASPIS_USAGE_DOMAIN', 'name a domain')
    checkDays(flags.days)
    const folder = resolve(this.process.cwd(), flags.out)
    const files = {
      key: join(folder, `${name}.key`),
      cert: join(folder, `${name}.pem`),
      ca: join(folder, `${name}.ca.pem`),
    }
    checkAbsent(files)
    const nowMs = Date.now()
    const pair = issueClientCertificate({ folder: config.data, nowMs, name, domains, days: flags.days })
    writeNewFiles([
      [files.key, pair.key, true],
      [files.cert, pair.certificate],
      [files.ca, ensureAuthority(config.data, nowMs).certificate],
    ])
    const until = new Date(pair.notAfterMs).toISOString().slice(0, 10)
    tell(this, `wrote ${files.key}, ${files.cert} (good until ${until}) and ${files.ca} (our authority)`)
    tell(
      this,
      `give them to ${name}; here: trunks: [{name: …, uri: "sip:${name};transport=tls", identities: [${domains.join(', ')}]}]`,
    )
  },
  parameters: {
    flags: certFlags,
    aliases: { c: 'config', o: 'out' },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { parse: String, placeholder: 'domain', brief: 'Domains that the holder speaks for' },
    },
  },
  docs: {
    brief: 'Make a certificate for a trunk or another server',
    fullDescription:
      'Makes a key and a certificate under the own authority.\n\nExample:\n  aspis cert add pbx.example.test --out pbx',
  },
})
