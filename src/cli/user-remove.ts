import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { readAccount, withStore } from '../server/admin/accounts.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, tell } from './context.ts'
import { accountParameter } from './user-add.ts'

/** `aspis user remove alice@example.test` */
export const userRemove = buildCommand<ConfigFlags, [string], CliContext>({
  async func(flags, written) {
    const config = openConfiguration(this, flags)
    const name = readAccount(config, written)
    await withStore(config, Date.now(), async store => {
      const isGone = await store.credentials.remove(name.user.normalize('NFC'), name.domain)
      if (!isGone) throw new AspisError('ERR_ASPIS_USAGE_ACCOUNT', `no user ${name.user}@${name.domain}`)
    })
    tell(this, `removed ${name.user}@${name.domain}`)
  },
  parameters: {
    flags: { config: configFlag },
    aliases: { c: 'config' },
    positional: { kind: 'tuple', parameters: [accountParameter()] },
  },
  docs: {
    brief: 'Remove a user',
    fullDescription:
      'Removes a user and the password hashes.\n\nExample:\n  aspis user remove alice@example.test',
  },
})
