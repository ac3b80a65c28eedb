import { resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import { type Credential, type ImportFormat, importAccounts, withStore } from '../server/admin/accounts.ts'
import { type ConfigFlags, configFlag, openConfiguration } from './configuration.ts'
import { type CliContext, EXIT, exitWith, tell } from './context.ts'

interface Flags extends ConfigFlags {
  readonly format: ImportFormat
  readonly domain?: string
  readonly md5: boolean
  readonly replace: boolean
  readonly dryRun: boolean
}

/** `aspis user import users.csv` */
export const userImport = buildCommand<Flags, [string], CliContext>({
  async func(flags, file) {
    const config = openConfiguration(this, flags)
    const [only] = config.domains
    const domain = flags.domain ?? (config.domains.length === 1 ? only?.name : undefined)
    const read = importAccounts(resolve(this.process.cwd(), file), flags.format, {
      md5: flags.md5,
      ...(domain === undefined ? {} : { domain }),
    })
    const refused = read.refused.map(({ line, reason }) => `${file}:${line}: ${reason}`)
    const served = new Set(config.domains.map(each => each.name))
    const fit = read.credentials.filter(credential => {
      if (served.has(credential.domain)) return true
      refused.push(`${file}: ${credential.user}@${credential.domain}: the domain is not served`)
      return false
    })
    const { written, skipped } = await withStore(config, Date.now(), async store => {
      const isNew = (each: Credential) => store.credentials.find(each.user, each.domain) === undefined
      const taken = flags.replace ? fit : fit.filter(isNew)
      if (!flags.dryRun && taken.length > 0) await store.credentials.put(...taken)
      return { written: taken, skipped: fit.length - taken.length }
    })
    for (const line of refused) tell(this, `refused: ${line}`)
    const md5 = written.filter(credential => credential.md5Allowed).length
    tell(
      this,
      `${flags.dryRun ? 'would import' : 'imported'} ${written.length}, of which ${md5} marked for MD5`,
    )
    if (skipped > 0) tell(this, `${skipped} exist and stay as they are; --replace overwrites them`)
    exitWith(this, refused.length > 0 ? EXIT.findings : EXIT.fine)
  },
  parameters: {
    flags: {
      config: configFlag,
      format: {
        kind: 'enum',
        values: ['csv', 'subscriber', 'htdigest'],
        default: 'csv',
        brief: 'CSV with a header row; subscriber of Kamailio or OpenSIPS (CSV or SQLite); htdigest',
      },
      domain: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'domain',
        brief: 'For rows that name none',
      },
      md5: { kind: 'boolean', default: false, brief: 'Accept MD5 from these users' },
      replace: { kind: 'boolean', default: false, brief: 'Overwrite users that exist' },
      dryRun: { kind: 'boolean', default: false, brief: 'Say what would be done, and do nothing' },
    },
    aliases: { c: 'config', n: 'dryRun' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'file', brief: 'What to read' }],
    },
  },
  docs: {
    brief: 'Import users',
    fullDescription:
      'Imports users. Plain passwords are hashed at once; a user of whom only an MD5 hash is known is marked for MD5. Exit code 1 when a row was refused.\n\nExample:\n  aspis user import --format subscriber kamailio.sqlite --dry-run',
  },
})
