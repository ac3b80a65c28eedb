/** An authority for tests, and the certificates and calls that it makes possible. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { SipKey } from '../../base/sip-hash.ts'
import { type CertificateFields, writeCertificate } from '../../base/x509/certificate-write.ts'
import { dateText } from '../../sip/headers/date.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { requestOf, textOf } from '../../sip/message/message-fixture.ts'
import { judgeChain, type TrustRoots, trustRoots } from './chain.ts'
import {
  type ClaimConstraints,
  OID_CLAIM_CONSTRAINTS,
  OID_ENHANCED_CLAIM_CONSTRAINTS,
  writeClaimConstraints,
} from './claim-constraints.ts'
import type { CredentialAnswer } from './credential.ts'
import type { IdentityDecision, Verification } from './decision.ts'
import { type VerificationPolicy, type VerificationWorld, verificationPolicy } from './policy.ts'
import { ReplayMemory } from './replay.ts'
import { type SigningKey, type SigningOrder, signingKey, signRequest } from './sign.ts'
import { OID_TN_AUTH_LIST, type TnAuthList, writeTnAuthList } from './tn-auth-list.ts'

/** Friday, 25 September 2015, 19:12:25 GMT, when the examples of the RFCs were made. */
export const NOW_MS = 1_443_208_345_000
export const NOW = NOW_MS / 1000
export const X5U = 'https://cert.example.org/passport.cer'
export const UUID = '123e4567-e89b-12d3-a456-426655440000'

const DAY_MS = 86_400_000

/** A certificate with its key; its issuer's certificates behind it. */
export interface Issued {
  readonly subject: string
  readonly key: KeyObject
  readonly keyPem: string
  readonly publicKey: Buffer
  readonly pem: string
  /** Signer first, root last. */
  readonly chain: string
}

/** What a test wants of a certificate beside the usual. */
export interface Wanted extends Partial<CertificateFields> {
  readonly numbers?: TnAuthList
  readonly constraints?: ClaimConstraints
  /** Default P-256. */
  readonly curve?: string
}

let serial = 0

/** Issues a certificate; without an issuer it signs itself. */
export function issue(issuer: Issued | undefined, wanted: Wanted): Issued {
  const { numbers, constraints, curve, ...rest } = wanted
  const pair = generateKeyPairSync('ec', { namedCurve: curve ?? 'prime256v1' })
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' })
  const extensions = [...(rest.extensions ?? [])]
  if (numbers !== undefined) extensions.push({ id: OID_TN_AUTH_LIST, value: writeTnAuthList(numbers) })
  if (constraints !== undefined) {
    const id = constraints.mustExclude.length > 0 ? OID_ENHANCED_CLAIM_CONSTRAINTS : OID_CLAIM_CONSTRAINTS
    extensions.push({ id, value: writeClaimConstraints(constraints) })
  }
  serial += 1
  const subject = rest.subject ?? `certificate ${serial}`
  const fields: CertificateFields = {
    serial: Buffer.from([serial >> 8, serial & 255]),
    issuer: issuer?.subject ?? subject,
    notBeforeMs: NOW_MS - DAY_MS,
    notAfterMs: NOW_MS + DAY_MS,
    publicKey,
    issuerPublicKey: issuer?.publicKey ?? publicKey,
    ...rest,
    subject,
    extensions,
  }
  const der = writeCertificate(fields, bytes => sign('sha256', bytes, issuer?.key ?? pair.privateKey))
  const pem = pemOf(der)
  const keyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { subject, key: pair.privateKey, keyPem, publicKey, pem, chain: pem + (issuer?.chain ?? '') }
}

/** DER as PEM. */
export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

export const ROOT = issue(undefined, { subject: 'Test Root', isAuthority: true, maxPathLength: 3 })
export const ROOTS: TrustRoots = trustRoots([ROOT.pem])

/** Alice's provider: numbers 12155550000 to 12155559999, and the domain example.com. */
export const PROVIDER = issue(ROOT, {
  numbers: [{ kind: 'range', start: '12155550000', count: 10_000 }],
  uris: ['sip:example.com'],
})
export const KEY: SigningKey = signingKey(PROVIDER.keyPem, PROVIDER.chain, X5U)

export const BASE_ORDER: SigningOrder = { ppt: '', numbers: {} }
export const SHAKEN_ORDER: SigningOrder = { ppt: 'shaken', attest: 'A', origid: UUID, numbers: {} }

/** Lines of a call from one number to another. */
export const CALL = [
  'INVITE sip:12155551213@example.com;user=phone SIP/2.0',
  'Via: SIP/2.0/TLS 192.0.2.4;branch=z9hG4bKnashds8',
  'Max-Forwards: 70',
  'From: "Bob" <sip:12155551212@example.com;user=phone>;tag=1928301774',
  'To: <sip:12155551213@example.com;user=phone>',
  'Call-ID: a84b4c76e66710',
  'CSeq: 314159 INVITE',
  `Date: ${dateText(NOW)}`,
] as const

/** That call with lines put in the place of those of the same name, or added; undefined takes one away. */
export function callWith(
  changes: Readonly<Record<string, string | undefined>> = {},
  identities: readonly string[] = [],
  body = '',
): SipRequest {
  const left = new Map(Object.entries(changes))
  const lines = CALL.flatMap(line => {
    const name = line.startsWith('INVITE') ? 'INVITE' : line.slice(0, line.indexOf(':'))
    if (!left.has(name)) return [line]
    const value = left.get(name)
    left.delete(name)
    if (value === undefined) return []
    return [name === 'INVITE' ? `INVITE ${value} SIP/2.0` : `${name}: ${value}`]
  })
  for (const [name, value] of left) if (value !== undefined) lines.push(`${name}: ${value}`)
  lines.push(...identities.map(value => `Identity: ${value}`))
  return requestOf(textOf(lines, body))
}

/** The Identity of a call, which must be signable. */
export function identityOf(
  request: SipRequest,
  order: SigningOrder = BASE_ORDER,
  key: SigningKey = KEY,
  nowMs = NOW_MS,
): string {
  const signed = signRequest(request, order, key, nowMs)
  if (!signed.ok) throw new Error(signed.error)
  return signed.value.identity
}

/** A world that has these chains by URL, and judges them now. */
export function worldOf(
  chains: Readonly<Record<string, string>> = { [X5U]: PROVIDER.chain },
  settings: Partial<VerificationPolicy> = {},
  nowMs = NOW_MS,
  roots: TrustRoots = ROOTS,
): VerificationWorld {
  const answers = new Map<string, CredentialAnswer>()
  for (const [x5u, pem] of Object.entries(chains)) {
    const judged = judgeChain(pem, roots, nowMs)
    answers.set(
      x5u,
      judged.ok
        ? { kind: 'credential', credential: judged.value }
        : { kind: 'failure', failure: judged.error },
    )
  }
  return {
    policy: verificationPolicy(settings),
    lookUp: x5u => answers.get(x5u) ?? { kind: 'needs-fetch' },
    replay: new ReplayMemory(new SipKey(Buffer.alloc(16, 7)), 100, 0),
    nowMs,
  }
}

/** The decision, which must not want a certificate. */
export function decided(verification: Verification): IdentityDecision {
  if (verification.kind !== 'decided') throw new Error(`wants ${verification.x5us.join(' ')}`)
  return verification
}
