import { join, resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { readAor } from '../server/config/values.ts'
import { issueUserCertificate } from '../server/pki/authority.ts'
import { type CertFlags, certFlags, checkAbsent, checkDays } from './cert-flags.ts'
import { openConfiguration } from './configuration.ts'
import { type CliContext, tell } from './context.ts'
import { writeNewFiles } from './new-files.ts'

/** `aspis cert user alice@example.test` */
export const certUser = buildCommand<CertFlags, [string], CliContext>({
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
    checkDays(flags.days)
    const folder = resolve(this.process.cwd(), flags.out)
    const files = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.pem`) }
    checkAbsent(files)
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
    flags: certFlags,
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
