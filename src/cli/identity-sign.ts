import { buildCommand } from '@stricli/core'
import { signText, textOf } from '../server/identity/offline.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, print } from './context.ts'

interface Flags extends ConfigFlags {
  readonly attest: 'A' | 'B' | 'C'
}

/** `aspis identity sign call.txt` */
export const identitySign = buildCommand<Flags, [string], CliContext>({
  func(flags, written) {
    const config = openConfiguration(this, flags)
    print(this, signText(config, textOf(written), flags.attest, Date.now()))
  },
  parameters: {
    flags: {
      config: configFlag,
      attest: {
        kind: 'enum',
        values: ['A', 'B', 'C'],
        default: 'A',
        brief: 'What is vouched for: the number, the customer, or the way in only',
      },
    },
    aliases: { c: 'config' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'file', brief: 'A SIP request; - reads it' }],
    },
  },
  docs: {
    brief: 'Sign a request with the key of the configuration',
    fullDescription:
      'Prints the header fields that prove who calls, for a request in a file.\n\nExample:\n  aspis identity sign call.txt --attest B',
  },
})
