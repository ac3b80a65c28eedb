import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { buildCommand } from '@stricli/core'
import { readNeeded } from '../server/pki/files.ts'
import { makeReferToken, signingIdentity } from '../server/smime/refer-token.ts'
import { type CliContext, print, tell } from './context.ts'

interface Flags {
  readonly key: string
  readonly certificate: string
  readonly referTo: string
  readonly referrer: string
  readonly referee?: string
}

/** `aspis smime sign` */
export const smimeSign = buildCommand<Flags, [], CliContext>({
  func(flags) {
    const at = (file: string): string => resolve(this.process.cwd(), file)
    const files = { key: at(flags.key), certificate: at(flags.certificate) }
    const identity = signingIdentity(
      readNeeded(files.key, '--key'),
      readNeeded(files.certificate, '--certificate'),
      files,
    )
    const host = flags.referrer.slice(flags.referrer.lastIndexOf('@') + 1).replace(/[^A-Za-z0-9.-].*$/, '')
    const contentId = `${randomBytes(12).toString('hex')}@${host}`
    const token = makeReferToken(
      { referTo: flags.referTo, referrer: flags.referrer, referee: flags.referee },
      identity,
      contentId,
      Date.now(),
    )
    tell(this, `Referred-By: ${token.referredBy}`)
    print(this, token.part)
  },
  parameters: {
    flags: {
      key: { kind: 'parsed', parse: String, placeholder: 'file', brief: 'PEM file of the key' },
      certificate: {
        kind: 'parsed',
        parse: String,
        placeholder: 'file',
        brief: 'PEM file of the certificate',
      },
      referTo: {
        kind: 'parsed',
        parse: String,
        placeholder: 'value',
        brief: 'Refer-To, as it stands in the REFER',
      },
      referrer: { kind: 'parsed', parse: String, placeholder: 'uri', brief: 'Who refers' },
      referee: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'value',
        brief: 'To of the REFER, when it is known who gets it',
      },
    },
  },
  docs: {
    brief: 'Make the token that proves a Referred-By (RFC 3892)',
    fullDescription:
      'Writes the body part to standard output and the Referred-By to standard error.\n\nExample:\n  aspis smime sign --key alice.key --certificate alice.pem --refer-to "<sip:carol@example.test>" --referrer sip:alice@example.test',
  },
})
