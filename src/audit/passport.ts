import { createHmac, createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { StirNeighbour } from './target.ts'

/** What a token says; everything left out is right (RFC 8225 §4, RFC 8588 §5). */
export interface TokenWish {
  readonly orig?: Readonly<Record<string, unknown>>
  readonly dest: Readonly<Record<string, unknown>>
  /** Seconds since 1970. */
  readonly iat?: number
  readonly x5u?: string
  readonly alg?: string
  readonly attest?: string
  /** Signs in place of the neighbour. */
  readonly key?: KeyObject
  /** Key of an HMAC in place of a signature. */
  readonly secret?: string
  /** Without a signature at all. */
  readonly isUnsigned?: boolean
  /** More members of the payload. */
  readonly more?: Readonly<Record<string, unknown>>
  /** Changes the payload after it was signed. */
  readonly edit?: (payload: string) => string
}

/** The value of an Identity field with a token of type shaken (RFC 8224 §4, RFC 8588). */
export function identityOf(neighbour: StirNeighbour, wish: TokenWish): string {
  const { x5u = neighbour.url, alg = 'ES256', attest = 'A', iat = Math.floor(Date.now() / 1_000) } = wish
  const { dest, orig = { tn: neighbour.number } } = wish
  const header = JSON.stringify({ alg, ppt: 'shaken', typ: 'passport', x5u })
  // Members stand in the order of their names, as RFC 8225 §9 wants it.
  const claims = { attest, dest, iat, ...wish.more, orig, origid: randomUUID() }
  const payload = JSON.stringify(claims)
  const input = `${base64url(header)}.${base64url(payload)}`
  const shown = wish.edit === undefined ? input : `${base64url(header)}.${base64url(wish.edit(payload))}`
  const signature = wish.isUnsigned === true ? '' : signatureOf(input, neighbour, wish).toString('base64url')
  return `${shown}.${signature};info=<${x5u}>;alg=${alg};ppt=shaken`
}

function signatureOf(input: string, neighbour: StirNeighbour, { secret, key }: TokenWish): Buffer {
  // As long as a signature of ES256, so that its length alone does not give it away.
  if (secret !== undefined) return createHmac('sha512', secret).update(input).digest()
  const signer = key ?? createPrivateKey(neighbour.key)
  return sign('sha256', Buffer.from(input), { key: signer, dsaEncoding: 'ieee-p1363' })
}

/** The public key of the neighbour's certificate, as text that everybody can fetch. */
export function publicPem({ certificate }: StirNeighbour): string {
  return createPublicKey(certificate).export({ type: 'spki', format: 'pem' }).toString()
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
