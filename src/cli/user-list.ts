import { buildCommand } from '@stricli/core'
import { withStore } from '../server/admin/accounts.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, print, table } from './context.ts'

interface Flags extends ConfigFlags {
  readonly domain?: string
  readonly format: 'text' | 'json'
}

/** `aspis user list` */
export const userList = buildCommand<Flags, [], CliContext>({
  async func(flags) {
    const config = openConfiguration(this, flags)
    const users = await withStore(config, Date.now(), async store => {
      return store.credentials
        .list(flags.domain?.toLowerCase())
        .map(({ user, domain, md5Allowed, disabled, aors }) => {
          return { user, domain, md5: md5Allowed, disabled, aors }
        })
    })
    users.sort((a, b) => a.domain.localeCompare(b.domain) || a.user.localeCompare(b.user))
    if (flags.format === 'json') {
      print(this, JSON.stringify(users, undefined, 2))
      return
    }
    const rows = users.map(({ user, domain, md5, disabled, aors }) => {
      return [user, domain, md5 ? 'MD5' : 'SHA-256', disabled ? 'disabled' : 'active', aors.join(' ')]
    })
    print(this, table(['USER', 'DOMAIN', 'DIGEST', 'STATE', 'ADDRESSES'], rows))
  },
  parameters: {
    flags: {
      config: configFlag,
      domain: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'domain',
        brief: 'Users of this domain only',
      },
      format: formatFlag(),
    },
    aliases: { c: 'config' },
  },
  docs: {
    brief: 'List users',
    fullDescription: 'Lists users, never their hashes.\n\nExample:\n  aspis user list --format json',
  },
})

export function formatFlag() {
  return {
    kind: 'enum',
    values: ['text', 'json'],
    default: 'text',
    brief: 'For people or for programs',
  } as const
}
