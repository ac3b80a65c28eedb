import { buildCommand } from '@stricli/core'
import { withStore } from '../server/admin/accounts.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, print, tell } from './context.ts'

interface Flags extends ConfigFlags {
  readonly withHashes: boolean
}

/** `aspis user export` */
export const userExport = buildCommand<Flags, [], CliContext>({
  async func(flags) {
    const config = openConfiguration(this, flags)
    const users = await withStore(config, Date.now(), async store => store.credentials.list())
    const head = ['user', 'domain', 'md5-allowed', 'disabled', 'addresses']
    const lines = [[...head, ...(flags.withHashes ? ['ha1_md5', 'ha1_sha256', 'ha1_sha512_256'] : [])]]
    for (const { user, domain, ha1, md5Allowed, disabled, aors } of users) {
      const hashes = [ha1.md5, ha1.sha256, ha1.sha512_256].map(hash => hash?.reveal() ?? '')
      lines.push([
        user,
        domain,
        yesNo(md5Allowed),
        yesNo(disabled),
        aors.join(' '),
        ...(flags.withHashes ? hashes : []),
      ])
    }
    if (flags.withHashes)
      tell(this, 'aspis: warning: these hashes are as good as the passwords; keep them so')
    print(this, lines.map(cells => cells.map(cell).join(',')).join('\n'))
  },
  parameters: {
    flags: {
      config: configFlag,
      withHashes: {
        kind: 'boolean',
        default: false,
        brief: 'With the HA1 values, which are as good as passwords',
      },
    },
    aliases: { c: 'config' },
  },
  docs: {
    brief: 'Export users as CSV',
    fullDescription:
      'Writes users as CSV to standard output.\n\nExample:\n  aspis user export --with-hashes > users.csv',
  },
})

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}

/** RFC 4180. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
