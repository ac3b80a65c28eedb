import { hash } from 'node:crypto'
import { AspisError } from '../base/errors.ts'
import { Secret } from '../base/secret.ts'
import { aorOf } from '../sip/uri/equals.ts'
import { parseUri } from '../sip/uri/uri.ts'

/** The hash functions of digest authentication here (RFC 8760 §2.2). */
export type Ha1Name = 'md5' | 'sha256' | 'sha512_256'

/** H(user:realm:password) per hash function: password-equivalent (DIG-30). */
export interface Ha1s {
  readonly md5?: Secret
  readonly sha256: Secret | undefined
  readonly sha512_256: Secret | undefined
}

/** One account of a served domain. */
export interface Credential {
  /** NFC, no colon (RFC 7616 §4). */
  readonly user: string
  /** Lower case; also the realm of the HA1 values. */
  readonly domain: string
  readonly ha1: Ha1s
  /** MD5 is accepted from this user: a phone that knows nothing better. */
  readonly md5Allowed: boolean
  readonly disabled: boolean
  /** Canonical addresses-of-record that the user may register and call from; at least one. */
  readonly aors: readonly string[]
}

/** Who may log in, and with what; reads come from a memory index. */
export interface CredentialStore {
  find(user: string, domain: string): Credential | undefined
  /**
   * Finds a user by `H(user:realm)` (RFC 7616 §3.4.4).
   * @param userhash lower-case hex
   */
  findByHash(name: Ha1Name, userhash: string, domain: string): Credential | undefined
  /** Whether an enabled user of the domain is marked for MD5, so that the challenge must offer it. */
  hasMd5(domain: string): boolean
  /** Whether an account has this canonical address-of-record. */
  aorExists(aor: string): boolean
  /** Accounts of all domains. */
  count(): number
  /** Accounts in the order of domain and name: every one of them, so for commands. */
  list(domain?: string): readonly Credential[]
  /**
   * Creates or replaces accounts, all or none; resolves once durable.
   * @throws AspisError `ERR_ASPIS_STORE_CREDENTIAL` for one that breaks the rules of `Credential`
   */
  put(...credentials: readonly Credential[]): Promise<void>
  /** @returns false when there was no such account */
  remove(user: string, domain: string): Promise<boolean>
  /** Takes over what other processes changed; cheap when they changed nothing. @returns whether they did */
  refreshIfChanged(): Promise<boolean>
  /** Reads everything again. */
  reload(): Promise<void>
}

const HASHES: Readonly<Record<Ha1Name, string>> = { md5: 'md5', sha256: 'sha256', sha512_256: 'sha512-256' }

/** `H(user:realm)`, what a client sends instead of its name (RFC 7616 §3.4.4). */
export function userhashOf(name: Ha1Name, user: string, realm: string): string {
  return hash(HASHES[name], `${user}:${realm}`)
}

/**
 * Hashes a password at once; the text is not kept.
 * @param realm the domain
 * @param options.md5 also make the weak MD5 value, for a phone that needs it
 * @see RFC 7616 §3.4.2, §4 (NFC, UTF-8)
 */
export function makeHa1s(
  user: string,
  realm: string,
  password: Secret,
  options: { readonly md5: boolean },
): Ha1s {
  const a1 = `${user.normalize('NFC')}:${realm}:${password.reveal().normalize('NFC')}`
  const strong = {
    sha256: new Secret(hash(HASHES.sha256, a1)),
    sha512_256: new Secret(hash(HASHES.sha512_256, a1)),
  }
  return options.md5 ? { md5: new Secret(hash(HASHES.md5, a1)), ...strong } : strong
}

/**
 * An account with its default address-of-record, from a password.
 * @throws AspisError `ERR_ASPIS_STORE_CREDENTIAL` for a bad name, domain or empty password
 */
export function makeCredential(
  user: string,
  domain: string,
  password: Secret,
  options: { readonly md5: boolean },
): Credential {
  if (password.reveal() === '') throw refused(user, domain, 'the password is empty')
  const name = user.normalize('NFC')
  const realm = domain.toLowerCase()
  return credentialWith(name, realm, makeHa1s(name, realm, password, options), options.md5)
}

