import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildCommand, numberParser } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { readAor } from '../server/config/values.ts'
import { issueUserCertificate } from '../server/pki/authority.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, tell } from './context.ts'
import { writeNewFiles } from './new-files.ts'

interface Flags extends ConfigFlags {
  readonly out: string
  readonly days: number
}

/** `aspis cert user alice@example.test` */
export const certUser = buildCommand<Flags, [string], CliContext>({
  func(flags, written) {
    const config = openConfiguration(this, flags)
    const aor = readAor(written)
    if (!aor.ok) throw new AspisError('ERR_ASPIS_USAGE_USER', aor.error)
    const name = aor.value.slice('sip:'.length)
    const served = config.domains.flatMap(domain => [domain.name, ...domain.aliases])
    if (!served.includes(name.slice(name.lastIndexOf('@') + 1)))
      throw new AspisError('ERR_ASPIS_USAGE_USER', `${name}: not of a served domain (${served.join(', ')})`)
    if (!/^[A-Za-z0-9._+@-]+$/.test(name))
      throw new AspisError('ERR_ASPIS_USAGE_USER', `${name}: cannot be the name of a file`)
    if (!Number.isInteger(flags.days) || flags.days < 1 || flags.days > 3650)
      throw new AspisError('ERR_ASPIS_USAGE_DAYS', '--days is a whole number from 1 to 3650')
    const folder = resolve(this.process.cwd(), flags.out)
    const files = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.pem`) }
    for (const file of Object.values(files)) {
      if (existsSync(file))
        throw new AspisError('ERR_ASPIS_USAGE_EXISTS', `${file} exists; it is not touched`)
    }
    const pair = issueUserCertificate({
      folder: config.data,
      nowMs: Date.now(),
      aor: aor.value,
      days: flags.days,
    })
    writeNewFiles([
      [files.key, pair.key, true],
      [files.certificate, pair.certificate],
    ])
    const until = new Date(pair.notAfterMs).toISOString().slice(0, 10)
    tell(this, `wrote ${files.key} and ${files.certificate} (good until ${until}); the user signs with them`)
  },
  parameters: {
    flags: {
      config: configFlag,
      out: {
        kind: 'parsed',
        parse: String,
        default: '.',
        placeholder: 'folder',
        brief: 'Where the files are written',
      },
      days: {
        kind: 'parsed',
        parse: numberParser,
        default: '397',
        placeholder: 'days',
        brief: 'How long it is good',
      },
    },
    aliases: { c: 'config', o: 'out' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'user@domain', brief: 'Who signs with it' }],
    },
  },
  docs: {
    brief: 'Make a certificate with which a user signs bodies',
    fullDescription:
      'Makes a key and a certificate under the own authority, for S/MIME.\n\nExample:\n  aspis cert user alice@example.test --out alice',
  },
})
