import { createPrivateKey } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import { parseReferTo } from '../../mechanisms/refer/refer-to.ts'
import { parseReferredBy } from '../../mechanisms/refer/referred-by.ts'
import { tokenFields } from '../../mechanisms/refer/token.ts'
import { writeAib } from '../../mechanisms/smime/aib.ts'
import type { SigningIdentity } from '../../mechanisms/smime/sign.ts'
import { certificatesIn } from '../pki/user-authorities.ts'

/** What a referrer says. */
export interface Reference {
  /** Refer-To value. */
  readonly referTo: string
  /** A SIP URI. */
  readonly referrer: string
  /** The referee, a To value; only when the referrer knows who gets the REFER. */
  readonly referee?: string | undefined
}

/** A Referred-By and its token, ready for a REFER. */
export interface ReferToken {
  /** Value of Referred-By. */
  readonly referredBy: string
  /** The body part: fields, blank line, signed content. */
  readonly part: string
}

/**
 * Reads the key and certificates that a user signs with.
 * @param files names for what is said when they cannot be read
 * @throws AspisError
 */
export function signingIdentity(
  key: string,
  certificate: string,
  files: { readonly key: string; readonly certificate: string },
): SigningIdentity {
  const certificates = certificatesIn(certificate, files.certificate).map(each => each.raw)
  try {
    return { key: createPrivateKey(key), certificates }
  } catch (cause) {
    throw new AspisError('ERR_ASPIS_PKI_UNREADABLE', `${files.key}: the key cannot be read`, { cause })
  }
}

/**
 * Makes the token that proves a reference.
 * @param contentId unique, `dot-atom@host` (RFC 3892 §3)
 * @throws AspisError when a value is none, or the key does not fit
 */
export function makeReferToken(
  reference: Reference,
  identity: SigningIdentity,
  contentId: string,
  nowMs: number,
): ReferToken {
  const referredBy = `<${reference.referrer}>;cid="${contentId}"`
  if (!parseReferTo(reference.referTo).ok)
    throw new AspisError('ERR_ASPIS_USAGE_REFER', `"${reference.referTo}" is no Refer-To`)
  if (!parseReferredBy(referredBy).ok)
    throw new AspisError('ERR_ASPIS_USAGE_REFER', `"${reference.referrer}" is no SIP URI`)
  const { referTo, referee } = reference
  const token = writeAib(tokenFields({ referTo, referredBy, to: referee }, nowMs), identity, nowMs)
  const head = `Content-Type: ${token.contentType}\r\nContent-ID: <${contentId}>\r\n\r\n`
  return { referredBy, part: head + token.body }
}
