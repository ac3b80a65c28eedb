import { existsSync, readFileSync } from 'node:fs'
import { AspisError } from '../../base/errors.ts'
import {
  type Credential,
  explain,
  IDENTITY_FAILURES,
  type IdentityDecision,
  judgeChain,
  type VerificationPolicy,
  verificationPolicy,
  verifyRequest,
} from '../../mechanisms/identity/index.ts'
import { checkMessage } from '../../sip/message/check.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import type { Config } from '../config/config.ts'
import type { IdentityConfig } from '../config/identity.ts'
import { readNeeded } from '../pki/files.ts'
import { CallerCertificates } from './certificates.ts'
import { loadRoots, loadSigner } from './material.ts'
import { numberRules } from './numbers.ts'
import { fetchFor } from './open.ts'
import { Signing } from './signing.ts'

/** Signed identity on a command line: what the server would do, without a server. */

/** What a configuration without `identity` is taken for. */
const PLAIN: IdentityConfig = { verify: 'demand', domains: [], trunks: [], privateHosts: [] }

/** How a token or a message is looked at. */
export interface LookOptions {
  readonly nowMs: number
  /** PEM file with the chain of the signer, in place of what its URL gives. */
  readonly certificate?: string | undefined
  /** Fetch the certificate that the token names, as the server would. */
  readonly isFetching: boolean
}

/**
 * The text of a file, or the argument itself when it is a token.
 * @param written path, `-` for standard input, or a token
 */
export function textOf(written: string): string {
  if (written === '-') return readFileSync(0, 'latin1')
  if (existsSync(written)) return readFileSync(written, 'latin1')
  if (/^[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*/.test(written)) return written
  throw new AspisError('ERR_ASPIS_USAGE_FILE', `${written}: no such file, and no token`)
}

/** The request in a text; line ends of a file are taken for those of SIP. */
export function requestIn(text: string): SipRequest | undefined {
  if (!/^[A-Z]+ \S+ SIP\/2\.0\r?\n/.test(text)) return undefined
  const lines = text.includes('\r\n') ? text : text.replaceAll('\n', '\r\n')
  const parsed = parseMessage(lines.includes('\r\n\r\n') ? lines : `${lines.trimEnd()}\r\n\r\n`, true)
  if (!parsed.ok || parsed.value.kind !== 'request') return undefined
  return checkMessage(parsed.value) === undefined ? parsed.value : undefined
}

/** Everything about a token or a message in words; see `explain`. */
export async function explainText(
  config: Config,
  text: string,
  options: LookOptions,
): Promise<readonly string[]> {
  const x5u = x5uIn(text)
  const judged = await credentialFor(config, x5u, options)
  const lines = explain(text, {
    policy: policyOf(config),
    nowMs: options.nowMs,
    credential: judged?.credential,
  })
  return judged?.problem === undefined ? lines : [...lines, `no  ${judged.problem}`]
}

/**
 * Judges a request as the server would, but for the memory of tokens used.
 * @throws AspisError when the text is no request
 */
export async function verifyText(
  config: Config,
  text: string,
  options: LookOptions,
): Promise<IdentityDecision> {
  const request = needRequest(text)
  const { certificates, own } = certificatesFor(config, options)
  const verification = () =>
    verifyRequest(request, {
      policy: policyOf(config),
      lookUp: x5u => own ?? certificates.lookUp(x5u, options.nowMs),
      replay: undefined,
      nowMs: options.nowMs,
    })
  const first = verification()
  if (first.kind === 'decided') return first
  await certificates.fetch(first.x5us, options.nowMs)
  const second = verification()
  if (second.kind === 'decided') return second
  throw new AspisError(
    'ERR_ASPIS_IDENTITY_FETCH',
    'the certificate was fetched, and is not known all the same',
  )
}

/**
 * Signs a request with what `identity.sign` says.
 * @returns the header fields to add
 * @throws AspisError when nothing is configured to sign with, or the request cannot be signed
 */
export function signText(config: Config, text: string, attest: 'A' | 'B' | 'C', nowMs: number): string {
  const sign = config.identity?.sign
  if (sign === undefined)
    throw new AspisError('ERR_ASPIS_USAGE_SIGN', 'the configuration has no identity.sign')
  const signing = new Signing(loadSigner(sign, nowMs), numberRules(config.identity?.countryCode))
  const signed = signing.request(needRequest(text), attest, 'command line', nowMs)
  if (!signed.ok)
    throw new AspisError('ERR_ASPIS_IDENTITY_NOT_SIGNED', `the request is not signed: ${signed.error}`)
  const { identity, date } = signed.value
  return `${date === undefined ? '' : `Date: ${date}\n`}Identity: ${identity}\n`
}

function needRequest(text: string): SipRequest {
  const request = requestIn(text)
  if (request === undefined)
    throw new AspisError('ERR_ASPIS_USAGE_MESSAGE', 'the file holds no SIP request that can be read')
  return request
}

function policyOf({ identity }: Config): VerificationPolicy {
  return verificationPolicy({ numbers: numberRules(identity?.countryCode) })
}

function certificatesFor(config: Config, options: LookOptions) {
  const roots = loadRoots(config.identity ?? PLAIN, config.data, options.nowMs)
  const fetch = fetchFor(config, config.identity?.privateHosts ?? [])
  const certificates = new CallerCertificates(fetch, roots)
  if (options.certificate === undefined) return { certificates, own: undefined }
  const judged = judgeChain(readNeeded(options.certificate, '--certificate'), roots, options.nowMs)
  const own = judged.ok
    ? { kind: 'credential' as const, credential: judged.value }
    : { kind: 'failure' as const, failure: judged.error }
  return { certificates, own }
}

interface JudgedCertificate {
  readonly credential: Credential | undefined
  readonly problem: string | undefined
}

async function credentialFor(
  config: Config,
  x5u: string | undefined,
  options: LookOptions,
): Promise<JudgedCertificate | undefined> {
  if (options.certificate === undefined && !options.isFetching) return undefined
  const { certificates, own } = certificatesFor(config, options)
  if (own === undefined && x5u === undefined) return undefined
  if (own === undefined && x5u !== undefined) await certificates.fetch([x5u], options.nowMs)
  const answer = own ?? certificates.lookUp(x5u ?? '', options.nowMs)
  if (answer.kind === 'credential') return { credential: answer.credential, problem: undefined }
  const failure = answer.kind === 'failure' ? answer.failure : 'credential-fetch-failed'
  return { credential: undefined, problem: IDENTITY_FAILURES[failure].words }
}

/** Where the first token says that its certificate is. */
function x5uIn(text: string): string | undefined {
  const request = requestIn(text)
  const value = request === undefined ? text.trim() : (request.headers(H.identity)[0] ?? '')
  const info = /;\s*info\s*=\s*<([^<>]*)>/i.exec(value)?.[1]
  if (info !== undefined) return info
  const header = value.replace(/^identity:\s*/i, '').split('.', 1)[0] ?? ''
  try {
    const said: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
    const isObject = typeof said === 'object' && said !== null
    return isObject && 'x5u' in said && typeof said.x5u === 'string' ? said.x5u : undefined
  } catch {
    // No JSON: `explain` says so.
    return undefined
  }
}