/** An account with its default address-of-record, from HA1 values that were made elsewhere. */
export function credentialWith(user: string, domain: string, ha1: Ha1s, md5Allowed: boolean): Credential {
  const name = user.normalize('NFC')
  const realm = domain.toLowerCase()
  const bare = { user: name, domain: realm, ha1, md5Allowed, disabled: false, aors: [] }
  checkAccount(bare)
  return { ...bare, aors: [defaultAor(name, realm)] }
}

/** Whether only MD5 is known of this account's password: it should be set anew. */
export function isMd5Only(credential: Credential): boolean {
  return credential.ha1.sha256 === undefined && credential.ha1.sha512_256 === undefined
}

/**
 * The canonical address-of-record of a user: what the name needs is escaped, UTF-8 as octets.
 * @see RFC 3261 §19.1.2, §25.1 `user`
 */
export function defaultAor(user: string, domain: string): string {
  // These may stand bare in a user part, so that phones write them bare: & = + $ , ; ? /
  const escaped = encodeURIComponent(user).replaceAll(/%(?:2[46BCF]|3[BDF])/g, decodeURIComponent)
  return canonicalAor(`sip:${escaped}@${domain}`)
}

/**
 * Checks an account and returns it with each address-of-record once.
 * @throws AspisError `ERR_ASPIS_STORE_CREDENTIAL`
 */
export function checkCredential(credential: Credential): Credential {
  checkAccount(credential)
  if (credential.aors.length === 0) {
    throw refused(credential.user, credential.domain, 'there is no address-of-record')
  }
  const wrong = credential.aors.find(aor => !aor.startsWith('sip:') || !isPlainText(aor))
  if (wrong !== undefined) throw aorError(wrong)
  return { ...credential, aors: [...new Set(credential.aors)] }
}

function checkAccount(credential: Credential): void {
  const { user, domain, ha1 } = credential
  if (user === '') throw refused(user, domain, 'the user name is empty')
  if (user.includes(':')) throw refused(user, domain, 'a user name must not hold a colon')
  if (!isPlainText(user)) throw refused(user, domain, 'the user name holds control characters')
  if (user !== user.normalize('NFC')) throw refused(user, domain, 'the user name is not in Unicode NFC')
  if (!isDomain(domain)) throw refused(user, domain, 'the domain is not a lower-case host name')
  if (ha1.md5 === undefined && isMd5Only(credential)) throw refused(user, domain, 'there is no HA1 value')
  if (credential.md5Allowed && ha1.md5 === undefined) {
    throw refused(user, domain, 'MD5 is allowed but its HA1 value is missing; set the password anew')
  }
  if (!isHex(ha1.md5, 32) || !isHex(ha1.sha256, 64) || !isHex(ha1.sha512_256, 64)) {
    throw refused(user, domain, 'an HA1 value is not lower-case hex of its hash function')
  }
}

/**
 * The canonical address-of-record that an operator's text means. Its result is not a URI to parse again.
 * @throws AspisError `ERR_ASPIS_STORE_CREDENTIAL` when it is no SIP URI with a user
 */
export function canonicalAor(text: string): string {
  const uri = parseUri(text)
  if (!uri.ok || uri.value.user === undefined || !uri.value.scheme.startsWith('sip')) throw aorError(text)
  return aorOf(uri.value)
}

function aorError(text: string): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_CREDENTIAL',
    `${JSON.stringify(text)} is not an address-of-record; write sip:user@domain`,
  )
}

function refused(user: string, domain: string, why: string): AspisError {
  return new AspisError('ERR_ASPIS_STORE_CREDENTIAL', `user ${JSON.stringify(user)} of ${domain}: ${why}`)
}

function isHex(value: Secret | undefined, length: number): boolean {
  if (value === undefined) return true
  const text = value.reveal()
  return text.length === length && /^[0-9a-f]*$/.test(text)
}

function isDomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9.:[\]_-]+$/.test(text)
}

function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}]/u.test(text)
}
