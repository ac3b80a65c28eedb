import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { explainText, textOf } from '../server/identity/offline.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print } from './context.ts'

interface Flags extends ConfigFlags {
  readonly at?: string | undefined
  readonly certificate?: string | undefined
  readonly fetch: boolean
}

/** When a token is looked at: now, or a time that is given. */
export const atFlag = {
  kind: 'parsed',
  parse: String,
  optional: true,
  placeholder: 'time',
  brief: 'Judge as of then, such as 2030-01-01T12:00:00Z; without it now',
} as const

/** The certificate, when it is at hand. */
export const certificateFlag = {
  kind: 'parsed',
  parse: String,
  optional: true,
  placeholder: 'file',
  brief: 'PEM chain of the signer, in place of what its URL gives',
} as const

/** @throws AspisError when it is no time */
export function timeOf(at: string | undefined): number {
  if (at === undefined) return Date.now()
  const ms = Date.parse(at)
  if (Number.isNaN(ms))
    throw new AspisError('ERR_ASPIS_USAGE_TIME', `"${at}" is not a time such as 2030-01-01T12:00:00Z`)
  return ms
}

/** `aspis identity explain call.txt` */
export const identityExplain = buildCommand<Flags, [string], CliContext>({
  async func(flags, written) {
    const config = openConfiguration(this, flags)
    const lines = await explainText(config, textOf(written), {
      nowMs: timeOf(flags.at),
      certificate: flags.certificate,
      isFetching: flags.fetch,
    })
    print(this, lines.join('\n'))
    exitWith(this, lines.some(line => line.startsWith('no ')) ? EXIT.findings : EXIT.fine)
  },
  parameters: {
    flags: {
      config: configFlag,
      at: atFlag,
      certificate: certificateFlag,
      fetch: { kind: 'boolean', default: false, brief: 'Fetch the certificate, as the server would' },
    },
    aliases: { c: 'config' },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          placeholder: 'file|token',
          brief: 'A message, a header field or a token; - reads it',
        },
      ],
    },
  },
  docs: {
    brief: 'Say in words what a token claims, and what is wrong with it',
    fullDescription:
      'Reads a SIP request, an Identity header field or a token, and says of each claim whether it holds. Exit code 1 when one does not.\n\nExample:\n  aspis identity explain call.txt --fetch',
  },
})
