import { buildCommand } from '@stricli/core'
import { ensureAuthority } from '../server/pki/authority.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, print } from './context.ts'

/** `aspis cert authority` */
export const certAuthority = buildCommand<ConfigFlags, [], CliContext>({
  func(flags) {
    print(this, ensureAuthority(openConfiguration(this, flags).data, Date.now()).certificate)
  },
  parameters: { flags: { config: configFlag }, aliases: { c: 'config' } },
  docs: {
    brief: 'Print the certificate of the own authority',
    fullDescription:
      'Prints the PEM certificate that phones and trunks have to trust.\n\nExample:\n  aspis cert authority > aspis-authority.pem',
  },
})
