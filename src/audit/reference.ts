import { createPrivateKey, X509Certificate } from 'node:crypto'
import { tokenFields } from '../mechanisms/refer/token.ts'
import { writeAib } from '../mechanisms/smime/aib.ts'
import type { SigningIdentity } from '../mechanisms/smime/sign.ts'
import { type Saying, sdp, token } from './saying.ts'
import { signingIdentity } from './signing-identity.ts'
import type { Target } from './target.ts'

/** A referrer's word for a call, signed (RFC 3892 §4). */
export interface Reference {
  /** Value of Referred-By, with the Content-ID of the token. */
  readonly referredBy: string
  /** The body part of the token. */
  readonly part: string
}

/** A referrer, and the key that he signs with. */
export interface Referrer {
  readonly aor: string
  readonly identity: SigningIdentity
}

/** Who the target trusts to refer; somebody that nobody trusts when it was told of no one. */
export function referrerOf({ smime }: Target, aor: string): Referrer {
  if (smime === undefined) return { aor, identity: signingIdentity(aor) }
  const blocks = smime.certificate.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const certificates = blocks.map(block => new X509Certificate(block).raw)
  const written = /^sips?:/i.test(smime.aor) ? smime.aor : `sip:${smime.aor}`
  return { aor: written, identity: { key: createPrivateKey(smime.key), certificates } }
}

/** The token by which a referrer asks somebody to call there. */
export function referenceOf({ aor, identity }: Referrer, referTo: string): Reference {
  const contentId = `${token()}@audit.invalid`
  const referredBy = `<${aor}>;cid="${contentId}"`
  const nowMs = Date.now()
  const aib = writeAib(tokenFields({ referTo: `<${referTo}>`, referredBy }, nowMs), identity, nowMs)
  const part = `Content-Type: ${aib.contentType}\r\nContent-ID: <${contentId}>\r\n\r\n${aib.body}`
  return { referredBy, part }
}

/** The call of a referee, who shows the reference. @param ip of his media */
export function referredCall(uri: string, ip: string, { referredBy, part }: Reference): Saying {
  const boundary = token()
  const parts = [`Content-Type: application/sdp\r\n\r\n${sdp(ip)}`, part]
  const body = parts.map(each => `--${boundary}\r\n${each}\r\n`).join('')
  return {
    method: 'INVITE',
    uri,
    lines: [`Referred-By: ${referredBy}`],
    contentType: `multipart/mixed;boundary=${boundary}`,
    body: `${body}--${boundary}--\r\n`,
  }
}
