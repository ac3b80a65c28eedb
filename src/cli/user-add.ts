import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'
import {
  makeAccount,
  readAccount,
  SHORT_PASSWORD_CHARS,
  strongPassword,
  withStore,
} from '../server/admin/accounts.ts'
import { trivialPassword } from '../server/admin/trivial-password.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, print, readLine, tell } from './context.ts'

interface Flags extends ConfigFlags {
  readonly passwordStdin: boolean
  readonly allowTrivial: boolean
  readonly md5: boolean
}

/** `aspis user add alice@example.test` */
export const userAdd = buildCommand<Flags, [string], CliContext>({
  async func(flags, written) {
    const config = openConfiguration(this, flags)
    const name = readAccount(config, written)
    const { password, isMade } = await passwordFor(this, name.user, flags)
    const credential = makeAccount(config, name, password, flags)
    await withStore(config, Date.now(), async store => {
      if (store.credentials.find(credential.user, credential.domain) !== undefined) {
        const help = `change it with: aspis user set ${written}`
        throw new AspisError(
          'ERR_ASPIS_USAGE_ACCOUNT',
          `${credential.user}@${credential.domain} exists; ${help}`,
        )
      }
      await store.credentials.put(credential)
    })
    tell(this, `added ${credential.user}@${credential.domain}${flags.md5 ? ', marked for MD5' : ''}`)
    if (isMade) print(this, password.reveal())
  },
  parameters: {
    flags: {
      config: configFlag,
      passwordStdin: passwordStdinFlag(),
      allowTrivial: allowTrivialFlag(),
      md5: md5Flag(),
    },
    aliases: { c: 'config' },
    positional: { kind: 'tuple', parameters: [accountParameter()] },
  },
  docs: {
    brief: 'Add a user',
    fullDescription:
      'Adds a user. Without --password-stdin a strong password is made, and printed this once.\n\nExample:\n  aspis user add alice@example.test\n  echo "$PASSWORD" | aspis user add bob@example.test --password-stdin --md5',
  },
})

export function accountParameter() {
  return {
    parse: String,
    placeholder: 'user@domain',
    brief: 'The account; @domain may be left out when one is served',
  }
}

export function passwordStdinFlag() {
  return { kind: 'boolean', default: false, brief: 'Read the password from standard input' } as const
}

export function allowTrivialFlag() {
  return {
    kind: 'boolean',
    default: false,
    brief: 'Take a password that every guesser tries first',
  } as const
}

function md5Flag() {
  return {
    kind: 'boolean',
    default: false,
    brief: 'Accept MD5 from this user: for a phone that knows nothing better',
  } as const
}

/** The password of standard input, or a strong one; a trivial one is refused unless it is allowed. */
export async function passwordFor(
  context: CliContext,
  user: string,
  { passwordStdin, allowTrivial }: { readonly passwordStdin: boolean; readonly allowTrivial: boolean },
): Promise<{ password: Secret; isMade: boolean }> {
  if (!passwordStdin) return { password: strongPassword(), isMade: true }
  const text = await readLine(context)
  if (text === '') throw new AspisError('ERR_ASPIS_USAGE_PASSWORD', 'standard input holds no password')
  const why = trivialPassword(user, text)
  if (why !== undefined && !allowTrivial) {
    const help = 'without --password-stdin a strong one is made; --allow-trivial takes it all the same'
    throw new AspisError('ERR_ASPIS_USAGE_PASSWORD', `this password is guessed at once: ${why}; ${help}`)
  }
  if (text.length < SHORT_PASSWORD_CHARS) {
    tell(
      context,
      `aspis: warning: fewer than ${SHORT_PASSWORD_CHARS} characters can be guessed from one overheard login`,
    )
  }
  return { password: new Secret(text), isMade: false }
}
