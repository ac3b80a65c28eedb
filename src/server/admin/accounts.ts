import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { AspisError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import { type Credential, credentialWith, makeHa1s } from '../../store/credentials.ts'
import { type Accounts, openAccounts } from '../../store/open-tables.ts'
import { checkBindings } from '../../store/sqlite/check-bindings.ts'
import { dataFiles } from '../../store/sqlite/database.ts'
import type { Config } from '../config/config.ts'
import { storeOptions } from '../config/store-options.ts'
import { didYouMean } from '../config/suggest.ts'

export type { Credential } from '../../store/credentials.ts'
export { type ImportFormat, importAccounts } from '../../store/import.ts'

/** Letters and digits that no font mixes up; 31 of them, so a byte below 248 picks evenly. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP_CHARS = 5
/** Shorter ones are guessed offline once a digest was overheard. */
export const SHORT_PASSWORD_CHARS = 12

/** Opens the accounts of a configuration, also beside a running server, runs `work`, and closes it whatever happens. */
export async function withStore<T>(
  config: Config,
  nowMs: number,
  work: (store: Accounts) => Promise<T>,
): Promise<T> {
  const store = await openAccounts(storeOptions(config), nowMs)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/**
 * Opens everything that is stored as a start would, and changes no registration.
 * @returns how many accounts there are
 * @throws AspisError what would keep the server from starting
 */
export async function checkStore(config: Config, nowMs: number): Promise<number> {
  const count = await withStore(config, nowMs, async store => store.credentials.count())
  if (config.storage.kind === 'sqlite') await checkBindings(config.data)
  return count
}

/** Whether there is a database that could be opened without making one. */
export function hasDatabase(config: Config): boolean {
  const { database, key } = dataFiles(config.data)
  // One half alone is a finding that opening tells, and opening makes nothing then.
  return config.storage.kind === 'postgres' || existsSync(key) || existsSync(database)
}

/** A password of about 99 bits that can be typed on a telephone. */
export function strongPassword(random: (bytes: number) => Buffer = randomBytes): Secret {
  const chars: string[] = []
  while (chars.length < GROUPS * GROUP_CHARS) {
    for (const byte of random(32)) {
      if (byte < ALPHABET.length * 8 && chars.length < GROUPS * GROUP_CHARS)
        chars.push(ALPHABET[byte % ALPHABET.length] ?? '')
    }
  }
  const groups = Array.from({ length: GROUPS }, (_, at) =>
    chars.slice(at * GROUP_CHARS, (at + 1) * GROUP_CHARS).join(''),
  )
  return new Secret(groups.join('-'))
}

/** The parts of an account's address. */
export interface AccountName {
  readonly user: string
  /** A served domain, never an alias: it is the realm of the hashes. */
  readonly domain: string
}

/**
 * Reads `alice@example.test`; an alias of a domain is the domain, and the domain may be left out when one is served.
 * @throws AspisError `ERR_ASPIS_USAGE_ACCOUNT`
 */
export function readAccount(config: Config, written: string): AccountName {
  const text = written.replace(/^sips?:/i, '')
  const at = text.lastIndexOf('@')
  const [only] = config.domains
  if (at < 0 && config.domains.length === 1 && only !== undefined && text !== '')
    return { user: text, domain: only.name }
  const name = text.slice(at + 1).toLowerCase()
  if (at <= 0)
    throw new AspisError(
      'ERR_ASPIS_USAGE_ACCOUNT',
      `"${written}" is not an account, such as alice@example.test`,
    )
  const domain = config.domains.find(served => served.name === name || served.aliases.includes(name))
  if (domain !== undefined) return { user: text.slice(0, at), domain: domain.name }
  const served = config.domains.map(each => each.name)
  const where = config.file === undefined ? 'here' : `by ${config.file}`
  throw new AspisError(
    'ERR_ASPIS_USAGE_ACCOUNT',
    `"${name}" is not served ${where}${didYouMean(name, served) || ` (${served.join(', ')})`}`,
  )
}

/** An account as it is stored; the text of the password is not kept. */
export function makeAccount(
  config: Config,
  name: AccountName,
  password: Secret,
  options: { readonly md5: boolean },
): Credential {
  const wantsMd5 = options.md5 || config.digest.md5ForEveryone
  const ha1s = makeHa1s(name.user.normalize('NFC'), name.domain, password, { md5: wantsMd5 })
  return credentialWith(name.user, name.domain, ha1s, options.md5)
}
