import { createHash, type X509Certificate } from 'node:crypto'
import { failed, ok, type Result } from '../../base/result.ts'
import { readCertificate } from '../../base/x509/certificate.ts'
import { elementsOf, TAG } from '../../base/x509/der.ts'
import { extensionsOf, KEY_USAGE, useOf } from '../../base/x509/extensions.ts'
import {
  isFitKey,
  type PathFault,
  readX509,
  type SignatureBudget,
  signatureBudget,
  verifyPath,
} from '../../base/x509/path.ts'
import { aorOf } from '../../sip/uri/equals.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import { DIGESTS, verifySignature } from './algorithms.ts'
import {
  CMS,
  type CmsFault,
  identifierOf,
  parseSignedData,
  type SignedData,
  type SignerInfo,
} from './signed-data.ts'

/** Why a signature proves nothing. */
export type SignatureFault =
  | CmsFault
  | PathFault
  /** Not SHA-256 or longer. */
  | 'digest-weak'
  /** A signature algorithm that we do not take, or that does not fit the key. */
  | 'algorithm-unknown'
  /** RFC 5652 §5.3: content-type and message-digest are missing, or stand for something else. */
  | 'signed-attributes-wrong'
  /** The message-digest is not the one of the content: it was changed. */
  | 'content-changed'
  | 'signature-wrong'
  /** The certificate of the signer did not come along (SMI-03). */
  | 'signer-certificate-missing'
  /** Its key usage or extended key usage is for something else. */
  | 'signer-certificate-wrong-usage'
  /** The content lies in the SignedData, where a detached signature was wanted (SMI-03). */
  | 'not-detached'

/** Who signed, proven. */
export interface Signer {
  readonly certificate: X509Certificate
  /** Canonical addresses-of-record in its subjectAltName that the authority may vouch for (SMI-07). */
  readonly aors: readonly string[]
  /** When the signer says that it signed, ms since 1970. */
  readonly signedAtMs: number | undefined
}

/** An authority whose word counts for the users of some domains. */
export interface UserAuthority {
  readonly certificate: X509Certificate
  /** Lower case; undefined: any. */
  readonly domains: readonly string[] | undefined
}

const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4'
const SIP_DOMAIN = '1.3.6.1.5.5.7.3.20'
const ANY_PURPOSE = '2.5.29.37.0'
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14'

/**
 * Checks a detached CMS signature and the path of its certificate.
 * @param content the octets that were signed: of multipart/signed the whole first part
 * @returns every signer whose signature and path are good: at least one; else why the last one is not
 * @see RFC 5652 §5.6, RFC 8551 §2.5, RFC 8591 §4.1
 */
export function verifyDetached(
  cms: Buffer,
  content: Buffer,
  authorities: readonly UserAuthority[],
  nowMs: number,
): Result<readonly Signer[], SignatureFault> {
  const data = parseSignedData(cms)
  if (!data.ok) return data
  if (data.value.content !== undefined) return failed('not-detached')
  const certificates = data.value.certificates.flatMap(der => readX509(der) ?? [])
  const signers: Signer[] = []
  let fault: SignatureFault = 'signature-wrong'
  const budget = signatureBudget()
  for (const info of data.value.signers) {
    const signer = verifySigner(info, { data: data.value, content, certificates, authorities, nowMs, budget })
    if (signer.ok) signers.push(signer.value)
    else fault = signer.error
  }
  return signers.length > 0 ? ok(signers) : failed(fault)
}

interface Proof {
  readonly data: SignedData
  readonly content: Buffer
  readonly certificates: readonly X509Certificate[]
  readonly authorities: readonly UserAuthority[]
  readonly nowMs: number
  readonly budget: SignatureBudget
}

function verifySigner(info: SignerInfo, proof: Proof): Result<Signer, SignatureFault> {
  const digest = DIGESTS[info.digest.id]
  if (digest === undefined) return failed('digest-weak')
  const certificate = proof.certificates.find(each => isOf(info, each))
  if (certificate === undefined) return failed('signer-certificate-missing')
  const { attributes } = info
  const [type] = attributes?.get(CMS.contentType) ?? []
  const [digestValue] = attributes?.get(CMS.messageDigest) ?? []
  // Without signed attributes the octets of the ones of another message would pass for a content of their own.
  if (attributes === undefined || identifierOf(type) !== proof.data.contentType)
    return failed('signed-attributes-wrong')
  if (!namesCertificate(info, certificate)) return failed('signed-attributes-wrong')
  const computed = createHash(digest).update(proof.content).digest()
  if (digestValue === undefined || !computed.equals(digestValue.bytes)) return failed('content-changed')
  // The key is one that the sender chose.
  if (!isFitKey(certificate.publicKey)) return failed('certificate-weak')
  proof.budget.signatures -= 1
  if (proof.budget.signatures < 0) return failed('cms-too-large')
  const isGood = verifySignature(
    info.signedBytes,
    info.signature,
    certificate.publicKey,
    info.algorithm,
    digest,
  )
  if (isGood === 'algorithm-unknown') return failed(isGood)
  if (!isGood) return failed('signature-wrong')
  if (!isForSigning(certificate)) return failed('signer-certificate-wrong-usage')
  return believe(certificate, proof, signingTimeOf(info))
}

