import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'
import { type Credential, credentialWith, type Ha1s, makeCredential } from './credentials.ts'
import type { ImportOptions } from './import.ts'

/** An account as another program stored it. */
export interface Account {
  readonly user: string
  /** Empty when the row names none. */
  readonly domain: string
  readonly password?: Secret | undefined
  /** H(user:domain:password): 32 hex digits are MD5, 64 SHA-256. */
  readonly ha1?: Secret | undefined
  readonly sha256?: Secret | undefined
  readonly sha512_256?: Secret | undefined
  /** Kamailio's H(user@domain:domain:password), of no use for a login by user name. */
  readonly ha1b?: Secret | undefined
}

/** @returns the account, or in words why it cannot be one */
export function accountToCredential(account: Account, options: ImportOptions): Credential | string {
  const user = account.user.trim()
  const domain = account.domain.trim() === '' ? options.domain : account.domain.trim()
  if (domain === undefined) return `${JSON.stringify(user)} has no domain; name one with --domain`
  try {
    if (account.password !== undefined && account.password.reveal() !== '') {
      return makeCredential(user, domain, account.password, options)
    }
    const ha1 = ha1sOf(account)
    return typeof ha1 === 'string'
      ? ha1
      : credentialWith(user, domain, ha1, options.md5 ? ha1.md5 !== undefined : needsMd5(ha1))
  } catch (error) {
    if (error instanceof AspisError) return error.message
    throw error
  }
}

/** Where only MD5 is known, the user could not log in without it. */
function needsMd5(ha1: Ha1s): boolean {
  return ha1.md5 !== undefined && ha1.sha256 === undefined && ha1.sha512_256 === undefined
}

function ha1sOf(account: Account): Ha1s | string {
  const md5 = withLength(account.ha1, 32)
  const sha256 = withLength(account.sha256, 64) ?? withLength(account.ha1, 64)
  const sha512_256 = withLength(account.sha512_256, 64)
  if (md5 !== undefined) return { md5, sha256, sha512_256 }
  if (sha256 !== undefined || sha512_256 !== undefined) return { sha256, sha512_256 }
  if (account.ha1b !== undefined && account.ha1b.reveal() !== '') {
    return 'only ha1b is there, which is of no use without the password; set the password anew'
  }
  return 'neither a password nor an HA1 value of 32 or 64 hex digits'
}

function withLength(value: Secret | undefined, digits: number): Secret | undefined {
  if (value === undefined || value.reveal().length !== digits) return undefined
  return new Secret(value.reveal().toLowerCase())
}
