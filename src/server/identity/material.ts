import { createHash, createPrivateKey } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import {
  type Credential,
  IDENTITY_FAILURES,
  judgeChain,
  type SigningKey,
  signingKey,
  type TrustRoots,
  trustRoots,
} from '../../mechanisms/identity/index.ts'
import type { IdentityConfig, IdentitySignConfig } from '../config/identity.ts'
import { ensureStirAuthority } from '../pki/authority.ts'
import { readNeeded } from '../pki/files.ts'

/** Keys and authorities of signed identity, read and checked. */
export interface IdentityMaterial {
  readonly roots: TrustRoots
  readonly signer: Signer | undefined
}

/** What we sign with, and for whom it speaks. */
export interface Signer {
  readonly key: SigningKey
  readonly credential: Credential
  readonly certificatePem: string
  /** Makes the names of groups of callers unguessable. */
  readonly groupSecret: Buffer
}

/**
 * Reads the files of `identity`.
 * @param data the data folder, with our own STIR authority
 * @throws AspisError when one is missing or unfit; what is wrong is said in words
 */
export function loadIdentity(config: IdentityConfig, data: string, nowMs: number): IdentityMaterial {
  return {
    roots: loadRoots(config, data, nowMs),
    signer: config.sign === undefined ? undefined : loadSigner(config.sign, nowMs),
  }
}

/**
 * The authorities for callers; without configured ones our own STIR authority, which is made when there is none.
 * @throws AspisError when they cannot be used
 */
export function loadRoots(config: IdentityConfig, data: string, nowMs: number): TrustRoots {
  if (config.roots === undefined) return trustRoots([ensureStirAuthority(data, nowMs).certificate])
  return trustRoots([readNeeded(config.roots, 'identity.roots')])
}

/** @throws AspisError when key and certificate cannot be used, or do not go together */
export function loadSigner(sign: IdentitySignConfig, nowMs: number): Signer {
  const keyPem = readNeeded(sign.key, 'identity.sign.key')
  const certificatePem = readNeeded(sign.certificate, 'identity.sign.certificate')
  const key = signingKey(keyPem, certificatePem, sign.x5u)
  const credential = ownCredential(certificatePem, sign.certificate, nowMs)
  const secret = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'der' })
  return {
    key,
    credential,
    certificatePem,
    groupSecret: createHash('sha256').update('origid').update(secret).digest(),
  }
}

/**
 * Our own certificate as others will judge it; whom they trust is theirs to know, so its own chain's last certificate
 * counts as the authority here.
 */
function ownCredential(chainPem: string, file: string, nowMs: number): Credential {
  const judged = judgeChain(chainPem, ownRoots(chainPem), nowMs)
  if (judged.ok) return judged.value
  throw new AspisError('ERR_ASPIS_IDENTITY_CERTIFICATE', `${file}: ${IDENTITY_FAILURES[judged.error].words}`)
}

function ownRoots(chainPem: string): TrustRoots {
  const end = '-----END CERTIFICATE-----'
  const blocks = chainPem.split(end).slice(0, -1)
  return trustRoots([`${blocks.at(-1) ?? ''}${end}\n`])
}
