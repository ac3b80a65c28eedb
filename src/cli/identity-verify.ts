import { buildCommand } from '@stricli/core'
import { textOf, verifyText } from '../server/identity/offline.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print } from './context.ts'
import { atFlag, certificateFlag, timeOf } from './identity-explain.ts'

interface Flags extends ConfigFlags {
  readonly at?: string | undefined
  readonly certificate?: string | undefined
}

/** `aspis identity verify call.txt` */
export const identityVerify = buildCommand<Flags, [string], CliContext>({
  async func(flags, written) {
    const config = openConfiguration(this, flags)
    const decision = await verifyText(config, textOf(written), {
      nowMs: timeOf(flags.at),
      certificate: flags.certificate,
      isFetching: true,
    })
    const { isValid, status, phrase, failure, attestation, caller, diversions } = decision
    if (isValid) {
      const how = attestation === undefined ? '' : `, attestation ${attestation}`
      const by =
        diversions.length === 0 ? '' : `, diverted by ${diversions.map(({ value }) => value).join(', ')}`
      print(this, `valid: ${caller?.value ?? ''}${how}${by}`)
    } else print(this, `${status} ${phrase}: ${failure ?? 'there is no Identity header field'}`)
    exitWith(this, isValid ? EXIT.fine : EXIT.findings)
  },
  parameters: {
    flags: { config: configFlag, at: atFlag, certificate: certificateFlag },
    aliases: { c: 'config' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'file', brief: 'A SIP request; - reads it' }],
    },
  },
  docs: {
    brief: 'Judge a request as the server would',
    fullDescription:
      'Judges the Identity header fields of a request: certificates are fetched and trusted as the configuration says. Exit code 1 when no valid one is there.\n\nExample:\n  aspis identity verify call.txt --at 2030-01-01T12:00:00Z',
  },
})
