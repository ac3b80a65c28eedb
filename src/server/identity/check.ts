import { existsSync } from 'node:fs'
import { checkAuthority } from '../../mechanisms/identity/index.ts'
import type { Config } from '../config/config.ts'
import type { ConfigPath, Problem } from '../config/problem.ts'
import { pkiFiles } from '../pki/authority.ts'
import { loadRoots, loadSigner } from './material.ts'

type Say = (severity: Problem['severity'], path: ConfigPath, message: string) => void

const SOON_MS = 14 * 24 * 60 * 60 * 1000

/**
 * What is wrong with the files of `identity`: unreadable, a key of another certificate, a certificate that ended, that is
 * no signer's, or that speaks for nobody here. Makes nothing.
 */
export function checkIdentity(config: Config, nowMs: number, say: Say): void {
  const { identity } = config
  if (identity === undefined) return
  if (identity.roots !== undefined || existsSync(pkiFiles(config.data).stirCertificate))
    attempt(say, ['identity', 'roots'], () => loadRoots(identity, config.data, nowMs))
  else if (identity.verify !== 'off')
    say(
      'warning',
      ['identity', 'roots'],
      'our own STIR authority alone is trusted: no caller of others is valid',
    )
  const { sign } = identity
  if (sign === undefined) return
  const signer = attempt(say, ['identity', 'sign', 'certificate'], () => loadSigner(sign, nowMs))
  if (signer === undefined) return
  const { credential } = signer
  const endMs = credential.notAfterMs
  if (endMs - nowMs < SOON_MS) {
    const day = new Date(endMs).toISOString().slice(0, 10)
    say('warning', ['identity', 'sign', 'certificate'], `the certificate chain ends on ${day}`)
  }
  const speaksFor = (name: string): boolean =>
    checkAuthority(credential, { kind: 'uri', value: `sip:user@${name}` }, () => true) === undefined
  const unnamed = config.domains.filter(({ name }) => !speaksFor(name))
  const hasNumbers = (credential.numbers?.length ?? 0) > 0
  if (!hasNumbers && unnamed.length === config.domains.length) {
    const why = 'the certificate lists no numbers and names no domain of ours: nothing would be signed'
    say('error', ['identity', 'sign', 'certificate'], why)
  } else if (unnamed.length > 0) {
    const names = unnamed.map(({ name }) => name).join(', ')
    const why = `the certificate does not name ${names}: users there are signed for by number only`
    say('warning', ['identity', 'sign', 'certificate'], why)
  }
}

function attempt<T>(say: Say, path: ConfigPath, act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    say('error', path, error instanceof Error ? error.message : String(error))
    return undefined
  }
}
