import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { issueServerCertificate } from '../server/pki/authority.ts'
import { namesOf } from '../server/pki/credentials.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, tell } from './context.ts'

/** `aspis cert renew` */
export const certRenew = buildCommand<ConfigFlags, [], CliContext>({
  func(flags) {
    const config = openConfiguration(this, flags)
    if (config.tls.certificate !== undefined) {
      const why = `the configuration names a certificate of its own (${config.tls.certificate})`
      throw new AspisError(
        'ERR_ASPIS_USAGE_CERTIFICATE',
        `${why}; renew it where it came from, then reload (SIGHUP)`,
      )
    }
    const made = issueServerCertificate({ folder: config.data, nowMs: Date.now(), ...namesOf(config) })
    const until = new Date(made.notAfterMs).toISOString().slice(0, 10)
    tell(
      this,
      `wrote ${made.certificateFile}, good until ${until}; a running server takes it at a reload (SIGHUP)`,
    )
  },
  parameters: { flags: { config: configFlag }, aliases: { c: 'config' } },
  docs: {
    brief: 'Make the server certificate anew',
    fullDescription:
      'Makes a new key and certificate under the own authority, so phones that trust it notice nothing. The server renews by itself at a start and a reload when a third of the time is left.\n\nExample:\n  aspis cert renew',
  },
})