/** One path is enough; an authority vouches for its own domains only. */
function believe(
  certificate: X509Certificate,
  proof: Proof,
  signedAtMs: number | undefined,
): Result<Signer, SignatureFault> {
  const claimed = claimedAors(certificate)
  const aors = new Set<string>()
  let fault: PathFault | undefined
  let isBelieved = false
  for (const authority of proof.authorities) {
    const { certificates, nowMs, budget } = proof
    const path = verifyPath(certificate, certificates, [authority.certificate], nowMs, [], budget)
    if (!path.ok) {
      fault = path.error
      continue
    }
    isBelieved = true
    for (const { aor, host } of claimed)
      if (authority.domains === undefined || authority.domains.includes(host)) aors.add(aor)
  }
  return isBelieved
    ? ok({ certificate, aors: [...aors], signedAtMs })
    : failed(fault ?? 'certificate-untrusted')
}

/** The SIP users that a certificate names; a domain alone is no user. */
export function claimedAors(certificate: X509Certificate): readonly { aor: string; host: string }[] {
  const names = readCertificate(certificate)
  if (!names.ok) return []
  return names.value.uris.flatMap(text => {
    const uri = parseUri(text)
    const isUser =
      uri.ok && (uri.value.scheme === 'sip' || uri.value.scheme === 'sips') && uri.value.user !== undefined
    return isUser ? [{ aor: aorOf(uri.value), host: uri.value.host }] : []
  })
}

function isOf({ signer }: SignerInfo, certificate: X509Certificate): boolean {
  if (signer.kind === 'key') {
    const extension = extensionsOf(certificate.raw)?.find(({ id }) => id === SUBJECT_KEY_IDENTIFIER)
    const [identifier] = extension === undefined ? [] : (elementsOf(extension.value) ?? [])
    return identifier?.bytes.equals(signer.identifier) === true
  }
  const [outer] = elementsOf(certificate.raw) ?? []
  const [body] = outer === undefined ? [] : (elementsOf(outer.bytes) ?? [])
  const fields = body === undefined ? [] : (elementsOf(body.bytes) ?? [])
  const at = fields[0]?.tag === 0xa0 ? 1 : 0
  const [serial, issuer] = [fields[at], fields[at + 2]]
  return serial?.bytes.equals(signer.serial) === true && issuer?.bytes.equals(signer.issuer) === true
}

/** RFC 5035 §3: where the attribute stands, it must name the certificate, so that no other can be put in its place. */
function namesCertificate({ attributes }: SignerInfo, certificate: X509Certificate): boolean {
  const values = attributes?.get(CMS.signingCertificateV2)
  if (values === undefined) return true
  const [list] = elementsOf(values[0]?.bytes ?? Buffer.alloc(0)) ?? []
  const [first] = list?.tag === TAG.sequence ? (elementsOf(list.bytes) ?? []) : []
  const parts = first?.tag === TAG.sequence ? (elementsOf(first.bytes) ?? []) : []
  const named = parts[0]?.tag === TAG.sequence ? elementsOf(parts[0].bytes)?.[0] : undefined
  const digest = named === undefined ? 'sha256' : DIGESTS[identifierOf(named) ?? '']
  const hash = parts.find(({ tag }) => tag === 0x04)
  if (digest === undefined || hash === undefined) return false
  return createHash(digest).update(certificate.raw).digest().equals(hash.bytes)
}

/** RFC 8550 §4.4: signing must be allowed, and mail, SIP or any purpose. */
function isForSigning(certificate: X509Certificate): boolean {
  const use = useOf(certificate.raw)
  const names = readCertificate(certificate)
  if (use === undefined || !names.ok || use.isAuthority) return false
  const allowed = KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation
  if (use.keyUsage !== undefined && (use.keyUsage & allowed) === 0) return false
  const purposes = names.value.extendedKeyUsages
  return (
    purposes === undefined ||
    purposes.some(purpose => [EMAIL_PROTECTION, SIP_DOMAIN, ANY_PURPOSE].includes(purpose))
  )
}

function signingTimeOf({ attributes }: SignerInfo): number | undefined {
  const [time] = attributes?.get(CMS.signingTime) ?? []
  const text = time?.bytes.toString('latin1') ?? ''
  const isShort = time?.tag === 0x17
  const digits = isShort ? `${text < '50' ? '20' : '19'}${text}` : text
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
