import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { makeAccount, readAccount, withStore } from '../server/admin/accounts.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, print, tell } from './context.ts'
import { accountParameter, allowTrivialFlag, passwordFor, passwordStdinFlag } from './user-add.ts'

interface Flags extends ConfigFlags {
  readonly passwordStdin: boolean
  readonly allowTrivial: boolean
  readonly newPassword: boolean
  readonly md5?: boolean
  readonly disabled?: boolean
}

/** `aspis user set alice@example.test --disabled` */
export const userSet = buildCommand<Flags, [string], CliContext>({
  async func(flags, written) {
    const config = openConfiguration(this, flags)
    const name = readAccount(config, written)
    const isNew = flags.passwordStdin || flags.newPassword
    if (!isNew && flags.md5 === undefined && flags.disabled === undefined) {
      throw new AspisError('ERR_ASPIS_USAGE_NOTHING', 'nothing to change: see aspis user set --help')
    }
    const made = isNew ? await passwordFor(this, name.user, flags) : undefined
    await withStore(config, Date.now(), async store => {
      const old = store.credentials.find(name.user.normalize('NFC'), name.domain)
      if (old === undefined)
        throw new AspisError('ERR_ASPIS_USAGE_ACCOUNT', `no user ${name.user}@${name.domain}`)
      const md5Allowed = flags.md5 ?? old.md5Allowed
      if (md5Allowed && made === undefined && old.ha1.md5 === undefined) {
        const why = 'no MD5 hash is stored, and it cannot be made from the others'
        throw new AspisError(
          'ERR_ASPIS_USAGE_PASSWORD',
          `${why}; give the password again: --password-stdin or --new-password`,
        )
      }
      const ha1 =
        made === undefined ? old.ha1 : makeAccount(config, name, made.password, { md5: md5Allowed }).ha1
      await store.credentials.put({ ...old, ha1, md5Allowed, disabled: flags.disabled ?? old.disabled })
    })
    tell(this, `changed ${name.user}@${name.domain}`)
    if (made?.isMade === true) print(this, made.password.reveal())
  },
  parameters: {
    flags: {
      config: configFlag,
      passwordStdin: passwordStdinFlag(),
      allowTrivial: allowTrivialFlag(),
      newPassword: {
        kind: 'boolean',
        default: false,
        brief: 'Make a strong password and print it this once',
      },
      md5: { kind: 'boolean', optional: true, brief: 'Accept MD5 from this user, or no longer' },
      disabled: { kind: 'boolean', optional: true, brief: 'Refuse this user, or no longer' },
    },
    aliases: { c: 'config' },
    positional: { kind: 'tuple', parameters: [accountParameter()] },
  },
  docs: {
    brief: 'Change a user',
    fullDescription:
      'Changes password, MD5 mark or state of a user; what is not named stays.\n\nExample:\n  aspis user set alice@example.test --new-password\n  aspis user set bob@example.test --no-md5 --disabled',
  },
})
