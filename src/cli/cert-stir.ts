import { join, resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import { AspisError } from '../base/errors.ts'
import { readDomain } from '../server/config/values.ts'
import { ensureStirAuthority, issueStirCertificate } from '../server/pki/authority.ts'
import { type StirScope, stirExtensions } from '../server/pki/stir-extensions.ts'
import { type CertFlags, certFlags, checkAbsent, checkDays } from './cert-flags.ts'
import { openConfiguration } from './configuration.ts'
import { type CliContext, tell } from './context.ts'
import { writeNewFiles } from './new-files.ts'

interface Flags extends CertFlags {
  readonly number?: readonly string[]
  readonly range?: readonly string[]
  readonly spc?: readonly string[]
  readonly domain?: readonly string[]
  readonly mustInclude?: readonly string[]
  readonly mustExclude?: readonly string[]
  readonly permit?: readonly string[]
}

const many = (placeholder: string, brief: string) => ({
  kind: 'parsed' as const,
  parse: String,
  variadic: true as const,
  optional: true as const,
  placeholder,
  brief,
})

/** `aspis cert stir` */
export const certStir = buildCommand<Flags, [string], CliContext>({
  func(flags, name) {
    const config = openConfiguration(this, flags)
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
      throw new AspisError(
        'ERR_ASPIS_USAGE_NAME',
        'a name has letters, digits, dot, hyphen and underscore only',
      )
    checkDays(flags.days)
    const domains = (flags.domain ?? []).map(text => {
      const domain = readDomain(text)
      if (!domain.ok) throw new AspisError('ERR_ASPIS_USAGE_DOMAIN', domain.error)
      return domain.value
    })
    const extensions = stirExtensions(scopeOf(flags))
    if (domains.length === 0 && extensions.length === 0) {
      const why = 'say for whom it signs: --number, --range, --spc or --domain'
      throw new AspisError('ERR_ASPIS_USAGE_SCOPE', why)
    }
    const folder = resolve(this.process.cwd(), flags.out)
    const files = {
      key: join(folder, `${name}.stir.key`),
      cert: join(folder, `${name}.stir.pem`),
      ca: join(folder, `${name}.stir-authority.pem`),
    }
    checkAbsent(files)
    const nowMs = Date.now()
    const pair = issueStirCertificate({
      folder: config.data,
      nowMs,
      name,
      domains,
      extensions,
      days: flags.days,
    })
    const authority = ensureStirAuthority(config.data, nowMs).certificate
    writeNewFiles([
      [files.key, pair.key, true],
      [files.cert, pair.certificate + authority],
      [files.ca, authority],
    ])
    const until = new Date(pair.notAfterMs).toISOString().slice(0, 10)
    tell(this, `wrote ${files.key}, ${files.cert} (good until ${until}) and ${files.ca} (our STIR authority)`)
    tell(
      this,
      `to sign with it: identity: {sign: {key: ${files.key}, certificate: ${files.cert}, x5u: https://…}}; who verifies trusts ${files.ca} (identity.roots)`,
    )
  },
  parameters: {
    flags: {
      ...certFlags,
      number: many('+number', 'A telephone number that it may sign for'),
      range: many('+first:count', 'A range of numbers: the first one, and how many'),
      spc: many('code', 'A service provider code'),
      domain: many('domain', 'A domain whose names it may sign for'),
      mustInclude: many('claim', 'A claim that its tokens must have (RFC 8226)'),
      mustExclude: many('claim', 'A claim that its tokens must not have (RFC 9118)'),
      permit: many('claim:value,…', 'Values that a claim may have (RFC 8226)'),
    },
    aliases: { c: 'config', o: 'out' },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, placeholder: 'name', brief: 'Name of the holder, and of the files' }],
    },
  },
  docs: {
    brief: 'Make a certificate for signing calls',
    fullDescription:
      'Makes a key and a certificate with a list of telephone numbers under the own STIR authority.\n\nExample:\n  aspis cert stir example --number +442071234567 --range +442079460000:100 --domain example.test',
  },
})

function scopeOf(flags: Flags): StirScope {
  return {
    numbers: flags.number ?? [],
    ranges: flags.range ?? [],
    codes: flags.spc ?? [],
    mustInclude: flags.mustInclude ?? [],
    mustExclude: flags.mustExclude ?? [],
    permitted: flags.permit ?? [],
  }
}
