import { Secret } from '../../../base/secret.ts'
import { ATTRIBUTE, type Attribute, CODE, first, octets, utf8 } from './attributes.ts'
import type { Packet } from './packet.ts'

/** The attributes in which a digest is put to a server. */
export type DigestForm = 'rfc5090' | 'sterman'

/** A digest answer, as it is put to a server. Names are Unicode, all else is latin-1, quoted strings unescaped. */
export interface DigestFacts {
  /** Who is looked up. */
  readonly user: string
  /** The name that the client hashed (RFC 5090 §3.13). */
  readonly username: string
  readonly realm: string
  readonly method: string
  readonly uri: string
  readonly algorithm: string
  readonly qop: string | undefined
  readonly nonce: string
  readonly nc: string
  readonly cnonce: string
  readonly opaque: string | undefined
  readonly response: string
  readonly bodyHash: string | undefined
  /** Address-of-record that the request speaks for (RFC 5090 §3.20). */
  readonly aor: string
}

/** Attributes of an Access-Request that puts a digest answer to a server, without those that name us. */
export function digestAttributes(facts: DigestFacts, form: DigestForm): Attribute[] {
  return form === 'rfc5090' ? rfc5090(facts) : sterman(facts)
}

/** @see RFC 5090 §2.1.2, §3 */
function rfc5090(facts: DigestFacts): Attribute[] {
  const { qop, nc, cnonce, opaque, bodyHash } = facts
  const optional = (type: number, text: string | undefined): Attribute[] =>
    text === undefined || text === '' ? [] : [octets(type, text)]
  return [
    utf8(ATTRIBUTE.userName, facts.user),
    octets(ATTRIBUTE.digestResponse, facts.response),
    octets(ATTRIBUTE.digestRealm, escaped(facts.realm)),
    octets(ATTRIBUTE.digestNonce, escaped(facts.nonce)),
    octets(ATTRIBUTE.digestMethod, facts.method),
    octets(ATTRIBUTE.digestUri, escaped(facts.uri)),
    ...optional(ATTRIBUTE.digestQop, qop),
    octets(ATTRIBUTE.digestAlgorithm, facts.algorithm),
    ...optional(ATTRIBUTE.digestEntityBodyHash, bodyHash),
    ...optional(ATTRIBUTE.digestCnonce, escaped(cnonce)),
    ...optional(ATTRIBUTE.digestNonceCount, nc),
    utf8(ATTRIBUTE.digestUsername, escaped(facts.username)),
    ...optional(ATTRIBUTE.digestOpaque, opaque === undefined ? undefined : escaped(opaque)),
    octets(ATTRIBUTE.sipAor, facts.aor),
  ]
}

/** The draft before RFC 5090: one attribute of the response, and one of each parameter as an attribute of its own. */
function sterman(facts: DigestFacts): Attribute[] {
  const part = (subtype: number, value: Buffer): Attribute => ({
    type: ATTRIBUTE.stermanAttributes,
    value: Buffer.concat([Buffer.from([subtype, Math.min(255, value.length + 2)]), value]),
  })
  const text = (subtype: number, value: string | undefined): Attribute[] =>
    value === undefined || value === '' ? [] : [part(subtype, Buffer.from(value, 'latin1'))]
  return [
    utf8(ATTRIBUTE.userName, facts.user),
    octets(ATTRIBUTE.stermanResponse, facts.response),
    ...text(1, facts.realm),
    ...text(2, facts.nonce),
    ...text(3, facts.method),
    ...text(4, facts.uri),
    ...text(5, facts.qop),
    ...text(6, facts.algorithm),
    ...text(7, facts.bodyHash),
    ...text(8, facts.cnonce),
    ...text(9, facts.nc),
    part(10, Buffer.from(facts.username, 'utf8')),
  ]
}

/** As it stands between the quotes of a header field: the server takes the backslashes away (RFC 5090 §2.1.2, §3). */
function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(/["\\]/g, '\\$&') : text
}

/** What a server's verified answer to a digest means. */
export type DigestJudgement =
  | {
      readonly kind: 'accepted'
      /** Proof that the server knows the password, for Authentication-Info. */
      readonly rspauth: string | undefined
      /** H(A1) in hex, where it may be taken. */
      readonly ha1: Secret | undefined
      /** SIP-AOR values, as the server wrote them: addresses-of-record beside the user's own. */
      readonly aors: readonly string[]
      /** To be given back in records of calls (RFC 2865 §5.25). */
      readonly classes: readonly Buffer[]
    }
  | { readonly kind: 'rejected'; readonly why: DigestRejection }

/** Why an answer is no acceptance. */
export type DigestRejection =
  /** The server cannot know the body of our response, so its proof is none (RFC 5090 §2.1.3). */
  | 'auth-int-proof'
  /** It asks for more than a digest (RFC 5080 §2.6.1). */
  | 'challenged'
  /** Access-Reject. */
  | 'rejected'
  /** It was let in to something that we do not serve (RFC 5080 §2.5). */
  | 'service-unknown'

/** Authenticate Only, and the number that servers of draft-sterman send for SIP. */
const SERVICES: readonly number[] = [8, 15]

const MAX_AORS = 16
const MAX_CLASSES = 4

/**
 * @param isProtected the channel hides what is in the packet: a password hash may be taken from it (RFC 5090 §3.19)
 * @see RFC 5090 §2.1.3, §2.1.4
 */
export function judgeDigest(packet: Packet, facts: DigestFacts, isProtected: boolean): DigestJudgement {
  const rejected = (why: DigestRejection): DigestJudgement => ({ kind: 'rejected', why })
  if (packet.code === CODE.accessChallenge) return rejected('challenged')
  if (packet.code !== CODE.accessAccept) return rejected('rejected')
  const { attributes } = packet
  const service = first(attributes, ATTRIBUTE.serviceType)
  if (service !== undefined && (service.length !== 4 || !SERVICES.includes(service.readUInt32BE(0))))
    return rejected('service-unknown')
  const proof = first(attributes, ATTRIBUTE.digestResponseAuth)
  if (proof !== undefined && facts.qop === 'auth-int') return rejected('auth-int-proof')
  const ha1 = first(attributes, ATTRIBUTE.digestHa1)?.toString('latin1').toLowerCase()
  const mayTake = isProtected || facts.algorithm.endsWith('-sess')
  return {
    kind: 'accepted',
    rspauth: hexOf(proof?.toString('latin1'), facts),
    ha1: mayTake && hexOf(ha1, facts) !== undefined ? new Secret(ha1 ?? '') : undefined,
    aors: attributes
      .filter(({ type }) => type === ATTRIBUTE.sipAor)
      .slice(0, MAX_AORS)
      .map(({ value }) => value.toString('latin1')),
    classes: attributes
      .filter(({ type }) => type === ATTRIBUTE.class)
      .slice(0, MAX_CLASSES)
      .map(({ value }) => Buffer.from(value)),
  }
}

/** Hex of as many digits as the response has; anything else would go unchecked into a header field. */
function hexOf(text: string | undefined, { response }: DigestFacts): string | undefined {
  return text !== undefined && text.length === response.length && /^[0-9a-fA-F]+$/.test(text)
    ? text
    : undefined
}
