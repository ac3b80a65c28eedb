import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { userAuthorities } from '../server/pki/user-authorities.ts'
import { explainToken } from '../server/smime/explain-token.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, print } from './context.ts'

/** `aspis smime verify message.sip` */
export const smimeVerify = buildCommand<ConfigFlags, [string], CliContext>({
  func(flags, written) {
    const config = openConfiguration(this, flags)
    const file = resolve(this.process.cwd(), written)
    const text = readMessage(file)
    const nowMs = Date.now()
    const report = explainToken(text, userAuthorities(config, nowMs), nowMs)
    print(this, report.lines.join('\n'))
    exitWith(this, report.isGood ? EXIT.fine : EXIT.findings)
  },
  parameters: {
    flags: { config: configFlag },
    aliases: { c: 'config' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'file', brief: 'A SIP request, as it came' }],
    },
  },
  docs: {
    brief: 'Say what the Referred-By token of a message proves, or why it does not',
    fullDescription:
      'Checks signature, certificate, target, referee and date; the authorities are those of the configuration.\n\nExample:\n  aspis smime verify invite.sip',
  },
})

/** Editors end lines with LF alone; what was signed ends them with CR LF. */
function readMessage(file: string): string {
  try {
    const text = readFileSync(file, 'latin1')
    return text.includes('\r\n') ? text : text.replaceAll('\n', '\r\n')
  } catch (cause) {
    throw new AspisError('ERR_ASPIS_FILE_MISSING', `${file}: cannot be read`, { cause })
  }
}
