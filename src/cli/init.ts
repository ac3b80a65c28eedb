import { existsSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { makeAccount, readAccount, strongPassword, withStore } from '../server/admin/accounts.ts'
import { loadConfig } from '../server/config/load.ts'
import { DEFAULT_FILE } from '../server/config/local.ts'
import { readDomain } from '../server/config/values.ts'
import { loadCredentials } from '../server/pki/credentials.ts'
import { type CliContext, print, tell } from './context.ts'

interface Flags {
  readonly config?: string
  readonly user: string
}

/** `aspis init example.test` */
export const init = buildCommand<Flags, [string], CliContext>({
  async func(flags, written) {
    const domain = readDomain(written)
    if (!domain.ok) throw new AspisError('ERR_ASPIS_USAGE_DOMAIN', domain.error)
    const file = resolve(this.process.cwd(), flags.config ?? DEFAULT_FILE)
    const data = resolve(dirname(file), 'aspis-data')
    for (const path of [file, data]) {
      if (existsSync(path))
        throw new AspisError('ERR_ASPIS_USAGE_EXISTS', `${path} exists; it is not touched`)
    }
    writeConfiguration(file, domain.value)
    const { config } = loadConfig(file, this.process.env)
    const credentials = loadCredentials(config, Date.now())
    const name = readAccount(config, flags.user)
    const password = strongPassword()
    await withStore(config, Date.now(), store =>
      store.credentials.put(makeAccount(config, name, password, { md5: false })),
    )
    const shown = (path: string) => relative(this.process.cwd(), path) || path
    tell(
      this,
      `wrote ${shown(file)}, ${shown(config.data)} (database, own authority, server certificate, keys)`,
    )
    print(
      this,
      [
        `user       ${name.user}@${name.domain}`,
        `password   ${password.reveal()}   (shown this once; a new one: aspis user set ${name.user}@${name.domain} --new-password)`,
        `TLS        phones trust ${shown(resolve(dirname(credentials.certificateFile), 'authority.pem'))}`,
        `next       aspis check && aspis serve${flags.config === undefined ? '' : ` -c ${flags.config}`}`,
      ].join('\n'),
    )
  },
  parameters: {
    flags: {
      config: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'file',
        brief: 'File to write; aspis.yaml by default',
      },
      user: {
        kind: 'parsed',
        parse: String,
        default: 'alice',
        placeholder: 'name',
        brief: 'Name of the first user',
      },
    },
    aliases: { c: 'config' },
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, placeholder: 'domain', brief: 'The domain to serve, as it stands in addresses' },
      ],
    },
  },
  docs: {
    brief: 'Set up a new server',
    fullDescription:
      'Writes aspis.yaml, makes an authority and a server certificate, the database, and a first user with a strong password that is shown once. Touches nothing that exists.\n\nExample:\n  aspis init example.test',
  },
})

function writeConfiguration(file: string, domain: string): void {
  try {
    writeFileSync(file, configurationText(domain), { mode: 0o640, flag: 'wx' })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AspisError('ERR_ASPIS_USAGE_FILE', `${file}: cannot be written (${why})`, { cause })
  }
}

function configurationText(domain: string): string {
  return `# Written by "aspis init". All settings: docs/configuration.md, or "aspis config docs".
domains: [${domain}]
listen: [udp://0.0.0.0:5060, tcp://0.0.0.0:5060, tls://0.0.0.0:5061, wss://0.0.0.0:7443]
data: ./aspis-data              # database, certificates, keys
admin: http://127.0.0.1:9090    # health and metrics
`
}
