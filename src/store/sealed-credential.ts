import { Secret } from '../base/secret.ts'
import type { Credential, Ha1s } from './credentials.ts'
import type { Seal } from './seal.ts'

/** Seals an account as a whole, so that a hand at the database cannot enable or widen one. */
export function sealCredential(seal: Seal, credential: Credential): Buffer {
  const { ha1, md5Allowed, disabled, aors } = credential
  const text = JSON.stringify({
    md5: ha1.md5?.reveal(),
    sha256: ha1.sha256?.reveal(),
    sha512_256: ha1.sha512_256?.reveal(),
    md5Allowed,
    disabled,
    aors,
  })
  return seal.close(`${credential.user}@${credential.domain}`, text)
}

/** @returns undefined when the seal is broken or the row belongs to another account */
export function openCredential(
  seal: Seal,
  user: string,
  domain: string,
  sealed: Uint8Array,
): Credential | undefined {
  const text = seal.open(`${user}@${domain}`, sealed)
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return undefined
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const { md5Allowed, disabled, aors } = fields
  if (typeof md5Allowed !== 'boolean' || typeof disabled !== 'boolean') return undefined
  if (!Array.isArray(aors) || !aors.every(aor => typeof aor === 'string')) return undefined
  return { user, domain, ha1: ha1sOf(fields), md5Allowed, disabled, aors }
}

function ha1sOf(fields: Readonly<Record<string, unknown>>): Ha1s {
  const md5 = secretOf(fields.md5)
  const strong = { sha256: secretOf(fields.sha256), sha512_256: secretOf(fields.sha512_256) }
  return md5 === undefined ? strong : { md5, ...strong }
}

function secretOf(value: unknown): Secret | undefined {
  return typeof value === 'string' ? new Secret(value) : undefined
}
